//! What a program may not say although its form is right: each rule of sense with the line it is broken in.
//!
//! Every kind of rule has its checks here or in its own file, and reports through [`Checks::fault`] with a path such as
//! `cap.individual-cap.limit`. Checks that hold for all kinds (unique names, categories that exist) read the tree, so
//! that a new kind has them by being there.

use std::collections::BTreeSet;

use crate::diagnostic::closest;
use crate::program::average::AverageKind;
use crate::program::category::Condition;
use crate::program::file::{PerNeed, Program, Status};
use crate::program::limit::Limit;
use crate::program::references;
use crate::program::source::{Entry, Fault, File, Node, What, name_of};

/// Collects what is wrong.
#[derive(Debug)]
pub struct Checks<'a> {
    tree: &'a Node,
    files: &'a [File],
    faults: Vec<Fault>,
}

impl Checks<'_> {
    /// Something is wrong at this path: keys joined by dots, elements of lists by their name, code or position. Where
    /// the path ends before its last key (a key left out), the last one that is there is shown.
    pub fn fault(&mut self, path: &str, message: impl Into<String>) {
        let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
        self.faults.push(Fault::at(self.files, self.tree.place_of(&steps), message));
    }

    /// A number must lie in a range.
    pub fn in_range(&mut self, path: &str, value: f64, least: f64, most: f64) {
        // Not a number lies nowhere.
        if !(least..=most).contains(&value) {
            let range = if most == f64::INFINITY { format!("{least} or more") } else { format!("{least} to {most}") };
            self.fault(path, format!("{value} is out of range: {range} is allowed"));
        }
    }

    fn at(&mut self, node: &Node, message: String) {
        self.faults.push(Fault::at(self.files, &node.place, message));
    }
}

/// Everything a program says that makes no sense, in the order of the files' lines.
pub(super) fn faults(program: &Program, tree: &Node, files: &[File]) -> Vec<Fault> {
    let mut checks = Checks { tree, files, faults: Vec::new() };
    names(&mut checks);
    references(tree, program, &mut checks);
    head(program, &mut checks);
    super::words::check(&program.words, &mut checks);
    codes(program, &mut checks);
    categories(program, &mut checks);
    limits(program, &mut checks);
    eligibility(program, &mut checks);
    staffing(program, &mut checks);
    if checks.faults.is_empty()
        && let Err(message) = references::check(program)
    {
        // What fits in each rule but not across its parts: shown where the rule begins.
        let named = message.split('`').nth(1).unwrap_or_default();
        let is_in =
            |entry: &Entry| entry.value.list().is_some_and(|list| list.iter().any(|one| name_of(one) == Some(named)));
        let kind = tree.table().and_then(|table| table.iter().find(|(_, entry)| is_in(entry)));
        let path = kind.map_or(String::new(), |(kind, _)| format!("{kind}.{named}"));
        checks.fault(&path, message);
    }
    let mut faults = checks.faults;
    let at = |fault: &Fault| files.iter().position(|file| file.name == fault.file);
    faults.sort_by_key(|fault| (at(fault), fault.line, fault.column));
    faults.dedup();
    faults
}

/// Names are there, and each is used once: among all rules, among categories, among codes.
fn names(checks: &mut Checks<'_>) {
    let mut rules: BTreeSet<&str> = BTreeSet::new();
    let tree = checks.tree;
    for (key, entry) in tree.table().into_iter().flatten() {
        let Some(list) = entry.value.list() else { continue };
        let mut own: BTreeSet<&str> = BTreeSet::new();
        let is_rule = key != "category" && key != "code";
        for element in list {
            let Some(name) = name_of(element) else { continue };
            let written = element.get("name").or_else(|| element.get("code")).unwrap_or(element);
            if name.trim().is_empty() || name.contains('.') {
                checks.at(written, "a name of at least one character without a dot is expected".to_owned());
            }
            let is_new = if is_rule { rules.insert(name) } else { own.insert(name) };
            if !is_new {
                checks.at(written, format!("`{name}` is the name of another one already: each name is used once"));
            }
        }
    }
}

/// `of` names categories there are; a count of households needs households that stay together.
fn references(node: &Node, program: &Program, checks: &mut Checks<'_>) {
    match &node.what {
        What::Table(table) => {
            for (key, entry) in table {
                if key == "of" {
                    for one in entry.value.list().unwrap_or(&[]) {
                        category_exists(one, program, checks);
                    }
                }
                if key == "count" && entry.value.text() == Some("households") {
                    let rule = checks.tree.get("households").and_then(|households| households.get("rule"));
                    if rule.and_then(Node::text) != Some("join") {
                        let message =
                            "households are counted only where they stay whole: set `households.rule` to \"join\"";
                        checks.at(&entry.value, message.to_owned());
                    }
                }
                references(&entry.value, program, checks);
            }
        }
        What::List(list) => list.iter().for_each(|one| references(one, program, checks)),
        What::Plain(_) => {}
    }
}

fn category_exists(named: &Node, program: &Program, checks: &mut Checks<'_>) {
    let Some(name) = named.text() else { return };
    let known = || program.categories.iter().map(|category| category.name.as_str());
    if known().any(|one| one == name) {
        return;
    }
    let near = closest(name, known()).map_or(String::new(), |near| format!(", did you mean `{near}`?"));
    let list = known().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
    let list =
        if list.is_empty() { "there are no [[category]] entries".to_owned() } else { format!("there are {list}") };
    checks.at(named, format!("there is no category `{name}`{near}\n{list}"));
}

fn head(program: &Program, checks: &mut Checks<'_>) {
    if program.status == Status::Cited && program.citation.source.trim().is_empty() {
        checks.fault("citation.source", "status \"cited\" needs a source; without one the status is \"example\"");
    }
}

fn codes(program: &Program, checks: &mut Checks<'_>) {
    for code in &program.codes {
        let path = format!("code.{}", code.code);
        if code.from.zip(code.until).is_some_and(|(from, until)| until < from) {
            checks.fault(&format!("{path}.until"), "the last day lies before the first one, `from`");
        }
        if code.until.is_none() && !code.becomes.is_empty() {
            checks
                .fault(&format!("{path}.becomes"), "a code becomes another one after its last day: `until` is missing");
        }
        for (at, next) in code.becomes.iter().enumerate() {
            let path = format!("{path}.becomes.{at}");
            ages(&path, next.min_age, next.under_age, checks);
            let Some(known) = program.codes.iter().find(|known| known.code == next.code) else {
                let near = closest(&next.code, program.codes.iter().map(|known| known.code.as_str()));
                let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
                checks.fault(&format!("{path}.code"), format!("there is no [[code]] `{}`{near}", next.code));
                continue;
            };
            let gap = known
                .from
                .zip(code.until)
                .is_some_and(|(first, last)| last.succ_opt().is_some_and(|next| first > next));
            if gap {
                checks
                    .fault(&format!("{path}.code"), format!("`{}` begins later than the day after `until`", next.code));
            }
        }
    }
}

fn ages(path: &str, min_age: Option<u32>, under_age: Option<u32>, checks: &mut Checks<'_>) {
    if min_age.zip(under_age).is_some_and(|(least, under)| least >= under) {
        checks.fault(&format!("{path}.under_age"), "nobody is at least `min_age` and younger than this");
    }
}

fn categories(program: &Program, checks: &mut Checks<'_>) {
    let everybody = program.categories.iter().position(|category| category.when == Condition::default());
    for (at, category) in program.categories.iter().enumerate() {
        if everybody.is_some_and(|first| at > first) {
            let message = "nobody is left for this category: an earlier one without conditions takes everybody";
            checks.fault(&format!("category.{}", category.name), message);
        }
        condition(&format!("category.{}.when", category.name), &category.when, program, checks);
    }
    for (at, rule) in program.continuity.iter().enumerate() {
        if let Some(when) = &rule.when {
            condition(&format!("continuity.{at}.when"), when, program, checks);
        }
    }
}

fn condition(path: &str, when: &Condition, program: &Program, checks: &mut Checks<'_>) {
    ages(path, when.min_age, when.under_age, checks);
    if let Some(since) = when.since
        && since.under_months.is_some_and(|under| since.at_least_months >= under)
    {
        checks.fault(
            &format!("{path}.since.under_months"),
            "no time is at least `at_least_months` and shorter than this",
        );
    }
    if let Some(least) = when.min_contacts_per_month {
        checks.in_range(&format!("{path}.min_contacts_per_month"), least, 0.0, f64::INFINITY);
    }
    // A program without a list of codes knows any.
    for (at, code) in when.programs.iter().flatten().enumerate().filter(|_| !program.codes.is_empty()) {
        if !program.codes.iter().any(|known| known.code == *code) {
            let near = closest(code, program.codes.iter().map(|known| known.code.as_str()));
            let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
            checks.fault(&format!("{path}.programs.{at}"), format!("there is no [[code]] `{code}`{near}"));
        }
    }
}

fn limits(program: &Program, checks: &mut Checks<'_>) {
    for average in &program.averages {
        // Form is read before; this is the number's range.
        if average.kind == AverageKind::Ratio && average.limit < Limit::whole(1) {
            checks.fault(&format!("average.{}.limit", average.name), "out of range: 1 or more is allowed");
        }
    }
    checks.in_range("balance.target_percent", program.balance.target_percent.into(), 0.0, 100.0);
    checks.in_range("rates.provider_shared_percent", program.rates.provider_shared_percent.into(), 0.0, 100.0);
    checks.in_range("eligibility.distance.max_miles", program.eligibility.distance.max_miles, 0.0, f64::INFINITY);
    checks.in_range("travel.base_minutes", program.travel.base_minutes, 0.0, f64::INFINITY);
    checks.in_range("travel.minutes_per_mile", program.travel.minutes_per_mile, 0.0, f64::INFINITY);
    for (key, values) in [
        ("visits_per_year", program.defaults.visits_per_year),
        ("contacts_per_month", program.defaults.contacts_per_month),
    ] {
        let PerNeed { low, moderate, high, intensive } = values;
        for (grade, value) in [("low", low), ("moderate", moderate), ("high", high), ("intensive", intensive)] {
            checks.in_range(&format!("defaults.{key}.{grade}"), value, 0.0, f64::INFINITY);
        }
    }
}

fn eligibility(program: &Program, checks: &mut Checks<'_>) {
    let rules = &program.eligibility;
    for rule in program.duplications.iter().filter(|rule| rule.services.is_empty()) {
        checks
            .fault(&format!("duplication.{}.services", rule.name), "name at least one service, or leave the table out");
    }
    if rules.discharge.as_ref().is_some_and(|rule| rule.settings.is_empty()) {
        checks.fault("eligibility.discharge.settings", "name at least one setting, or leave the table out");
    }
    for (at, rule) in rules.qualification_for.iter().enumerate() {
        for (key, list) in [("of", &rule.of), ("required", &rule.required)] {
            if list.is_empty() {
                checks.fault(&format!("eligibility.qualification_for.{at}.{key}"), "name at least one");
            }
        }
    }
}

fn staffing(program: &Program, checks: &mut Checks<'_>) {
    let mut before = 0;
    for (at, step) in program.staffing.ramp_up.iter().enumerate() {
        let path = format!("staffing.ramp_up.{at}");
        if step.under_months <= before {
            let message = format!("the steps of `ramp_up` rise: more than {before} months is expected here");
            checks.fault(&format!("{path}.under_months"), message);
        }
        before = before.max(step.under_months);
        checks.in_range(&format!("{path}.percent"), step.percent.into(), 0.0, 100.0);
    }
}
