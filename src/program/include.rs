//! Several programs in one roster: the counting rules of the included files beside the main file's own, each bound to
//! the members whose program code stands in its file.
//!
//! It is said in words the language has already, so that no other room needs to know of it. Every member belongs to
//! the first category that fits; the categories of an included file come first, held to the file's `[[code]]` list,
//! and end with one for everybody else on these codes, named as the program. A rule of that file is then a rule `of`
//! its categories: those it names, or all of them. The main file's own categories take whoever is left, and its rules
//! without `of` are about everybody. So a range's top is shared out among the program's members only, its floor is for
//! case managers who serve that program alone, and a span counts the program's members and those who may serve them.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use crate::program::source::{Entry, Fault, File, Node, Place, What, name_of};

/// Lists of rules that an included file brings along.
const RULES: [&str; 7] = ["cap", "capacity", "average", "range", "mixed", "span", "fairness"];
/// Those that name the categories they are about by `of`. Mixed caseloads name them in their parts.
const OF_MEMBERS: [&str; 5] = ["cap", "capacity", "average", "range", "span"];
/// Those that are about all members of the roster, and cannot be held to some.
const OF_ALL: [&str; 1] = ["fairness"];
/// Keys inside a rule that name categories; others of these kinds name rules.
const CATEGORIES: &str = "of";

/// Works the included programs into the main one. `parts` are the values of `include` with their trees.
pub(super) fn work_in(files: &[File], main: &mut Node, parts: Vec<(Node, Node)>) -> Result<(), Box<Fault>> {
    let fault = |node: &Node, message: String| Box::new(Fault::at(files, &node.place, message));
    let mut rule_names = names(main, &RULES);
    let mut category_names = names(main, &["category"]);
    for (_, part) in &parts {
        rule_names.extend(names(part, &RULES));
        category_names.extend(names(part, &["category"]));
    }
    let rules_twice = twice(&rule_names);
    let categories_twice = twice(&category_names);

    let mut codes: BTreeMap<String, String> = BTreeMap::new();
    let (mut all_codes, mut all_categories) = (Vec::new(), Vec::new());
    let mut all_rules: BTreeMap<&str, Vec<Node>> = BTreeMap::new();
    for (said, mut part) in parts {
        let Some(program) = part.get("name").and_then(Node::text).map(str::to_owned) else {
            return Err(fault(&said, "the included program has no `name`".to_owned()));
        };
        if let Some(kind) = OF_ALL.into_iter().find(|kind| !names(&part, &[kind]).is_empty()) {
            let message = format!(
                "program `{program}` has [[{kind}]], which is about all members and cannot be held to that program's: include a file that extends it and removes the rule"
            );
            return Err(fault(&said, message));
        }
        let own_codes = take(&mut part, "code");
        if own_codes.is_empty() {
            let message = format!(
                "program `{program}` lists no [[code]], so nobody is known to be in it: an included program lists its members' program codes"
            );
            return Err(fault(&said, message));
        }
        for code in &own_codes {
            let name = name_of(code).unwrap_or_default().to_owned();
            if let Some(other) = codes.insert(name.clone(), program.clone()) {
                let message =
                    format!("code `{name}` stands in `{other}` and in `{program}`: a member would be in both");
                return Err(fault(&said, message));
            }
        }
        let renamed = |name: &str, twice: &BTreeSet<String>| {
            if twice.contains(name) { format!("{program}/{name}") } else { name.to_owned() }
        };
        let held: Vec<String> = own_codes.iter().filter_map(name_of).map(str::to_owned).collect();
        let mut own_categories = Vec::new();
        let mut ends_open = false;
        for mut category in take(&mut part, "category") {
            rename(&mut category, &|name| renamed(name, &categories_twice));
            ends_open |= is_open(&category);
            hold_to(&mut category, &held);
            own_categories.push(category);
        }
        if !ends_open {
            own_categories.push(everybody_else(&said.place, &program, &held));
        }
        let everybody: Vec<String> = own_categories.iter().filter_map(name_of).map(str::to_owned).collect();
        for kind in RULES {
            for mut rule in take(&mut part, kind) {
                rename(&mut rule, &|name| renamed(name, &rules_twice));
                refer(&mut rule, true, &|name| renamed(name, &categories_twice), &|name| renamed(name, &rules_twice));
                // A combined average has its categories in its parts.
                if OF_MEMBERS.contains(&kind) && rule.get(CATEGORIES).is_none() && rule.get("parts").is_none() {
                    set(&mut rule, CATEGORIES, words(&said.place, &everybody));
                }
                all_rules.entry(kind).or_default().push(rule);
            }
        }
        all_codes.extend(own_codes);
        all_categories.extend(own_categories);
    }
    // What the main file says of an included program's codes is that program's business.
    all_codes.extend(
        take(main, "code").into_iter().filter(|code| !name_of(code).is_some_and(|name| codes.contains_key(name))),
    );
    all_categories.extend(take(main, "category"));
    put(main, "code", all_codes);
    put(main, "category", all_categories);
    for (kind, rules) in all_rules {
        let mut list = take(main, kind);
        list.extend(rules);
        put(main, kind, list);
    }
    Ok(())
}

fn names(tree: &Node, lists: &[&str]) -> Vec<String> {
    let all = lists.iter().filter_map(|list| tree.get(list)).filter_map(Node::list).flatten();
    all.filter_map(name_of).map(str::to_owned).collect()
}

fn twice(names: &[String]) -> BTreeSet<String> {
    let mut once = BTreeSet::new();
    names.iter().filter(|name| !once.insert(name.as_str())).cloned().collect()
}

/// Takes a list out of a table.
fn take(tree: &mut Node, key: &str) -> Vec<Node> {
    match tree.table_mut().and_then(|table| table.remove(key)).map(|entry| entry.value.what) {
        Some(What::List(list)) => list,
        _ => Vec::new(),
    }
}

fn put(tree: &mut Node, key: &str, list: Vec<Node>) {
    if let Some(place) = list.first().map(|one| one.place.clone()) {
        set(tree, key, Node { place, what: What::List(list) });
    }
}

fn set(tree: &mut Node, key: &str, value: Node) {
    if let Some(table) = tree.table_mut() {
        table.insert(key.to_owned(), Entry { key: value.place.clone(), value });
    }
}

fn rename(element: &mut Node, renamed: &dyn Fn(&str) -> String) {
    if let Some(name) = element.table_mut().and_then(|table| table.get_mut("name"))
        && let Some(text) = name.value.text()
    {
        name.value.what = What::Plain(Value::String(renamed(text)));
    }
}

/// Names categories and rules inside a rule as they are called now. Only `of` names categories; names in other lists,
/// however deep, are rules where a rule of that name exists.
fn refer(node: &mut Node, top: bool, category: &dyn Fn(&str) -> String, rule: &dyn Fn(&str) -> String) {
    let What::Table(table) = &mut node.what else { return };
    for (key, entry) in table {
        if top && ["name", "title", "citation"].contains(&key.as_str()) {
            continue;
        }
        let by = if key == CATEGORIES { category } else { rule };
        match &mut entry.value.what {
            What::List(list) => {
                for one in list {
                    match one.text().map(by) {
                        Some(name) => one.what = What::Plain(Value::String(name)),
                        None => refer(one, false, category, rule),
                    }
                }
            }
            What::Table(_) => refer(&mut entry.value, false, category, rule),
            What::Plain(_) => {}
        }
    }
}

/// Does a category take everybody?
fn is_open(category: &Node) -> bool {
    category.get("when").and_then(Node::table).is_none_or(BTreeMap::is_empty)
}

/// Holds a category to these codes: those it names among them, or all of them.
fn hold_to(category: &mut Node, codes: &[String]) {
    let place = category.place.clone();
    if category.get("when").is_none() {
        set(category, "when", Node { place: place.clone(), what: What::Table(BTreeMap::new()) });
    }
    let Some(when) = category.table_mut().and_then(|table| table.get_mut("when")) else { return };
    let named: Option<Vec<String>> = when.value.get("programs").and_then(Node::list).map(|list| {
        let texts = list.iter().filter_map(Node::text);
        texts.filter(|code| codes.iter().any(|one| one == code)).map(str::to_owned).collect()
    });
    set(&mut when.value, "programs", words(&place, &named.unwrap_or_else(|| codes.to_vec())));
}

fn everybody_else(place: &Place, program: &str, codes: &[String]) -> Node {
    let mut category = Node { place: place.clone(), what: What::Table(BTreeMap::new()) };
    let text = |text: String| Node { place: place.clone(), what: What::Plain(Value::String(text)) };
    set(&mut category, "name", text(program.to_owned()));
    set(&mut category, "title", text(format!("Members of {program}")));
    hold_to(&mut category, codes);
    category
}

fn words(place: &Place, words: &[String]) -> Node {
    let word = |word: &String| Node { place: place.clone(), what: What::Plain(Value::String(word.clone())) };
    Node { place: place.clone(), what: What::List(words.iter().map(word).collect()) }
}
