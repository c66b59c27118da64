//! What languages are called, from `models/report/languages.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../models/report/languages.toml");

/// Tag -> name. A test holds the file readable.
static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| toml::from_str(TEXT).unwrap_or_default());

/// All tags with their names.
#[must_use]
pub fn names() -> &'static BTreeMap<String, String> {
    &NAMES
}

/// The name of a language; of `es-MX` that of `es`; the tag itself where none is known.
#[must_use]
pub fn name(tag: &str) -> &str {
    let primary = tag.split('-').next().unwrap_or(tag);
    NAMES.get(tag).or_else(|| NAMES.get(primary)).map_or(tag, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_names() {
        assert!(names().len() > 15);
        assert_eq!([name("kar"), name("es-MX"), name("xx")], ["Karen", "Spanish", "xx"]);
    }
}
