//! Pages for a browser: their style, and how a template of `models/report` is filled.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde::Serialize;

/// The style of every page.
pub const STYLE: &str = include_str!("../../models/report/report.css");

/// The first template (name, text) filled; it may include the others.
///
/// # Errors
/// When it uses something that is not there: a defect.
pub fn filled(templates: &[(&str, &str)], content: impl Serialize) -> Result<String, Error> {
    let mut pages = Environment::new();
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    pages.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, text) in templates {
        pages.add_template(name, text)?;
    }
    let first = templates.first().map_or("", |(name, _)| name);
    pages.get_template(first)?.render(Serde(content))
}
