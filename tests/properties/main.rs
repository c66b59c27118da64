//! Laws that hold whatever the input. One module an area.

mod agreement;
mod costs;
mod readers;
mod rosters;
mod solving;
mod verifying;
