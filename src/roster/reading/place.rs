//! Where a row lies: coordinates, else the ZIP code's centroid; and in which county.

use super::row::Row;
use crate::diagnostic::Code;
use crate::roster::gazetteer::{self, County, ZipArea};
use crate::roster::person::Place;

/// Farther from its ZIP code than this, in miles, one of the two is wrong. Even in the far west a delivery address
/// lies nearer to its post office.
const FAR_MILES: f64 = 60.0;

/// What the place columns of a row say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Where {
    pub(super) place: Option<Place>,
    pub(super) zip: Option<&'static ZipArea>,
    /// Five-digit code.
    pub(super) county: Option<&'static str>,
    /// Two letters.
    pub(super) state: Option<&'static str>,
}

/// Reads latitude, longitude and ZIP; `given` is the county when the row names one.
pub(super) fn read(row: &mut Row<'_, '_>, columns: [usize; 3], given: Option<&'static County>) -> Where {
    let [latitude, longitude, zip_column] = columns;
    let broken = row.broken;
    let zip = row.zip(zip_column);
    let point = point(row, latitude, longitude);
    if !broken && row.broken {
        return Where::default();
    }
    let Some(place) = point else {
        let known = given.map(|county| (county.fips, county.state));
        let (county, state) = known.or(zip.map(|area| (area.county_fips, area.state))).unzip();
        return Where { place: zip.map(|area| area.place), zip, county, state };
    };
    if let Some(area) = zip {
        let miles = gazetteer::miles_between(place, area.place);
        if miles > FAR_MILES {
            row.problem(Code::PlaceFarFromZip, zip_column, |problem| {
                problem.expected(format!("a ZIP code near the coordinates; its centre is {miles:.0} miles away"))
            });
        } else {
            // Near its ZIP code: its county and state need no search.
            let county = given.map_or(area.county_fips, |county| county.fips);
            return Where { place: Some(place), zip, county: Some(county), state: Some(area.state) };
        }
    }
    if let Some(county) = given
        && gazetteer::miles_between(place, county.place) <= FAR_MILES
    {
        return Where { place: Some(place), zip, county: Some(county.fips), state: Some(county.state) };
    }
    let nearest = gazetteer::nearest(place);
    let county = given.map(|county| county.fips).or(zip.map(|area| area.county_fips)).unwrap_or(nearest.county_fips);
    // Far from every ZIP code is in no state at all.
    let inside = gazetteer::miles_between(place, nearest.place) <= FAR_MILES;
    Where { place: Some(place), zip, county: Some(county), state: Some(if inside { nearest.state } else { "" }) }
}

fn point(row: &mut Row<'_, '_>, latitude: usize, longitude: usize) -> Option<Place> {
    let broken = std::mem::take(&mut row.broken);
    let (north, east) = (row.degrees(latitude), row.degrees(longitude));
    let unread = row.broken;
    row.broken |= broken;
    if unread {
        return None;
    }
    let (north, east) = match (north, east) {
        (None, None) => return None,
        (Some(_), None) => {
            row.problem(Code::PlaceIncomplete, longitude, |problem| problem);
            return None;
        }
        (None, Some(_)) => {
            row.problem(Code::PlaceIncomplete, latitude, |problem| problem);
            return None;
        }
        (Some(north), Some(east)) => (north, east),
    };
    if (-180.0..=-60.0).contains(&north) && (17.0..=72.0).contains(&east) {
        row.problem(Code::PlaceSwapped, latitude, |mut problem| {
            problem.value = None;
            problem.fix("Exchange the two columns, or their names in the header row.")
        });
        return None;
    }
    if north == 0.0 && east == 0.0 {
        row.problem(Code::ValueOutOfRange, latitude, |problem| {
            problem.expected("a place; 0, 0 lies in the Atlantic").fix("Clear both cells when the place is unknown.")
        });
        return None;
    }
    let fits = [(latitude, north, 90.0), (longitude, east, 180.0)].map(|(column, degrees, most)| {
        let fits = degrees.abs() <= most;
        if !fits {
            row.problem(Code::ValueOutOfRange, column, |problem| problem);
        }
        fits
    });
    (fits == [true, true]).then_some(Place { latitude: north, longitude: east })
}
