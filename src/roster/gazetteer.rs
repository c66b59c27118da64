//! The built-in US gazetteer: every ZIP code with its centroid, county and population, and the counties made of them.
//! It is part of the binary (`datasets/gazetteer/gazetteer_us_zips.csv`, sources in `datasets/SOURCES.md`), read once
//! on first use in a few milliseconds, and never changes while the program runs.

use std::sync::LazyLock;

use crate::roster::person::Place;

mod nearest;

use nearest::Tree;

/// One US ZIP code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZipArea {
    /// Five digits.
    pub zip: &'static str,
    /// The post office's town.
    pub city: &'static str,
    /// Two letters: a state, `DC` or `PR`.
    pub state: &'static str,
    /// Five-digit code of the county most of it lies in.
    pub county_fips: &'static str,
    /// That county's name, without the word "County".
    pub county: &'static str,
    /// Centroid.
    pub place: Place,
    /// People living there; 0 for PO boxes and where it is unknown.
    pub population: u32,
}

/// One county or county equivalent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct County {
    /// Five-digit code.
    pub fips: &'static str,
    /// Name, without the word "County".
    pub name: &'static str,
    /// Two letters.
    pub state: &'static str,
    /// People in its ZIP codes. A ZIP that crosses a county line is counted where most of it lies.
    pub population: u32,
    /// Centre of its ZIP codes, weighted by population.
    pub place: Place,
}

static TEXT: &str = include_str!("../../datasets/gazetteer/gazetteer_us_zips.csv");

/// Counties that have no ZIP code of their own in the table, or had a code that extracts still use (Connecticut's
/// before 2022, Alaska's before 2019): code, name, state, and the ZIP of the seat.
const WITHOUT_ZIP: [(&str, &str, &str, &str); 12] = [
    ("02261", "Valdez-Cordova", "AK", "99686"),
    ("02282", "Yakutat", "AK", "99689"),
    ("09001", "Fairfield", "CT", "06604"),
    ("09003", "Hartford", "CT", "06103"),
    ("09005", "Litchfield", "CT", "06759"),
    ("09007", "Middlesex", "CT", "06457"),
    ("09009", "New Haven", "CT", "06510"),
    ("09011", "New London", "CT", "06320"),
    ("09013", "Tolland", "CT", "06084"),
    ("13239", "Quitman", "GA", "39854"),
    ("13243", "Randolph", "GA", "39840"),
    ("15005", "Kalawao", "HI", "96742"),
];

/// No ZIP area has this number: there are some 41,000.
const NONE: u16 = u16::MAX;

struct Zips {
    areas: Vec<ZipArea>,
    /// `by_number[zip as a number]` is the position in `areas`.
    by_number: Vec<u16>,
}

static ZIPS: LazyLock<Zips> = LazyLock::new(|| {
    let areas: Vec<ZipArea> = TEXT.lines().skip(1).filter_map(area).collect();
    let mut by_number = vec![NONE; 100_000];
    for (at, area) in areas.iter().enumerate() {
        if let Some(number) = number(area.zip) {
            by_number[number] = at as u16;
        }
    }
    Zips { areas, by_number }
});
static TREE: LazyLock<Tree> = LazyLock::new(|| Tree::new(zips().iter().map(|area| area.place)));
static COUNTIES: LazyLock<Vec<County>> = LazyLock::new(|| summed(zips()));

/// All ZIP codes, sorted.
#[must_use]
pub fn zips() -> &'static [ZipArea] {
    &ZIPS.areas
}

/// The ZIP code of exactly these five digits.
#[must_use]
pub fn zip(code: &str) -> Option<&'static ZipArea> {
    let at = *ZIPS.by_number.get(number(code)?)?;
    ZIPS.areas.get(usize::from(at))
}

/// The ZIP code whose centroid is nearest to a place; of several at one point, the first that has people, else the
/// first.
#[must_use]
pub fn nearest(place: Place) -> &'static ZipArea {
    let first = TREE.nearest(place);
    let here = zips()[first].place;
    // Post-office boxes share the point of the ZIP they stand in, and may be of a neighbouring county by name.
    let same = zips()[first..].iter().take_while(|area| area.zip[..3] == zips()[first].zip[..3]);
    same.filter(|area| area.place == here).find(|area| area.population > 0).unwrap_or(&zips()[first])
}

/// Great-circle distance in statute miles, on a sphere of the mean earth radius (3,958.76 miles, IUGG). For checks of
/// the input only: driving is `travel`'s.
#[must_use]
pub fn miles_between(from: Place, to: Place) -> f64 {
    const EARTH_RADIUS_MILES: f64 = 3_958.761_3;
    let (a, b) = (nearest::unit(from), nearest::unit(to));
    let half_chord = (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>().sqrt() / 2.0;
    2.0 * EARTH_RADIUS_MILES * half_chord.min(1.0).asin()
}

/// All counties, sorted by code.
#[must_use]
pub fn counties() -> &'static [County] {
    &COUNTIES
}

/// The county of exactly this five-digit code.
#[must_use]
pub fn county(fips: &str) -> Option<&'static County> {
    counties().binary_search_by(|county| county.fips.cmp(fips)).ok().map(|at| &counties()[at])
}

/// A county by its code (of any state) or by its name within a state. Case, spaces, punctuation, a trailing "County"
/// or "Parish" and "Saint" for "St." make no difference.
#[must_use]
pub fn find_county(name_or_fips: &str, state: &str) -> Option<&'static County> {
    let wanted = name_or_fips.trim();
    if number(wanted).is_some() {
        return county(wanted);
    }
    let wanted = key(wanted);
    let of_state = || counties().iter().filter(|county| county.state.eq_ignore_ascii_case(state.trim()));
    let exact = of_state().find(|county| key(county.name) == wanted);
    // "Alexandria" is enough where no county of that name competes with the city.
    exact.or_else(|| of_state().find(|county| key(county.name).strip_suffix("city") == Some(&wanted)))
}

/// A name reduced to what people agree on when they write it.
fn key(name: &str) -> String {
    let mut words = name.to_lowercase();
    if let Some(city) = words.strip_prefix("city of ") {
        words = format!("{city} city");
    }
    for suffix in [" county", " parish", " borough", " census area", " municipality", " municipio"] {
        if let Some(rest) = words.strip_suffix(suffix) {
            words = rest.to_owned();
            break;
        }
    }
    if let Some(rest) = words.strip_prefix("saint ") {
        words = format!("st {rest}");
    }
    words.chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// The value of exactly five digits.
fn number(zip: &str) -> Option<usize> {
    let digits = zip.as_bytes();
    if digits.len() != 5 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}

/// One line of the embedded table. A test holds that none is left out.
fn area(line: &'static str) -> Option<ZipArea> {
    let mut cells = line.split(',');
    let (zip, city, state, county_fips, county) =
        (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let (latitude, longitude) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
    let population = cells.next()?.parse().unwrap_or(0);
    Some(ZipArea { zip, city, state, county_fips, county, place: Place { latitude, longitude }, population })
}

/// The counties of the ZIP codes.
fn summed(areas: &[ZipArea]) -> Vec<County> {
    let mut order: Vec<&ZipArea> = areas.iter().collect();
    order.sort_by_key(|area| (area.county_fips, area.zip));
    let mut all: Vec<County> = order.chunk_by(|a, b| a.county_fips == b.county_fips).map(one_county).collect();
    for (fips, name, state, seat) in WITHOUT_ZIP {
        if let (Err(at), Some(area)) = (all.binary_search_by(|county| county.fips.cmp(fips)), zip(seat)) {
            all.insert(at, County { fips, name, state, population: 0, place: area.place });
        }
    }
    all
}

fn one_county(areas: &[&ZipArea]) -> County {
    let population: u32 = areas.iter().map(|area| area.population).sum();
    // The mean is taken in space, so that the Aleutians, on both sides of 180 degrees, stay where they are.
    let mut sum = [0.0; 3];
    for area in areas {
        let weight = if population == 0 { 1.0 } else { f64::from(area.population) };
        for (axis, part) in nearest::unit(area.place).into_iter().enumerate() {
            sum[axis] += weight * part;
        }
    }
    let [x, y, z] = sum;
    let place = Place { latitude: z.atan2(x.hypot(y)).to_degrees(), longitude: y.atan2(x).to_degrees() };
    let ZipArea { county_fips: fips, county: name, state, .. } = *areas[0];
    County { fips, name, state, population, place }
}

#[cfg(test)]
#[allow(clippy::expect_used)] // a test may end so
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read_and_sorted() {
        assert_eq!(zips().len(), TEXT.lines().count() - 1);
        assert!(zips().is_sorted_by(|a, b| a.zip < b.zip));
        assert!(zips().len() < usize::from(NONE));
        assert!(counties().is_sorted_by(|a, b| a.fips < b.fips));
        assert_eq!(counties().iter().filter(|county| county.state == "IA").count(), 99);
    }

    #[test]
    fn counties_without_a_zip_of_their_own_are_there() {
        for (fips, name, ..) in WITHOUT_ZIP {
            assert_eq!(county(fips).map(|county| county.name), Some(name));
        }
    }

    #[test]
    fn a_zip_is_found_by_its_five_digits_only() {
        let des_moines = zip("50309").expect("in the table");
        assert_eq!((des_moines.city, des_moines.state, des_moines.county), ("Des Moines", "IA", "Polk"));
        for wrong in ["", "5030", "503099", "00000", "5030a", "+5030", "５０３０９"] {
            assert_eq!(zip(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_nearest_zip_is_the_one_a_full_scan_finds() {
        let mut seed = 7_u64;
        let mut draw = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 11) as f64 / (1_u64 << 53) as f64
        };
        for turn in 0..400 {
            // Half over the whole earth, half over Iowa.
            let place = if turn % 2 == 0 {
                Place { latitude: draw() * 180.0 - 90.0, longitude: draw() * 360.0 - 180.0 }
            } else {
                Place { latitude: 40.0 + draw() * 4.0, longitude: -97.0 + draw() * 7.0 }
            };
            let chord = |to: Place| {
                let (a, b) = (nearest::unit(place), nearest::unit(to));
                (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>()
            };
            let least = zips().iter().map(|area| chord(area.place)).fold(f64::INFINITY, f64::min);
            assert!(chord(nearest(place).place) <= least, "{place:?}");
        }
    }

    #[test]
    fn the_nearest_zip_to_a_centroid_is_at_that_centroid() {
        for area in zips() {
            assert_eq!(nearest(area.place).place, area.place, "{}", area.zip);
        }
    }

    #[test]
    fn counties_are_found_by_code_and_by_the_usual_spellings() {
        let obrien = county("19141").expect("O'Brien");
        for spelling in ["19141", "O'Brien", "obrien", "O Brien County", " O’BRIEN "] {
            assert_eq!(find_county(spelling, "ia"), Some(obrien), "{spelling}");
        }
        assert_eq!(find_county("Polk", "IA").map(|county| county.fips), Some("19153"));
        assert_eq!(find_county("Saint Louis", "MN").map(|county| county.fips), Some("27137"));
        assert_eq!(find_county("Alexandria", "VA").map(|county| county.fips), Some("51510"));
        assert_eq!(find_county("Fairfax", "VA").map(|county| county.fips), Some("51059"));
        assert_eq!(find_county("Polkk", "IA"), None);
        assert_eq!(find_county("99999", "IA"), None);
    }

    #[test]
    fn a_county_lies_among_its_zips_and_holds_their_people() {
        let polk = county("19153").expect("Polk");
        let people: u32 = zips().iter().filter(|area| area.county_fips == polk.fips).map(|area| area.population).sum();
        assert_eq!(polk.population, people);
        assert!((41.4..41.8).contains(&polk.place.latitude) && (-93.8..-93.4).contains(&polk.place.longitude));
    }
}
