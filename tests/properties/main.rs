//! Laws that hold whatever the input. One module an area.

mod costs;
mod readers;
mod solving;
mod verifying;
