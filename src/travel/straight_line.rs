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

    /// The three coordinates.
    #[must_use]
    pub const fn unit_vector(self) -> [f64; 3] {
        [self.x, self.y, self.z]
    }

    /// Is the other point farther than so many miles? The same answer as [`Point::miles_to`], mostly from the chord alone;
    /// `chord` is [`Point::chord_of`] these miles.
    #[inline]
    #[must_use]
    pub fn is_beyond(self, other: Self, miles: f64, chord: f64) -> bool {
        let (dx, dy, dz) = (self.x - other.x, self.y - other.y, self.z - other.z);
        let ratio = (dx * dx + dy * dy + dz * dz) / (chord * chord);
        if (ratio - 1.0).abs() > 1e-6 { ratio > 1.0 } else { self.miles_to(other) > miles }
    }

    /// The chord of so many miles, in earth radii.
    #[must_use]
    pub fn chord_of(miles: f64) -> f64 {
        let angle = (miles * METERS_PER_MILE / EARTH_RADIUS_METERS).min(std::f64::consts::PI);
        2.0 * (angle / 2.0).sin()
    }

    /// Great-circle distance in miles, from the chord: `2 R asin(|a - b| / 2)`. Agrees with the haversine to a
    /// millimetre (a property test holds it to that).
    #[inline]
    #[must_use]
    pub fn miles_to(self, other: Self) -> f64 {
        let (dx, dy, dz) = (self.x - other.x, self.y - other.y, self.z - other.z);
        let half_chord = (dx * dx + dy * dy + dz * dz).sqrt() / 2.0;
        2.0 * EARTH_RADIUS_METERS * arcsine(half_chord) / METERS_PER_MILE
    }
}

/// The arcsine of a half chord. Up to some 400 miles its series (Abramowitz and Stegun 1964, 4.4.40) is exact to the last
/// digits after six terms, and much quicker: this is the innermost step of every cost.
#[inline]
fn arcsine(half_chord: f64) -> f64 {
    if half_chord >= 0.05 {
        return half_chord.min(1.0).asin();
    }
    let square = half_chord * half_chord;
    let tail = square * (105.0 / 3456.0 + square * (945.0 / 42240.0));
    half_chord * (1.0 + square * (1.0 / 6.0 + square * (3.0 / 40.0 + square * (15.0 / 336.0 + tail))))
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
    /// Seconds of the shortest trip, and what every earth radius of straight chord adds to it at least.
    #[must_use]
    pub fn seconds_and_slope(&self) -> (f64, f64) {
        (self.base_minutes * 60.0, self.minutes_per_mile * 60.0 * EARTH_RADIUS_METERS / METERS_PER_MILE)
    }

    /// One way, in whole seconds, rounded to the nearest.
    #[inline]
    #[must_use]
    pub fn between(&self, from: Point, to: Point) -> Seconds {
        let minutes = self.base_minutes + self.minutes_per_mile * from.miles_to(to);
        let seconds = minutes * 60.0;
        // `f64::round` is a library call on most targets.
        Seconds((seconds + if seconds < 0.0 { -0.5 } else { 0.5 }) as i64)
    }
}
