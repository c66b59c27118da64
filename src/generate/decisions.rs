//! What people already decided: a few members kept, assigned or kept away from somebody. One decision a member and
//! one a case manager, never with somebody who is not at work, so that no two contradict each other.

use std::collections::BTreeSet;

use crate::generate::Frame;
use crate::generate::drafts::Draft;
use crate::generate::draw::{Draw, Purpose};
use crate::generate::population::Population;
use crate::generate::present::NOBODY;
use crate::generate::staff::{Kind, Staff};
use crate::ids::{ManagerIx, MemberIx};
use crate::roster::{Decision, DecisionKind};

/// Draws the decisions, sorted by member.
#[must_use]
pub fn decisions(
    frame: &Frame,
    population: &Population,
    staff: &Staff,
    drafts: &[Draft],
    present: &[u32],
    near: &[Vec<Vec<(u32, f32)>>],
) -> Vec<Decision> {
    let mut draw = Draw::new(frame.seed, Purpose::Decisions, 0);
    let at_work = |manager: u32| staff.kinds[manager as usize] == Kind::AtWork;
    let free = |manager: u32| {
        let one = &staff.managers[manager as usize];
        let all_programs = one.programs.is_empty() || !population.staff.tracks.is_empty();
        let unlimited = one.max_caseload.is_none() && all_programs && one.accepts_new;
        unlimited && at_work(manager)
    };
    let is_alone = |member: usize| !drafts[member].joined && drafts.get(member + 1).is_none_or(|next| !next.joined);
    let wanted = (drafts.len() as u64 * u64::from(population.member.decision) / 10_000) as usize;
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    let mut found: Vec<Decision> = Vec::new();
    // Bounded, for rosters in which nobody fits.
    for _ in 0..wanted * 40 {
        if found.len() >= wanted.min(staff.managers.len() / 2) {
            break;
        }
        let member = draw.below(drafts.len());
        let now = present[member];
        if now == NOBODY || !is_alone(member) || found.iter().any(|other| other.member.at() == member) {
            continue;
        }
        let track = population.track_of(&population.program[usize::from(drafts[member].program)].code);
        let other = draw.pick(&near[track][drafts[member].place as usize]).map(|one| one.0).filter(|&one| one != now);
        let (kind, manager, reasons) = match draw.below(10) {
            0..4 if free(now) => (DecisionKind::Keep, now, ["clinical", "member_request", "court_order"]),
            4..7 => match other.filter(|&one| free(one)) {
                Some(one) => (DecisionKind::Assign, one, ["member_request", "clinical", "conflict"]),
                None => continue,
            },
            7 if at_work(now) => (DecisionKind::Forbid, now, ["grievance", "conflict", "member_request"]),
            8 | 9 => match other.filter(|&one| at_work(one)) {
                Some(one) => (DecisionKind::Forbid, one, ["conflict", "grievance", "grievance"]),
                None => continue,
            },
            _ => continue,
        };
        if !taken.insert(manager) {
            continue;
        }
        let supervisor = staff.managers[manager as usize].team.map(|team| format!("supervisor of team {}", team.0 + 1));
        found.push(Decision {
            member: MemberIx::new(member),
            manager: ManagerIx(manager),
            kind,
            reason: draw.pick(&reasons).map(|&reason| reason.into()),
            until: draw.chance(3_000).then(|| draw.after(frame.effective_on, 60, 360)),
            decided_by: supervisor.map(String::into_boxed_str),
            row: 0,
        });
    }
    found.sort_by_key(|decision| (decision.member, decision.manager));
    found
}
