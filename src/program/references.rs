//! What has to fit across the rules of one file: names are unique, categories exist.

use std::collections::BTreeSet;

use crate::program::cap::Count;
use crate::program::file::{HouseholdRule, Program};
use crate::program::limit::Part;

/// Checks them.
///
/// # Errors
/// The first thing that does not fit, in words.
pub fn check(program: &Program) -> Result<(), String> {
    let categories: BTreeSet<&str> = program.categories.iter().map(|category| category.name.as_str()).collect();
    if categories.len() < program.categories.len() {
        return Err("category: two of them have the same name".to_owned());
    }
    let known = |rule: &str, mut of: Box<dyn Iterator<Item = &String> + '_>| {
        let unknown = of.find(|name| !categories.contains(name.as_str()));
        unknown.map_or(Ok(()), |name| {
            let listed: Vec<&str> = program.categories.iter().map(|category| category.name.as_str()).collect();
            let listed = if listed.is_empty() { "none is defined".to_owned() } else { listed.join(", ") };
            Err(format!("`{rule}`: there is no category `{name}`; categories are: {listed}"))
        })
    };
    for cap in &program.caps {
        known(&cap.name, Box::new(cap.of.iter()))?;
        if cap.count == Count::Households && program.households.rule != HouseholdRule::Join {
            return Err(format!(
                "cap `{}` counts households: that needs households.rule = \"join\", so that each is with one case manager",
                cap.name
            ));
        }
    }
    for capacity in &program.capacities {
        known(&capacity.name, Box::new(capacity.of.iter()))?;
        let by_category = capacity.weight_of.iter().chain(&capacity.hours_of);
        known(&capacity.name, Box::new(by_category.flat_map(|of| of.keys()).filter(|name| *name != "other")))?;
    }
    let apart = |rule: &str, parts: &[Part]| {
        known(rule, Box::new(parts.iter().flat_map(|part| &part.of)))?;
        let mut seen = BTreeSet::new();
        match parts.iter().flat_map(|part| &part.of).find(|name| !seen.insert(name.as_str())) {
            Some(name) => Err(format!("`{rule}`: category `{name}` stands in two parts")),
            None if parts.iter().any(|part| part.of.is_empty()) => {
                Err(format!("`{rule}`: a part names no category in `of`"))
            }
            None => Ok(()),
        }
    };
    program.mixed.iter().try_for_each(|mixed| apart(&mixed.name, &mixed.parts))?;
    program.ranges.iter().try_for_each(|range| known(&range.name, Box::new(range.of.iter())))?;
    program.spans.iter().try_for_each(|span| known(&span.name, Box::new(span.of.iter())))?;
    for average in &program.averages {
        known(&average.name, Box::new(average.of.iter()))?;
        apart(&average.name, &average.parts)?;
    }
    let mut names = BTreeSet::new();
    let all = program.caps.iter().map(|rule| &rule.name);
    let all = all.chain(program.capacities.iter().map(|rule| &rule.name));
    let all = all.chain(program.mixed.iter().map(|rule| &rule.name));
    let all = all.chain(program.ranges.iter().map(|rule| &rule.name));
    let all = all.chain(program.averages.iter().map(|rule| &rule.name));
    let all = all.chain(program.spans.iter().map(|rule| &rule.name));
    let mut all = all.chain(program.fairness.iter().map(|rule| &rule.name));
    match all.find(|name| !names.insert(name.as_str())) {
        Some(name) => Err(format!("`{name}` is the name of two rules; compliance tables need one name each")),
        None => Ok(()),
    }
}
