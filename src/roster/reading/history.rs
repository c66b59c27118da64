//! The ledger of past changes: earlier plan folders say who was to change case manager on which day; a change counts
//! when the roster shows that it was made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Deserialize;

use crate::roster::Roster;

/// An earlier plan that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", path.display())]
pub struct HistoryError {
    /// Which file.
    pub path: PathBuf,
    /// Why.
    pub why: String,
}

/// A change that an earlier plan made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// When.
    pub on: NaiveDate,
    /// Whose.
    pub member: String,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: String,
}

#[derive(Deserialize)]
struct PlanFile {
    effective_on: NaiveDate,
}

#[derive(Deserialize)]
struct TransferRow {
    member_id: String,
    from_manager_id: String,
    to_manager_id: String,
    #[serde(default)]
    handoff_on: Option<NaiveDate>,
}

/// Reads the changes of an earlier plan folder: `plan.json` and `transfers.csv`. First assignments are none. A handoff
/// that has a day of its own counts from it.
///
/// # Errors
/// A file is missing or is not one of a plan folder.
pub fn changes(folder: &Path) -> Result<Vec<Change>, HistoryError> {
    let failed = |path: &Path, why: String| HistoryError { path: path.to_owned(), why };
    let path = folder.join("plan.json");
    let text = std::fs::read_to_string(&path).map_err(|error| failed(&path, error.to_string()))?;
    let plan: PlanFile = serde_json::from_str(&text).map_err(|error| failed(&path, error.to_string()))?;
    let path = folder.join("transfers.csv");
    let mut reader = csv::Reader::from_path(&path).map_err(|error| failed(&path, error.to_string()))?;
    let mut all = Vec::new();
    for row in reader.deserialize() {
        let row: TransferRow = row.map_err(|error| failed(&path, error.to_string()))?;
        if !row.from_manager_id.is_empty() {
            all.push(Change {
                on: row.handoff_on.unwrap_or(plan.effective_on),
                member: row.member_id,
                from: row.from_manager_id,
                to: row.to_manager_id,
            });
        }
    }
    all.sort();
    Ok(all)
}

/// The roster with what it does not say itself: a member's `last_moved_on` is the day of the last change up to `as_of`
/// that was made. It was when the member is with that case manager now, or a later change began there. Days that the
/// roster gives stay when they are later.
#[must_use]
pub fn remember(roster: &Roster, mut changes: Vec<Change>, as_of: NaiveDate) -> Roster {
    changes.retain(|change| change.on <= as_of);
    changes.sort();
    let mut of_member: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    changes.iter().for_each(|change| of_member.entry(&change.member).or_default().push(change));
    let mut tables = roster.to_tables();
    for member in &mut tables.members {
        let Some(changes) = of_member.get(&*member.id) else { continue };
        let mut with = member.manager.map(|manager| &*roster.manager(manager).id);
        let mut last = None;
        for change in changes.iter().rev() {
            if with == Some(&change.to) {
                last = last.max(Some(change.on));
                with = Some(&change.from);
            }
        }
        member.case.last_moved_on = member.case.last_moved_on.max(last);
    }
    Roster::new(tables)
}
