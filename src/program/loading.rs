//! From a name to a program: the file, those it builds on (`extends`) and those whose members it shares staff with
//! (`include`), put together, read into types and checked.

use std::collections::BTreeSet;
use std::path::Path;

use crate::diagnostic::closest;
use crate::program::file::Program;
use crate::program::source::{self, Entry, Fault, File, Node, What, name_of};
use crate::program::{include, validate};

/// A file somebody named.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What tells it from all others, for names that lead in a circle.
    pub key: String,
    /// As messages and `caseload config` name it.
    pub shown: String,
    /// What it says.
    pub text: String,
}

/// Finds the file of a name; the second argument is the [`Opened::key`] of the file that says it. The error says what
/// is known instead.
pub type Open<'a> = dyn Fn(&str, Option<&str>) -> Result<Opened, String> + 'a;

/// A program with everything it was made of.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The rules.
    pub program: Program,
    /// The text of all files, for a hash that covers them: the file itself, then those it builds on.
    pub text: String,
    tree: Node,
    files: Vec<File>,
}

impl Loaded {
    /// Every value with its dotted key, as TOML writes it, and the name of the file that says it, in order of keys.
    #[must_use]
    pub fn values(&self) -> Vec<(String, String, String)> {
        let mut rows = Vec::new();
        self.flatten("", &self.tree, &mut rows);
        rows
    }

    /// The name of the file itself.
    #[must_use]
    pub fn file(&self) -> &str {
        self.files.first().map_or("", |file| &file.name)
    }

    fn flatten(&self, prefix: &str, node: &Node, rows: &mut Vec<(String, String, String)>) {
        let join = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
        match &node.what {
            What::Table(table) => table.iter().for_each(|(key, entry)| self.flatten(&join(key), &entry.value, rows)),
            What::List(list) if list.iter().any(|one| one.table().is_some()) => {
                for (at, one) in list.iter().enumerate() {
                    self.flatten(&join(name_of(one).unwrap_or(&at.to_string())), one, rows);
                }
            }
            _ => {
                let file = self.files.get(node.place.file).map_or(String::new(), |file| file.name.clone());
                rows.push((prefix.to_owned(), node.value().to_string(), file));
            }
        }
    }
}

/// Puts a program together from a text that was opened already.
///
/// # Errors
/// Everything that is wrong with it, each at its line; the first problem of form alone when there is one.
pub fn load(opened: Opened, open: &Open<'_>) -> Result<Loaded, Vec<Fault>> {
    let mut loader = Loader { open, files: Vec::new(), chain: Vec::new() };
    let tree = loader.tree(opened).map_err(|fault| vec![*fault])?;
    let files = loader.files;
    let program: Program = source::read(&files, &tree).map_err(|fault| vec![fault])?;
    let faults = validate::faults(&program, &tree, &files);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut text = files[0].text.clone();
    for file in &files[1..] {
        // The name alone: the same files give the same text wherever they lie.
        let name = Path::new(&file.name).file_name().map_or(file.name.as_str().into(), |name| name.to_string_lossy());
        text += &format!("\n# ---- {name}\n{}", file.text);
    }
    Ok(Loaded { program, text, tree, files })
}

struct Loader<'a> {
    open: &'a Open<'a>,
    files: Vec<File>,
    /// Keys of the files that are being put together, outermost first.
    chain: Vec<String>,
}

type Found<T> = Result<T, Box<Fault>>;

impl Loader<'_> {
    /// The tree of a file with what it extends and includes worked in.
    fn tree(&mut self, opened: Opened) -> Found<Node> {
        let at = self.files.len();
        self.files.push(File { name: opened.shown, text: opened.text });
        self.chain.push(opened.key);
        let mut tree = source::parse(&self.files, at)?;
        if let Some(parent) = tree.get("extends").cloned() {
            let removed = tree.get("remove").cloned();
            for own in ["name", "status"] {
                if tree.get(own).is_none() {
                    let message = format!(
                        "a program that extends another says its own `{own}`, so that nobody takes its numbers for the other's"
                    );
                    return Err(self.fault(&parent, message));
                }
            }
            let mut base = self.named(&parent)?;
            for key in ["extends", "remove", "include"] {
                base.table_mut().and_then(|table| table.remove(key));
            }
            if let Some(removed) = removed {
                self.remove(&mut base, &removed)?;
            }
            tree = merged(base, tree);
        } else if let Some(removed) = tree.get("remove") {
            return Err(self.fault(removed, "there is nothing to remove from: `remove` goes with `extends`"));
        }
        if let Some(included) = tree.get("include").cloned() {
            let mut parts = Vec::new();
            for name in included.list().unwrap_or(&[]) {
                parts.push((name.clone(), self.named(name)?));
            }
            include::work_in(&self.files, &mut tree, parts)?;
        }
        self.chain.pop();
        Ok(tree)
    }

    /// The tree of the program a value names.
    fn named(&mut self, node: &Node) -> Found<Node> {
        let Some(name) = node.text() else {
            return Err(
                self.fault(node, "the name of a program, or the path of its file, in quotation marks is expected")
            );
        };
        let from = self.chain.last().map(String::as_str);
        let opened = (self.open)(name, from).map_err(|message| self.fault(node, message))?;
        if self.chain.contains(&opened.key) {
            return Err(self.fault(node, format!("`{name}` leads back to itself: a program cannot build on itself")));
        }
        self.tree(opened)
    }

    /// Takes named rules, categories and codes away.
    fn remove(&self, base: &mut Node, removed: &Node) -> Found<()> {
        let Some(names) = removed.list() else {
            return Err(self.fault(removed, "a list of names is expected, such as [\"individual-cap\"]"));
        };
        for one in names {
            let name = one.text().unwrap_or_default();
            let mut known = BTreeSet::new();
            let mut found = false;
            for (_, entry) in base.table_mut().into_iter().flatten() {
                if let What::List(list) = &mut entry.value.what {
                    known.extend(list.iter().filter_map(name_of).map(str::to_owned));
                    let before = list.len();
                    list.retain(|element| name_of(element) != Some(name));
                    found |= list.len() < before;
                }
            }
            if !found {
                let near = closest(name, known.iter().map(String::as_str));
                let near = near.map_or(String::new(), |near| format!(", did you mean `{near}`?"));
                let list = known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
                return Err(
                    self.fault(one, format!("there is no `{name}` to remove{near}\nit could be one of: {list}"))
                );
            }
        }
        Ok(())
    }

    #[allow(clippy::unnecessary_box_returns, reason = "the error of `Found`, boxed as it is large")]
    fn fault(&self, node: &Node, message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault::at(&self.files, &node.place, message))
    }
}

/// The child's keys replace the parent's, tables merge, lists of named tables merge by name in the parent's order,
/// what is new comes last. Other lists are replaced.
fn merged(parent: Node, child: Node) -> Node {
    let (parent_place, place) = (parent.place, child.place);
    let what = match (parent.what, child.what) {
        (What::Table(mut entries), What::Table(own)) => {
            for (key, entry) in own {
                let entry = match entries.remove(&key) {
                    Some(base) => Entry { key: entry.key, value: merged(base.value, entry.value) },
                    None => entry,
                };
                entries.insert(key, entry);
            }
            What::Table(entries)
        }
        (What::List(base), What::List(own)) if are_named(&base) && are_named(&own) => {
            let mut own: Vec<Option<Node>> = own.into_iter().map(Some).collect();
            let mut list = Vec::new();
            for element in base {
                let same = |one: &&mut Option<Node>| one.as_ref().and_then(name_of) == name_of(&element);
                match own.iter_mut().find(same).and_then(Option::take) {
                    Some(changed) => list.push(merged(element, changed)),
                    None => list.push(element),
                }
            }
            list.extend(own.into_iter().flatten());
            What::List(list)
        }
        (_, own) => own,
    };
    // A missing key is missed where the child says the table, else where the parent does.
    Node { place: if place.span.is_empty() && place.file != 0 { parent_place } else { place }, what }
}

fn are_named(list: &[Node]) -> bool {
    list.iter().all(|one| name_of(one).is_some())
}
