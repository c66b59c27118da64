//! Laws that hold whatever the input. One module an area.

mod solving;
