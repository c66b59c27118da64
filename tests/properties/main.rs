//! Laws that hold whatever the input. One module an area.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is how a test or bench fails")]

mod agreement;
mod all_pairs;
mod costs;
mod explaining;
mod openings;
mod readers;
mod rosters;
mod several;
mod simulating;
mod sites;
mod solving;
mod verifying;
mod warming;
