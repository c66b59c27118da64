//! Where one stands before any optimisation: the present state against every rule, the average as a number of hires,
//! the shortage by county, and the case managers somebody has to look at. One computation for `caseload check`, the
//! report and JSON. Ids only: no name, address or birth date comes in here.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use crate::ids::ManagerIx;
use crate::plan::needs::dates::{Dated, dated};
use crate::plan::needs::{Need, needs};
use crate::plan::shortage::{Shortage, shortage};
use crate::plan::workload::{Workload, workload};
use crate::program::{Average, AverageKind, Denominator, Rules, Scope};
use crate::roster::{DecisionKind, Manager, Roster};
use crate::verify::rules::averages;
use crate::verify::{Assessment, RuleOutcome, Tolerated, Unplaced};

/// A load at or below this share of the limit of the average, in percent, is *far under*.
const FAR_UNDER_PERCENT: u64 = 50;

/// The present state.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    /// Is every rule met as things are?
    pub meets_every_rule: bool,
    /// Members of the roster.
    pub members: u32,
    /// Case managers of the roster: present, leaving and planned ones.
    pub managers: u32,
    /// Of these at work on the effective date.
    pub at_work: u32,
    /// Places under the caps of those at work.
    pub places: u64,
    /// Rule by rule, at present.
    pub rules: Vec<RuleOutcome>,
    /// The averages over the whole roster as staffing, each with all four denominators.
    pub staffing: Vec<Staffing>,
    /// Weighted capacities as staffing.
    pub workload: Vec<Workload>,
    /// Where members are beyond the places there are.
    pub shortage: Shortage,
    /// What no reassignment changes, rule by rule.
    pub needs: Vec<Need>,
    /// Above a cap that tolerates it for some days, and until when.
    pub tolerated: Vec<Tolerated>,
    /// What time changes: from when members may be served or moved, places that come and go.
    pub dated: Vec<Dated>,
    /// Above their cap, worst first.
    pub over_cap: Vec<OverCap>,
    /// At work, willing to take members, and with half of the average's limit or less; emptiest first.
    pub far_under: Vec<FarUnder>,
    /// Not at work on the effective date.
    pub leaving: Vec<Away>,
    /// Not at work yet on the effective date.
    pub planned: Vec<Away>,
    /// On leave on the effective date, with the last day of it; `staffing.leave` says what that means.
    pub on_leave: Vec<Away>,
    /// Members without a case manager at present.
    pub without_manager: Vec<String>,
    /// Members nobody may take, with the reasons.
    pub unplaceable: Vec<Unplaceable>,
    /// Ids of case managers who are counted below the line but have no member and can take none: they only pad the
    /// average.
    pub padding: Vec<String>,
    /// Decisions that cannot all be followed.
    pub contradictions: Vec<Contradiction>,
}

/// An average over the whole roster as a number of people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Staffing {
    /// Name of the average.
    pub rule: String,
    /// Who is counted.
    pub denominator: &'static str,
    /// Is this the denominator the rule names?
    pub judged: bool,
    /// Members.
    pub members: u32,
    /// Members per counted case manager, at most; 1 full caseload where categories are combined.
    pub limit: f64,
    /// Counted at present, in thousandths.
    pub have_thousandths: u64,
    /// Needed, in thousandths; whole heads for counts of heads.
    pub needed_thousandths: u64,
    /// Missing, in thousandths.
    pub missing_thousandths: u64,
    /// Full-time hires that close it.
    pub hire: u32,
    /// The day by which, when something is missing: the one the plan takes effect on.
    pub by: Option<NaiveDate>,
}

/// A case manager above the cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverCap {
    /// Who.
    pub manager_id: String,
    /// Members.
    pub load: u32,
    /// At most.
    pub cap: u32,
    /// Above by.
    pub over: u32,
}

/// A case manager with room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FarUnder {
    /// Who.
    pub manager_id: String,
    /// Members.
    pub load: u32,
    /// At most.
    pub cap: u32,
}

/// A case manager who is not at work on the effective date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Away {
    /// Who.
    pub manager_id: String,
    /// Members at present, all to be handed over.
    pub load: u32,
    /// Last day at work, or the first one.
    pub day: Option<NaiveDate>,
}

/// A member nobody may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unplaceable {
    /// Who.
    pub member_id: String,
    /// Reason -> case managers ruled out by it.
    pub ruled_out: BTreeMap<String, u32>,
}

/// Decisions about one member that cannot all be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// The member.
    pub member_id: String,
    /// Rows of `decisions.csv` (the header is row 1).
    pub rows: Vec<u32>,
    /// Why they contradict.
    pub why: String,
}

/// Computes the standing from the verifier's assessment of the present assignment.
#[must_use]
pub fn standing(roster: &Roster, rules: &Rules, present: &Assessment) -> Standing {
    let at_work: Vec<bool> = roster.managers().iter().map(|manager| rules.at_work(manager)).collect();
    let id = |manager: ManagerIx| roster.manager(manager).id.to_string();
    let load = |manager: ManagerIx| present.loads[manager.at()];
    let cap = |manager: ManagerIx| present.caps[manager.at()];
    let working = || roster.manager_indices().filter(|manager| at_work[manager.at()]);

    let mut over_cap: Vec<OverCap> = working()
        .filter(|&manager| load(manager) > cap(manager))
        .map(|manager| OverCap {
            manager_id: id(manager),
            load: load(manager),
            cap: cap(manager),
            over: load(manager) - cap(manager),
        })
        .collect();
    over_cap.sort_by(|a, b| b.over.cmp(&a.over).then_with(|| a.manager_id.cmp(&b.manager_id)));

    let plain = rules.program.averages.iter().filter(|average| average.is_plain());
    let average = plain.map(|average| average.limit.floor()).min();
    let is_far_under = |manager: ManagerIx| {
        let target = u64::from(average.unwrap_or(u32::MAX).min(cap(manager)));
        rules.takes_new(roster.manager(manager)) && u64::from(load(manager)) * 100 <= target * FAR_UNDER_PERCENT
    };
    let mut far_under: Vec<FarUnder> = working()
        .filter(|&manager| cap(manager) > 0 && is_far_under(manager))
        .map(|manager| FarUnder { manager_id: id(manager), load: load(manager), cap: cap(manager) })
        .collect();
    far_under.sort_by(|a, b| a.load.cmp(&b.load).then_with(|| a.manager_id.cmp(&b.manager_id)));

    let away = |which: fn(&Rules, &Manager) -> bool, day: fn(&Manager) -> Option<NaiveDate>| {
        let row = |manager: ManagerIx| Away {
            manager_id: id(manager),
            load: load(manager),
            day: day(roster.manager(manager)),
        };
        roster.manager_indices().filter(|&manager| which(rules, roster.manager(manager))).map(row).collect()
    };
    let pads =
        |manager: &ManagerIx| load(*manager) == 0 && (cap(*manager) == 0 || !rules.takes_new(roster.manager(*manager)));
    let without = roster.members().iter().filter(|member| member.manager.is_none());
    Standing {
        meets_every_rule: present.outcomes.iter().all(RuleOutcome::holds),
        members: roster.members().len() as u32,
        managers: roster.managers().len() as u32,
        at_work: working().count() as u32,
        places: working().map(|manager| u64::from(cap(manager))).sum(),
        rules: present.outcomes.clone(),
        staffing: staffing(roster, rules, present, &at_work),
        workload: workload(roster, rules),
        shortage: shortage(roster, rules, &present.caps),
        needs: needs(roster, rules, present),
        tolerated: present.tolerated.clone(),
        dated: dated(roster, rules),
        over_cap,
        far_under,
        leaving: away(Rules::is_leaving, |manager| manager.available_until),
        planned: away(Rules::is_planned, |manager| manager.available_from),
        on_leave: away(Rules::is_on_leave, |manager| manager.absence.leave_until),
        without_manager: without.map(|member| member.id.to_string()).collect(),
        unplaceable: present
            .unplaced
            .iter()
            .filter(|one| !one.placeable)
            .map(|unplaced| unplaceable(roster, unplaced))
            .collect(),
        padding: working().filter(pads).map(id).collect(),
        contradictions: contradictions(roster, rules),
    }
}

/// Every average over the whole roster with each of the four denominators, and `serving` for those of categories.
fn staffing(roster: &Roster, rules: &Rules, present: &Assessment, at_work: &[bool]) -> Vec<Staffing> {
    let row = |average: &Average, kind: Denominator| {
        let above = averages::above_the_line(roster, rules, average);
        let sum = above.each.iter().sum::<i64>().cast_unsigned();
        let members = above.each.iter().filter(|&&each| each > 0).count() as u32;
        let have: u64 = roster
            .manager_indices()
            .filter(|manager| at_work[manager.at()])
            .map(|manager| counted(rules, average, kind, roster.manager(manager), present.loads[manager.at()]))
            .sum();
        let exact = (sum * 1_000_000).div_ceil(above.whole.max(1));
        let heads = matches!(kind, Denominator::Headcount | Denominator::WithMembers | Denominator::Serving);
        let needed = if heads { exact.div_ceil(1000) * 1000 } else { exact };
        let missing = needed.saturating_sub(have);
        Staffing {
            rule: average.name.clone(),
            denominator: kind.word(),
            judged: kind == average.denominator,
            members,
            limit: if average.kind == AverageKind::Combined { 1.0 } else { average.limit.as_f64() },
            have_thousandths: have,
            needed_thousandths: needed,
            missing_thousandths: missing,
            hire: missing.div_ceil(1000) as u32,
            by: (missing > 0).then_some(rules.effective_on),
        }
    };
    let statewide = rules.program.averages.iter().filter(|average| average.scope == Scope::All);
    let kinds = |average: &Average| {
        let serving = (!average.is_plain()).then_some(Denominator::Serving);
        Denominator::ALL.into_iter().chain(serving)
    };
    statewide.flat_map(|average| kinds(average).map(move |kind| row(average, kind))).collect()
}

/// How much a case manager at work counts below the line, in thousandths.
fn counted(rules: &Rules, average: &Average, kind: Denominator, manager: &Manager, load: u32) -> u64 {
    match kind {
        Denominator::Headcount => 1000,
        Denominator::FteLessLeave if manager.max_caseload == Some(0) || rules.is_on_leave(manager) => 0,
        Denominator::FilledFte | Denominator::FteLessLeave => u64::from(manager.fte_thousandths),
        Denominator::WithMembers => u64::from(load > 0) * 1000,
        Denominator::Serving => u64::from(rules.serves(&average.categories(), manager)) * 1000,
    }
}

fn unplaceable(roster: &Roster, unplaced: &Unplaced) -> Unplaceable {
    Unplaceable {
        member_id: roster.member(unplaced.member).id.to_string(),
        ruled_out: unplaced.ruled_out.iter().cloned().collect(),
    }
}

/// Members whose holding decisions cannot all be followed: sent to two case managers, sent to one who is forbidden, or
/// sent to one who is not at work.
fn contradictions(roster: &Roster, rules: &Rules) -> Vec<Contradiction> {
    let holding: Vec<_> = roster.decisions().iter().filter(|decision| decision.holds_on(rules.effective_on)).collect();
    let mut found = Vec::new();
    for group in holding.chunk_by(|a, b| a.member == b.member) {
        let pins: Vec<_> = group.iter().filter(|decision| decision.kind != DecisionKind::Forbid).collect();
        let Some(first) = pins.first() else {
            continue;
        };
        let to = &roster.manager(first.manager).id;
        let other = pins.iter().find(|pin| pin.manager != first.manager);
        let forbid =
            group.iter().find(|decision| decision.kind == DecisionKind::Forbid && decision.manager == first.manager);
        let (rows, why) = if let Some(other) = other {
            let other_id = &roster.manager(other.manager).id;
            (vec![first.row, other.row], format!("sent to both {to} and {other_id}"))
        } else if let Some(forbid) = forbid {
            (vec![first.row, forbid.row], format!("sent to {to}, who is forbidden"))
        } else if !rules.at_work(roster.manager(first.manager)) {
            (vec![first.row], format!("sent to {to}, who is not at work on {}", rules.effective_on))
        } else {
            continue;
        };
        let mut rows = rows;
        rows.sort_unstable();
        found.push(Contradiction { member_id: roster.member(first.member).id.to_string(), rows, why });
    }
    found
}
