//! The address block: its lines, and the size at which they fit the envelope's window.

use crate::roster::MailingAddress;

use super::fonts::Fonts;
use super::plain_text::cell;
use super::window::Window;

/// Distance from line to line in type sizes: capital height and leading as `_layout.typ` sets the block, and a margin
/// for descenders and kerning.
const LINE_EMS: f64 = 1.03;
const DESCENDER_EMS: f64 = 0.25;
const POINTS_PER_INCH: f64 = 72.0;

/// Street lines and the last line (`DES MOINES IA 50309` as the roster spells it) of a complete address; `None` when a
/// part without which mail does not arrive is blank. Also the ZIP.
pub fn postal_lines(address: &MailingAddress, home_zip: Option<&str>) -> Option<(Vec<String>, String)> {
    let street = cell(address.line1.as_deref())?;
    let city = cell(address.city.as_deref())?;
    let state = cell(address.state.as_deref())?;
    let zip = cell(address.zip.as_deref()).or_else(|| cell(home_zip))?;
    let mut lines = vec![street];
    lines.extend(cell(address.line2.as_deref()));
    lines.push(format!("{city}, {state} {zip}"));
    Some((lines, zip))
}

/// The largest size in points, in half points, at which the lines fit the window; `None` when even the smallest is
/// too large.
pub fn fitting_size(lines: &[String], window: &Window, fonts: &Fonts) -> Option<f64> {
    let widest = lines.iter().map(|line| fonts.width_in_ems(line)).fold(0.0, f64::max);
    let height = lines.len() as f64 * LINE_EMS + DESCENDER_EMS;
    let mut size = window.largest_pt;
    while size >= window.smallest_pt {
        let fits_across = widest * size <= window.width_in * POINTS_PER_INCH;
        if fits_across && height * size <= window.height_in * POINTS_PER_INCH {
            return Some(size);
        }
        size -= 0.5;
    }
    None
}
