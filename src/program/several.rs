//! `programs = [...]` of `caseload.toml`: an organization whose case managers serve several programs. A program that
//! includes them all is written down in the rule language itself and loaded like any file, so that nothing else needs to
//! know of it: each program's counting rules hold for the members on its codes, and everything that is no counting rule
//! (who may serve whom, exchange rates, words) is the first one's.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::program::file::{Program, Status};
use crate::program::loading::{self, Loaded, Opened};
use crate::program::settings::{SettingsError, load_program, open_named, open_other};

/// One of several programs: its name, or its name with the codes of its members where its file lists none.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "the name of a program, or { program = \"...\", codes = [\"...\"] } is expected")]
pub(super) enum Shared {
    /// A shipped name or a path.
    Named(String),
    /// With the program codes of its members.
    Coded(Coded),
}

/// A program with the codes of its members.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Coded {
    program: String,
    codes: Vec<String>,
}

impl Shared {
    /// The program's name or path.
    pub(super) fn program(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Coded(coded) => &coded.program,
        }
    }

    /// The program codes of its members.
    fn codes(&self, program: &Program) -> Result<Vec<String>, SettingsError> {
        let own = || program.codes.iter().map(|code| code.code.clone()).collect();
        let codes: Vec<String> = match self {
            Self::Named(_) => own(),
            Self::Coded(coded) => coded.codes.clone(),
        };
        if codes.is_empty() {
            let name = self.program();
            let expected = format!(
                "{{ program = \"{name}\", codes = [\"...\"] }} with the program codes of its members, since its file lists none"
            );
            return Err(refused(self, expected));
        }
        Ok(codes)
    }
}

/// One of the programs cannot be used so.
fn refused(one: &Shared, expected: String) -> SettingsError {
    SettingsError::OutOfRange { key: "programs".to_owned(), value: format!("`{}`", one.program()), expected }
}

/// How the files that are written here are called; no file of an organization has such a name.
const OWN: &str = "caseload.toml: programs";

/// The including program.
///
/// # Errors
/// When one of them cannot be used by itself, or they cannot be used together.
pub(super) fn load(folder: &Path, shared: &[Shared]) -> Result<Loaded, SettingsError> {
    if shared.len() < 2 {
        return Err(SettingsError::OutOfRange {
            key: "programs".to_owned(),
            value: format!("{} of them", shared.len()),
            expected: "two or more, such as [\"iowa-cbcm\", \"my-program.toml\"]; one is named by `program`".to_owned(),
        });
    }
    let mut files: BTreeMap<String, Opened> = BTreeMap::new();
    let mut parts = Vec::new();
    let mut whose: BTreeMap<String, String> = BTreeMap::new();
    for (at, one) in shared.iter().enumerate() {
        let loaded = load_program(folder, one.program())?;
        let opened = open_named(folder, one.program())?;
        let name = format!("{OWN} {}", at + 1);
        for code in one.codes(&loaded.program)? {
            if let Some(other) = whose.insert(code.clone(), one.program().to_owned()) {
                return Err(refused(one, format!("code `{code}` is one of `{other}` too: a member would be in both")));
            }
        }
        if let Shared::Coded(coded) = one {
            let text = with_codes(&loaded.program, &name, &coded.codes);
            let inner = format!("{name} itself");
            files.insert(inner, opened);
            files.insert(name.clone(), Opened { key: name.clone(), shown: name.clone(), text });
        } else {
            files.insert(name.clone(), opened);
        }
        parts.push((name, loaded.program));
    }
    let text = including(&parts);
    let open = |name: &str, from: Option<&str>| match files.get(name) {
        Some(opened) => Ok(opened.clone()),
        None => open_other(folder, name, from),
    };
    let opened = Opened { key: OWN.to_owned(), shown: OWN.to_owned(), text };
    loading::load(opened, &open).map_err(SettingsError::Program)
}

/// A value as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn listed(all: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    format!("[{}]", all.into_iter().map(|one| quoted(one.as_ref())).collect::<Vec<_>>().join(", "))
}

const fn word(status: Status) -> &'static str {
    match status {
        Status::Cited => "cited",
        Status::Example => "example",
    }
}

/// The program with these codes in place of its own.
fn with_codes(program: &Program, name: &str, codes: &[String]) -> String {
    let own = listed(program.codes.iter().map(|code| &code.code));
    let mut text = format!(
        "extends = {}\nname = {}\nstatus = \"{}\"\nremove = {own}\n",
        quoted(&format!("{name} itself")),
        quoted(&program.name),
        word(program.status)
    );
    for code in codes {
        text += &format!("[[code]]\ncode = {}\ntitle = {}\n", quoted(code), quoted(&program.title));
    }
    text
}

/// The first program without what it counts, including all of them.
fn including(parts: &[(String, Program)]) -> String {
    let first = &parts[0].1;
    let join = |of: fn(&Program) -> &str, with: &str| {
        let mut all: Vec<&str> = Vec::new();
        for (_, program) in parts {
            if !all.contains(&of(program)) {
                all.push(of(program));
            }
        }
        quoted(&all.join(with))
    };
    let status = if parts.iter().all(|(_, program)| program.status == Status::Cited) { "cited" } else { "example" };
    let first_day = parts.iter().filter_map(|(_, program)| program.effective_from).max();
    let first_day = first_day.map_or(String::new(), |day| format!("effective_from = {day}\n"));
    let counting = first.caps.iter().map(|rule| &rule.name);
    let counting = counting.chain(first.capacities.iter().map(|rule| &rule.name));
    let counting = counting.chain(first.mixed.iter().map(|rule| &rule.name));
    let counting = counting.chain(first.ranges.iter().map(|rule| &rule.name));
    let counting = counting.chain(first.averages.iter().map(|rule| &rule.name));
    let counting = counting.chain(first.spans.iter().map(|rule| &rule.name));
    let counting = counting.chain(first.categories.iter().map(|category| &category.name));
    let counting = counting.chain(first.codes.iter().map(|code| &code.code));
    let mut removed: Vec<&str> = counting.map(String::as_str).collect();
    removed.sort_unstable();
    removed.dedup();
    format!(
        "extends = {}\nremove = {}\ninclude = {}\nname = {}\ntitle = {}\njurisdiction = {}\nstatus = \"{status}\"\n{first_day}[citation]\nsource = {}\ntext = \"Several programs in one roster: each one's limits hold for the members on its program codes.\"\n",
        quoted(&parts[0].0),
        listed(removed),
        listed(parts.iter().map(|(name, _)| name)),
        join(|program| &program.name, " + "),
        join(|program| &program.title, "; "),
        join(|program| &program.jurisdiction, "; "),
        join(|program| &program.citation.source, "; "),
    )
}
