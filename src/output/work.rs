//! Work files for whoever enters the transfers into the care-management system: `work/moves.csv`, one transfer a row, and
//! `work/by-pair.csv`, grouped by who gives to whom, since most systems offer "move from A to B" with boxes to tick.

use std::collections::BTreeMap;

use crate::ids::ManagerIx;
use crate::output::Published;
use crate::output::csv::{bytes, cell};
use crate::output::folder::{Staged, WriteError};
use crate::plan::Transfer;

/// One transfer a row.
pub const MOVES: &str = "work/moves.csv";
/// Grouped by pair.
pub const BY_PAIR: &str = "work/by-pair.csv";

/// Writes both.
///
/// # Errors
/// When a file cannot be written.
pub fn write(staged: &Staged, published: &Published<'_>) -> Result<(), WriteError> {
    staged.write(MOVES, &bytes(moves(published)))?;
    staged.write(BY_PAIR, &bytes(by_pair(published)))
}

/// The day a transfer is to be entered for: its handoff, else the day the plan takes effect.
fn day(published: &Published<'_>, transfer: &Transfer) -> String {
    transfer.takes_effect(published.rules.effective_on).to_string()
}

fn id(published: &Published<'_>, manager: Option<ManagerIx>) -> String {
    manager.map_or_else(String::new, |manager| cell(&published.roster.manager(manager).id))
}

fn row(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn moves(published: &Published<'_>) -> Vec<Vec<String>> {
    let mut rows = vec![row(&[
        "member_id",
        "from_manager_id",
        "to_manager_id",
        "on",
        "reason",
        "transfer_id",
        "entered_on",
        "entered_by",
    ])];
    rows.extend(published.plan.transfers.iter().map(|one| {
        vec![
            cell(&published.roster.member(one.member).id),
            id(published, one.from),
            id(published, Some(one.to)),
            day(published, one),
            one.reason.word().to_owned(),
            one.id.clone(),
            String::new(),
            String::new(),
        ]
    }));
    rows
}

/// Pairs in order of who gives and who takes; `whole_caseload` says that the system's own "move the whole caseload" does it:
/// everybody the one has goes to the other.
fn by_pair(published: &Published<'_>) -> Vec<Vec<String>> {
    let mut pairs: BTreeMap<(Option<ManagerIx>, ManagerIx), Vec<&Transfer>> = BTreeMap::new();
    for transfer in &published.plan.transfers {
        pairs.entry((transfer.from, transfer.to)).or_default().push(transfer);
    }
    let header = [
        "pair",
        "from_manager_id",
        "to_manager_id",
        "members",
        "whole_caseload",
        "member_id",
        "on",
        "transfer_id",
        "entered_on",
        "entered_by",
    ];
    let mut rows = vec![row(&header)];
    for (number, ((from, to), transfers)) in pairs.into_iter().enumerate() {
        let whole = from.is_some_and(|from| published.roster.present_caseload(from).len() == transfers.len());
        for transfer in &transfers {
            rows.push(vec![
                (number + 1).to_string(),
                id(published, from),
                id(published, Some(to)),
                transfers.len().to_string(),
                if whole { "yes" } else { "no" }.to_owned(),
                cell(&published.roster.member(transfer.member).id),
                day(published, transfer),
                transfer.id.clone(),
                String::new(),
                String::new(),
            ]);
        }
    }
    rows
}
