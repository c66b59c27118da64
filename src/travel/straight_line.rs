//! Driving time from the straight line: `minutes = base + rate x miles`, fitted on real ZIP-to-facility trips.

use geo::{Distance, Haversine};

use crate::roster::Place;
use crate::units::Seconds;

/// Mean earth radius in meters, the one `geo`'s haversine uses (IUGG, Moritz 2000, doi:10.1007/s001900050278).
const EARTH_RADIUS_METERS: f64 = 6_371_008.8;
const METERS_PER_MILE: f64 = 1_609.344;

/// Great-circle distance in statute miles.
#[must_use]
pub fn miles_between(from: Place, to: Place) -> f64 {
    let point = |place: Place| geo::Point::new(place.longitude, place.latitude);
    Haversine.distance(point(from), point(to)) / METERS_PER_MILE
}

/// A place as a unit vector, so that a distance costs a few multiplications instead of trigonometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    x: f64,
    y: f64,
    z: f64,
}

impl Point {
    /// The point of a place.
    #[must_use]
    pub fn new(place: Place) -> Self {
        let (latitude, longitude) = (place.latitude.to_radians(), place.longitude.to_radians());
        Self { x: latitude.cos() * longitude.cos(), y: latitude.cos() * longitude.sin(), z: latitude.sin() }
    }

    /// Great-circle distance in miles, from the chord: `2 R asin(|a - b| / 2)`. Agrees with the haversine to a
    /// millimetre (a property test holds it to that).
    #[must_use]
    pub fn miles_to(self, other: Self) -> f64 {
        let (dx, dy, dz) = (self.x - other.x, self.y - other.y, self.z - other.z);
        let half_chord = (dx * dx + dy * dy + dz * dz).sqrt() / 2.0;
        2.0 * EARTH_RADIUS_METERS * half_chord.min(1.0).asin() / METERS_PER_MILE
    }
}

/// The line `minutes = base_minutes + minutes_per_mile x straight-line miles`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TravelTime {
    /// Minutes of any trip, however short.
    pub base_minutes: f64,
    /// Minutes a straight-line mile.
    pub minutes_per_mile: f64,
}

impl TravelTime {
    /// One way, in whole seconds, rounded to the nearest.
    #[must_use]
    pub fn between(&self, from: Point, to: Point) -> Seconds {
        let minutes = self.base_minutes + self.minutes_per_mile * from.miles_to(to);
        Seconds((minutes * 60.0).round() as i64)
    }
}
