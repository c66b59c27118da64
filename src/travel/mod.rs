//! How long a trip takes, in whole seconds one way. The only room that does geometry on the globe.

pub mod straight_line;

pub use straight_line::{Point, TravelTime, miles_between};
