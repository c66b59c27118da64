//! A `caseload.toml` with every key in it, commented out: what it means, its unit, its range, its default. It is made from
//! the table of `models/README.md`, which a test holds against the parser, so that it is never out of date.

use std::fmt::Write as _;

const README: &str = include_str!("../../models/README.md");
const HEADING: &str = "## Keys of `caseload.toml`";

/// One row of the table.
struct Key<'a> {
    name: &'a str,
    unit: &'a str,
    range: &'a str,
    default: &'a str,
    meaning: &'a str,
}

/// The text of a `caseload.toml` in which nothing is set.
#[must_use]
pub fn settings_template() -> String {
    let mut text = String::from(
        "# Settings of this roster. Every key is optional; take the # off a line to set it.\n\
         # `caseload config` prints what holds, and where each value comes from.\n",
    );
    // Keys of no table first: below a table's heading they would belong to it.
    let (plain_keys, in_tables): (Vec<_>, Vec<_>) =
        keys().partition(|key| !key.name.contains('.') && key.unit != "table");
    let mut table = "";
    for key in plain_keys.into_iter().chain(in_tables) {
        let (own, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if key.unit == "table" {
            let _ = write!(text, "\n# {}\n[{name}]\n", plain(key.meaning)); // writing to a string cannot fail
            table = name;
            continue;
        }
        if own != table {
            let _ = write!(text, "\n[{own}]\n");
            table = own;
        }
        let about: Vec<&str> = [key.unit, key.range].into_iter().filter(|part| !part.is_empty()).collect();
        let _ = writeln!(text, "# {} ({})", plain(key.meaning), plain(&about.join(", ")));
        let _ = match value(key.default) {
            Some(value) => writeln!(text, "# {name} = {value}"),
            None => writeln!(text, "# {name} =          # when left out: {}", plain(key.default)),
        };
    }
    text
}

fn keys() -> impl Iterator<Item = Key<'static>> {
    let after = README.split_once(HEADING).map_or("", |(_, after)| after);
    let table = after.split_once("\n## ").map_or(after, |(table, _)| table);
    table.lines().filter(|line| line.starts_with("| `")).filter_map(|line| {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let &[name, unit, range, default, meaning] = cells.as_slice() else { return None };
        Some(Key { name: name.trim_matches('`'), unit, range, default, meaning })
    })
}

/// A default that can be written as it stands.
fn value(default: &str) -> Option<String> {
    let bare = default.trim_matches('`');
    if bare.parse::<f64>().is_ok() || matches!(bare, "true" | "false") {
        return Some(bare.to_owned());
    }
    let word =
        !bare.is_empty() && bare.chars().all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_');
    let names_a_key = bare.contains('_');
    (word && default.contains('`') && !names_a_key || default == "example").then(|| format!("\"{bare}\""))
}

/// Without the marks of Markdown.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_there_and_what_is_set_can_be_read() {
        let text = settings_template();
        assert!(keys().count() > 20);
        for key in keys() {
            let name = key.name.rsplit('.').next().unwrap_or_default();
            let there = text.contains(&format!("# {name} =")) || text.contains(&format!("\n[{name}]\n"));
            assert!(there, "{name}");
        }
        assert!(text.contains("# program = \"iowa-cbcm\""), "{text}");
        assert!(text.contains("# travel = 1\n"), "{text}");
        assert!(text.lines().all(|line| line.is_empty() || line.starts_with(['#', '['])));
    }
}
