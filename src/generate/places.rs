//! Where people live: the ZIP codes of a state (or of the nation) by population, homes scattered around centroids,
//! and a grid that finds what is near.

use crate::generate::draw::{Draw, sums};
use crate::roster::Place;
use crate::roster::gazetteer::{self, ZipArea};
use crate::travel::Point;

/// The word for the whole nation.
pub const NATION: &str = "US";

/// States and the capital; islands that only a few hundred members would live on are left out of the nation.
const NOT_IN_NATION: [&str; 6] = ["PR", "GU", "VI", "AS", "MP", "FM"];

/// The inhabited ZIP codes of an area.
#[derive(Clone, Debug)]
pub struct Places {
    /// Sorted by ZIP.
    pub zips: Vec<&'static ZipArea>,
    /// Sums of their populations.
    pub up_to: Vec<u64>,
    /// Their centroids.
    pub points: Vec<Point>,
}

impl Places {
    /// Of a state by its two letters, or of [`NATION`]; empty when there is no such state.
    #[must_use]
    pub fn of(state: &str) -> Self {
        let belongs = |zip: &&ZipArea| match state {
            NATION => !NOT_IN_NATION.contains(&zip.state),
            one => zip.state == one,
        };
        let zips: Vec<_> = gazetteer::zips().iter().filter(belongs).filter(|zip| zip.population > 0).collect();
        let up_to = sums(zips.iter().map(|zip| u64::from(zip.population)));
        let points = zips.iter().map(|zip| Point::new(zip.place)).collect();
        Self { zips, up_to, points }
    }

    /// How far homes lie from the centroid of a ZIP, in miles: towns are small, the country is wide.
    #[must_use]
    pub fn spread(&self, place: usize) -> f64 {
        match self.zips[place].population {
            0..1_000 => 4.0,
            1_000..5_000 => 3.2,
            5_000..15_000 => 2.2,
            _ => 1.5,
        }
    }

    /// Is it countryside rather than a town?
    #[must_use]
    pub fn is_rural(&self, place: usize) -> bool {
        self.zips[place].population < 2_500
    }
}

/// Somewhere within `miles` of a centre, more often close to it; rounded to about a metre.
pub fn scattered(draw: &mut Draw, centre: Place, miles: f64) -> Place {
    let (distance, angle) = (miles * draw.unit(), std::f64::consts::TAU * draw.unit());
    let miles_per_degree = std::f64::consts::TAU * EARTH_RADIUS_MILES / 360.0;
    let east = miles_per_degree * centre.latitude.to_radians().cos();
    rounded(Place {
        latitude: centre.latitude + distance * angle.sin() / miles_per_degree,
        longitude: centre.longitude + distance * angle.cos() / east,
    })
}

/// Mean radius of the earth (IUGG); the scatter needs no better.
const EARTH_RADIUS_MILES: f64 = 3_958.76;

/// Five decimals.
fn rounded(place: Place) -> Place {
    let five = |degrees: f64| (degrees * 100_000.0).round() / 100_000.0;
    Place { latitude: five(place.latitude), longitude: five(place.longitude) }
}

/// Sites in squares of half a degree, to find those nearest to a place.
#[derive(Debug)]
pub struct Grid {
    sites: Vec<(Place, Point)>,
    /// `cells[first[c] .. first[c + 1]]` are the sites in square c.
    first: Vec<u32>,
    cells: Vec<u32>,
}

const ROWS: i32 = 360;
const COLUMNS: i32 = 720;

impl Grid {
    /// Sorts the sites into squares.
    #[must_use]
    pub fn new(sites: impl IntoIterator<Item = Place>) -> Self {
        let sites: Vec<(Place, Point)> = sites.into_iter().map(|place| (place, Point::new(place))).collect();
        let mut first = vec![0_u32; (ROWS * COLUMNS) as usize + 1];
        let squares: Vec<usize> = sites.iter().map(|(place, _)| square(cell(*place))).collect();
        for &square in &squares {
            first[square + 1] += 1;
        }
        for at in 1..first.len() {
            first[at] += first[at - 1];
        }
        let mut next = first.clone();
        let mut cells = vec![0; sites.len()];
        for (site, &square) in squares.iter().enumerate() {
            cells[next[square] as usize] = site as u32;
            next[square] += 1;
        }
        Self { sites, first, cells }
    }

    /// The `most` nearest sites with their distance in miles, nearest first; ties go to the lower number. Squares are
    /// searched in growing rings until nothing nearer can be left, or `reach` miles are passed.
    #[must_use]
    pub fn nearest(&self, from: Place, most: usize, reach: f64) -> Vec<(u32, f32)> {
        let most = most.min(self.sites.len());
        let point = Point::new(from);
        let (row, column) = cell(from);
        // A ring leaves out nothing nearer than its number of squares, and squares narrow towards the poles.
        let miles_a_ring = 0.5 * 69.0 * (from.latitude.abs() + 6.0).to_radians().cos().max(0.2);
        let mut found: Vec<(u32, f32)> = Vec::new();
        let mut nearer = 0;
        for ring in 0..COLUMNS / 2 {
            let safe = f64::from(ring - 1).max(0.0) * miles_a_ring;
            if safe > reach || nearer >= most {
                break;
            }
            for down in -ring..=ring {
                let step = if down.abs() == ring { 1 } else { (2 * ring).max(1) };
                let mut right = -ring;
                while right <= ring {
                    let (r, c) = (row + down, (column + right).rem_euclid(COLUMNS));
                    if (0..ROWS).contains(&r) {
                        let square = square((r, c));
                        let range = self.first[square] as usize..self.first[square + 1] as usize;
                        for &site in &self.cells[range] {
                            found.push((site, point.miles_to(self.sites[site as usize].1) as f32));
                        }
                    }
                    right += step;
                }
            }
            let complete = (f64::from(ring) * miles_a_ring) as f32;
            nearer = found.iter().filter(|(_, miles)| *miles <= complete).count();
        }
        found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        found.dedup_by_key(|(site, _)| *site);
        found.truncate(most);
        found.retain(|(_, miles)| f64::from(*miles) <= reach);
        found
    }
}

fn cell(place: Place) -> (i32, i32) {
    let row = ((place.latitude + 90.0) * 2.0) as i32;
    let column = ((place.longitude + 180.0) * 2.0) as i32;
    (row.clamp(0, ROWS - 1), column.rem_euclid(COLUMNS))
}

const fn square((row, column): (i32, i32)) -> usize {
    (row * COLUMNS + column) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draw::Purpose;
    use crate::travel::miles_between;

    #[test]
    fn the_grid_finds_what_a_full_search_finds() {
        let mut draw = Draw::new(3, Purpose::Staff, 0);
        let mut place = || Place { latitude: 25.0 + 40.0 * draw.unit(), longitude: -170.0 + 100.0 * draw.unit() };
        let sites: Vec<Place> = (0..600).map(|_| place()).collect();
        let grid = Grid::new(sites.iter().copied());
        for _ in 0..100 {
            let from = place();
            let mut all: Vec<(u32, f64)> =
                sites.iter().enumerate().map(|(at, &site)| (at as u32, miles_between(from, site))).collect();
            all.sort_by(|a, b| a.1.total_cmp(&b.1));
            let near = grid.nearest(from, 7, 400.0);
            let expected: Vec<u32> = all.iter().take(7).filter(|(_, miles)| *miles <= 400.0).map(|one| one.0).collect();
            assert_eq!(near.iter().map(|one| one.0).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn homes_stay_within_the_spread() {
        let mut draw = Draw::new(3, Purpose::People, 0);
        let centre = Place { latitude: 42.0, longitude: -93.0 };
        for _ in 0..1000 {
            assert!(miles_between(centre, scattered(&mut draw, centre, 4.0)) < 4.02);
        }
    }

    #[test]
    fn the_nation_has_its_states_and_iowa_its_people() {
        assert!(Places::of("ZZ").zips.is_empty());
        let iowa = Places::of("IA");
        assert!(iowa.zips.len() > 900 && iowa.up_to.last().is_some_and(|&people| people > 3_000_000));
        assert!(Places::of(NATION).zips.len() > 30_000);
    }
}
