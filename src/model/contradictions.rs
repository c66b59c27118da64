//! Decisions that cannot all be kept: found before anything is solved, each row named.

use crate::program::Rules;
use crate::roster::{Decision, DecisionKind, Roster};

/// Rows of `decisions.csv` that contradict each other or the staff at work.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Contradiction {
    /// Rows, as a spreadsheet counts.
    pub rows: Vec<u32>,
    /// What is wrong, with ids.
    pub sentence: String,
}

/// All contradictions, in order of members.
#[must_use]
pub fn contradictions(roster: &Roster, rules: &Rules) -> Vec<Contradiction> {
    let holding: Vec<&Decision> =
        roster.decisions().iter().filter(|decision| decision.holds_on(rules.effective_on)).collect();
    let mut found = Vec::new();
    for group in holding.chunk_by(|a, b| a.member == b.member) {
        let member = &roster.member(group[0].member).id;
        let (forbids, pins): (Vec<&Decision>, Vec<&Decision>) =
            group.iter().partition(|decision| decision.kind == DecisionKind::Forbid);
        if let Some(other) = pins.iter().find(|pin| pin.manager != pins[0].manager) {
            let (one, two) = (&roster.manager(pins[0].manager).id, &roster.manager(other.manager).id);
            found.push(Contradiction {
                rows: sorted(pins.iter().map(|pin| pin.row)),
                sentence: format!("member {member} is to be with {one} and with {two}"),
            });
        }
        for pin in &pins {
            let manager = roster.manager(pin.manager);
            if let Some(forbid) = forbids.iter().find(|forbid| forbid.manager == pin.manager) {
                found.push(Contradiction {
                    rows: sorted([pin.row, forbid.row]),
                    sentence: format!("member {member} is to be with {} and must not be with {0}", manager.id),
                });
            }
            if !rules.at_work(manager) {
                let why = match () {
                    () if rules.is_leaving(manager) => "has left by",
                    () if rules.is_planned(manager) => "has not started by",
                    () => "is on leave on",
                };
                found.push(Contradiction {
                    rows: vec![pin.row],
                    sentence: format!("member {member} is to be with {}, who {why} {}", manager.id, rules.effective_on),
                });
            }
        }
    }
    found
}

fn sorted(rows: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut rows: Vec<u32> = rows.into_iter().collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}
