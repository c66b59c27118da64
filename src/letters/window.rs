//! Envelope windows: `models/letters/windows.toml` and the agency's own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LettersError;
use super::templates::Templates;

const FILE: &str = "windows.toml";

/// Where the address must stand, in **inches** from the left and top edge of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// What the envelope is.
    pub title: String,
    /// Left edge of the address block.
    pub left_in: f64,
    /// Top edge of the address block.
    pub top_in: f64,
    /// Widest address.
    pub width_in: f64,
    /// Highest address.
    pub height_in: f64,
    /// What must stay empty around it on every side.
    pub clear_in: f64,
    /// Type size of an address that fits easily, in points.
    pub largest_pt: f64,
    /// Smallest type size an address may be set in, in points.
    pub smallest_pt: f64,
}

impl Window {
    /// The window of that name: the agency's own, or a shipped one.
    ///
    /// # Errors
    /// When a file is malformed or there is no such window.
    pub fn named(templates: &Templates, name: &str) -> Result<Self, LettersError> {
        let mut all: BTreeMap<String, Self> = BTreeMap::new();
        for text in templates.layers(FILE) {
            let layer: BTreeMap<String, Self> =
                toml::from_str(text).map_err(|error| templates.refused(FILE, error.to_string()))?;
            all.extend(layer);
        }
        let known = all.keys().cloned().collect::<Vec<_>>().join(", ");
        all.remove(name).ok_or_else(|| LettersError::UnknownWindow { name: name.to_owned(), known })
    }
}
