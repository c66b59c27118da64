//! The sentences of the workbook, from `models/report/workbook.toml`.

use std::collections::BTreeMap;

use minijinja::{Environment, Value};
use rust_xlsxwriter::XlsxError;

use crate::program::Words as Own;

const WORDS: &str = include_str!("../../../models/report/workbook.toml");

/// The sentences, ready to be filled in.
pub struct Words(Environment<'static>);

impl Words {
    /// Reads the shipped file; `{{ member }}`, `{{ case_manager }}` and so on are the program's `own`.
    ///
    /// # Errors
    /// When it does not parse: a defect, which a test finds.
    pub fn of(own: &Own) -> Result<Self, XlsxError> {
        let parts: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(WORDS).map_err(|error| broken(&error))?;
        let mut words = Environment::new();
        words.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        for (name, word) in own.named() {
            words.add_global(name, word);
        }
        for (part, texts) in parts {
            for (key, text) in texts {
                words.add_template_owned(format!("{part}.{key}"), text).map_err(|error| broken(&error))?;
            }
        }
        Ok(Self(words))
    }

    /// A sentence without values.
    ///
    /// # Errors
    /// When there is no such sentence: a defect.
    pub fn plain(&self, key: &str) -> Result<String, XlsxError> {
        self.say(key, Value::from(()))
    }

    /// A sentence with its values.
    ///
    /// # Errors
    /// When there is no such sentence, or a value is missing: a defect.
    pub fn say(&self, key: &str, values: Value) -> Result<String, XlsxError> {
        let template = self.0.get_template(key).map_err(|error| broken(&error))?;
        template.render(values).map_err(|error| broken(&error))
    }
}

fn broken(error: &dyn std::fmt::Display) -> XlsxError {
    XlsxError::ParameterError(format!("models/report/workbook.toml: {error}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_file_parses() {
        assert!(
            super::Words::of(&crate::program::Words::default()).is_ok_and(|words| words.plain("summary.met").is_ok())
        );
    }
}
