//! Judges a schedule from the roster, the rules and the plan, with nothing of the code that made it: its own calendar,
//! its own counts. Only a [`CheckedSchedule`] is written. Every code has a mutant in `tests/it/handoff.rs`.
//!
//! Long because every limit of a schedule is read a second time, side by side.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};

use crate::handoff::{Entry, NoCall, Schedule};
use crate::ids::{ManagerIx, TeamIx};
use crate::plan::Transfer;
use crate::program::Rules;
use crate::roster::{HandoffMethod, Roster};
use crate::verify::VerifiedPlan;

macro_rules! codes {
    ($($variant:ident $code:literal $title:literal;)*) => {
        /// Every way in which a schedule can break its rules or claim what is not so.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingCode {
            $(#[doc = $title] $variant,)*
        }

        impl FindingCode {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The short name users quote, e.g. `H03`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// What is wrong, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

codes! {
    Entries "H01" "not every transfer has one entry";
    Workday "H02" "a handoff is on a Saturday or Sunday";
    Holiday "H03" "a handoff is on a holiday";
    TooEarly "H04" "a handoff is before the first day, or before the letter has been out long enough";
    NotAtWork "H05" "a case manager who takes part is not hired yet, not at work yet, or has left";
    Leave "H06" "a case manager who takes part is on leave";
    Blackout "H07" "a handoff is too close before an assessment or a review";
    PerDay "H08" "a case manager has more handoffs on a day than allowed";
    PerWeek "H09" "a case manager has more handoffs in a week than allowed";
    TeamDay "H10" "a team has more handoffs on a day than allowed";
    TeamWeek "H11" "a team has more handoffs in a week than allowed";
    Cap "H12" "a case manager ends a day above the cap with more members than the day before";
    Method "H13" "a handoff is not of the kind the rules or the member's preference say";
    LastDay "H14" "a member is handed over after the present case manager's last day";
    Slot "H15" "a slot lies outside the working day or meets another one of a case manager";
    Wave "H16" "a wave is not the week of its day";
    Swap "H17" "moves that can only change places at once are not named as a swap";
    NoCall "H18" "the present case manager could take part, and is left out without a reason";
    Claim "H19" "the finish or the weighted days are not as claimed";
}

impl fmt::Display for FindingCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

/// One thing that is wrong with a schedule. Ids only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub code: FindingCode,
    /// The facts, as a sentence with ids.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}: {}", self.code, self.code.title(), self.detail)
    }
}

/// A schedule that keeps every limit. Made by [`judge`] only.
#[derive(Clone, Debug)]
pub struct CheckedSchedule {
    schedule: Schedule,
}

impl CheckedSchedule {
    /// What was judged.
    #[must_use]
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// One entry a transfer, in the plan's order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.schedule.entries
    }
}

/// Judges a schedule.
///
/// # Errors
/// Everything that is wrong with it.
pub fn judge(
    roster: &Roster,
    rules: &Rules,
    plan: &VerifiedPlan,
    transfers: &[Transfer],
    schedule: Schedule,
) -> Result<CheckedSchedule, Vec<Finding>> {
    if schedule.entries.len() != transfers.len() {
        let detail = format!("{} entries for {} transfers", schedule.entries.len(), transfers.len());
        return Err(vec![Finding { code: FindingCode::Entries, detail }]);
    }
    let mut case = Case { roster, rules, plan, transfers, schedule: &schedule, findings: Vec::new() };
    for at in 0..transfers.len() {
        case.single(at);
    }
    case.limits();
    case.slots();
    case.loads();
    case.claims();
    if case.findings.is_empty() { Ok(CheckedSchedule { schedule }) } else { Err(case.findings) }
}

struct Case<'a> {
    roster: &'a Roster,
    rules: &'a Rules,
    plan: &'a VerifiedPlan,
    transfers: &'a [Transfer],
    schedule: &'a Schedule,
    findings: Vec<Finding>,
}

impl Case<'_> {
    fn found(&mut self, code: FindingCode, detail: String) {
        self.findings.push(Finding { code, detail });
    }

    /// Those who take part: the new case manager, and the present one unless there is a reason.
    fn people(&self, at: usize) -> Vec<ManagerIx> {
        let giver = self.transfers[at].from.filter(|_| self.schedule.entries[at].no_call.is_none());
        giver.into_iter().chain([self.transfers[at].to]).collect()
    }

    /// What one entry must keep by itself.
    fn single(&mut self, at: usize) {
        let (transfer, entry) = (&self.transfers[at], &self.schedule.entries[at]);
        let (rules, on) = (&self.rules.program.handoff, entry.on);
        let (id, member) = (transfer.id.clone(), self.roster.member(transfer.member));
        if matches!(on.weekday(), Weekday::Sat | Weekday::Sun) {
            self.found(FindingCode::Workday, format!("{id} on {on}"));
        }
        if rules.holidays.contains(&on) || (rules.federal_holidays && is_federal_holiday(on)) {
            self.found(FindingCode::Holiday, format!("{id} on {on}"));
        }
        let mailed = self.rules.letters.sent_on + Days::new(u64::from(rules.letter_days));
        if on < self.schedule.start || (rules.letter_days > 0 && on < mailed) {
            self.found(FindingCode::TooEarly, format!("{id} on {on}"));
        }
        for manager in self.people(at) {
            let row = self.roster.manager(manager);
            let not_yet = row.hired_on.is_some_and(|day| on < day) || row.available_from.is_some_and(|day| on < day);
            if not_yet || row.available_until.is_some_and(|day| on > day) {
                self.found(FindingCode::NotAtWork, format!("{id} on {on}: {}", row.id));
            }
            if row.absence.on_leave(on) {
                self.found(FindingCode::Leave, format!("{id} on {on}: {}", row.id));
            }
        }
        for due in [member.assessment_due_on, member.case.review_due_on].into_iter().flatten() {
            let opens = due - Days::new(u64::from(rules.blackout_days));
            if rules.blackout_days > 0 && opens <= on && on <= due {
                self.found(FindingCode::Blackout, format!("{id} on {on}, due {due}"));
            }
        }
        let by_rule = if member.urgent { rules.urgent_method } else { rules.method.of(member.need) };
        let wanted = match (entry.no_call, member.case.preferred_handoff) {
            (Some(_), _) => HandoffMethod::Notification,
            (None, preferred) => preferred.unwrap_or(by_rule),
        };
        if entry.method != wanted {
            self.found(FindingCode::Method, format!("{id}: {}, not {}", entry.method.word(), wanted.word()));
        }
        let leaves = transfer.from.and_then(|from| self.roster.manager(from).available_until);
        if leaves.is_some_and(|last| last >= self.first_workday() && on > last) {
            self.found(FindingCode::LastDay, format!("{id} on {on}"));
        }
        let monday = |day: NaiveDate| day - Days::new(u64::from(day.weekday().num_days_from_monday()));
        let week = (monday(on) - monday(self.first_workday())).num_days() / 7 + 1;
        if i64::from(entry.wave) != week {
            self.found(FindingCode::Wave, format!("{id}: {} on {on}, the week is {week}", entry.wave));
        }
        let justified = match (entry.no_call, transfer.from) {
            (None, Some(_)) | (Some(NoCall::FirstAssignment), None) => true,
            // Away: not on any day of the schedule's span on which the two could have met.
            (Some(NoCall::Away), Some(from)) => self.never_meets(at, from),
            (Some(NoCall::NoTime), Some(_)) => leaves.is_some_and(|last| last >= self.schedule.start),
            _ => false,
        };
        if !justified {
            self.found(FindingCode::NoCall, id);
        }
    }

    fn first_workday(&self) -> NaiveDate {
        let rules = &self.rules.program.handoff;
        let off = |day: &NaiveDate| {
            matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
                || rules.holidays.contains(day)
                || (rules.federal_holidays && is_federal_holiday(*day))
        };
        self.schedule.start.iter_days().find(|day| !off(day)).unwrap_or(self.schedule.start)
    }

    /// Is there no day up to the schedule's end on which both could take part?
    fn never_meets(&self, at: usize, from: ManagerIx) -> bool {
        let transfer = &self.transfers[at];
        let alone = |on: NaiveDate| {
            let entry = Entry { on, no_call: None, ..self.schedule.entries[at].clone() };
            let because = String::new();
            let Schedule { start, earliest_finish, weighted_days, weighted_bound, .. } = *self.schedule;
            let entries = vec![entry];
            let schedule = Schedule { start, entries, earliest_finish, because, weighted_days, weighted_bound };
            let one = std::slice::from_ref(transfer);
            let mut case = Case { transfers: one, schedule: &schedule, findings: Vec::new(), ..*self };
            case.single(0);
            let about_day = |found: &Finding| !matches!(found.code, FindingCode::Method | FindingCode::Wave);
            case.findings.iter().any(about_day)
        };
        let last = self.roster.manager(from).available_until.unwrap_or(self.schedule.finish());
        let span = self.schedule.start.iter_days().take_while(|day| *day <= last.min(self.schedule.finish()));
        span.into_iter().all(alone)
    }

    /// Counts of a day and of a week, for case managers and teams.
    fn limits(&mut self) {
        let mut by_manager: BTreeMap<(ManagerIx, NaiveDate, bool), u32> = BTreeMap::new();
        let mut by_team: BTreeMap<(usize, NaiveDate, bool), u32> = BTreeMap::new();
        for at in 0..self.transfers.len() {
            let on = self.schedule.entries[at].on;
            let sunday = on + Days::new(u64::from(6 - on.weekday().num_days_from_monday()));
            let people = self.people(at);
            let mut teams: Vec<usize> =
                people.iter().filter_map(|manager| self.roster.manager(*manager).team).map(TeamIx::at).collect();
            teams.sort_unstable();
            teams.dedup();
            for (day, is_week) in [(on, false), (sunday, true)] {
                people.iter().for_each(|manager| *by_manager.entry((*manager, day, is_week)).or_default() += 1);
                teams.iter().for_each(|team| *by_team.entry((*team, day, is_week)).or_default() += 1);
            }
        }
        let rules = self.rules.program.handoff.clone();
        for ((manager, day, is_week), count) in by_manager {
            let (limit, code) =
                if is_week { (rules.per_week, FindingCode::PerWeek) } else { (rules.per_day, FindingCode::PerDay) };
            if count > limit {
                self.found(code, format!("{} has {count}, {day}", self.roster.manager(manager).id));
            }
        }
        for ((team, day, is_week), count) in by_team {
            let (limit, code) = if is_week {
                (rules.team_per_week, FindingCode::TeamWeek)
            } else {
                (rules.team_per_day, FindingCode::TeamDay)
            };
            if limit > 0 && count > limit {
                self.found(code, format!("{} has {count}, {day}", self.roster.teams()[team].id));
            }
        }
    }

    /// Nobody is in two places at once.
    fn slots(&mut self) {
        let (starts, ends) = (self.rules.program.handoff.day_starts, self.rules.program.handoff.day_ends);
        let mut busy: BTreeMap<(ManagerIx, NaiveDate), Vec<(NaiveTime, NaiveTime)>> = BTreeMap::new();
        for at in 0..self.transfers.len() {
            let entry = &self.schedule.entries[at];
            if entry.starts < starts || entry.ends > ends || entry.starts >= entry.ends {
                self.found(FindingCode::Slot, format!("{}: {} to {}", self.transfers[at].id, entry.starts, entry.ends));
            }
            for manager in self.people(at) {
                busy.entry((manager, entry.on)).or_default().push((entry.starts, entry.ends));
            }
        }
        for ((manager, day), mut slots) in busy {
            slots.sort_unstable();
            if slots.windows(2).any(|pair| pair[1].0 < pair[0].1) {
                self.found(FindingCode::Slot, format!("{} on {day}", self.roster.manager(manager).id));
            }
        }
    }

    /// Day by day: every cap at the day's end, and an order in which the day's moves and swaps can be made.
    fn loads(&mut self) {
        let mut loads = vec![0_i64; self.roster.managers().len()];
        for (member, after) in self.roster.members().iter().zip(self.plan.assignment()) {
            if let (Some(manager), Some(_)) = (member.manager, after) {
                loads[manager.at()] += 1;
            }
        }
        let mut days: BTreeMap<NaiveDate, Vec<usize>> = BTreeMap::new();
        for (at, entry) in self.schedule.entries.iter().enumerate() {
            days.entry(entry.on).or_default().push(at);
        }
        for (day, moves) in days {
            let dawn = loads.clone();
            let limit = |manager: usize| i64::from(self.plan.caps()[manager]).max(dawn[manager]);
            let shift = |loads: &mut Vec<i64>, at: usize| {
                loads[self.transfers[at].to.at()] += 1;
                if let Some(from) = self.transfers[at].from {
                    loads[from.at()] -= 1;
                }
            };
            let mut evening = dawn.clone();
            moves.iter().for_each(|at| shift(&mut evening, *at));
            let over: Vec<usize> = (0..evening.len()).filter(|manager| evening[*manager] > limit(*manager)).collect();
            // Units: a swap as a whole, any other move by itself.
            let mut units: Vec<Vec<usize>> = Vec::new();
            let mut swaps: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
            for &at in &moves {
                match self.schedule.entries[at].swap {
                    Some(number) => swaps.entry(number).or_default().push(at),
                    None => units.push(vec![at]),
                }
            }
            units.extend(swaps.into_values());
            while over.is_empty() && !units.is_empty() {
                let before = units.len();
                units.retain(|unit| {
                    let mut after = loads.clone();
                    unit.iter().for_each(|at| shift(&mut after, *at));
                    let holds = unit.iter().all(|at| {
                        let to = self.transfers[*at].to.at();
                        after[to] <= limit(to)
                    });
                    if holds {
                        loads = after;
                    }
                    !holds
                });
                if units.len() == before {
                    break;
                }
            }
            loads = evening;
            let stuck = units.first().filter(|_| over.is_empty()).map(|unit| self.transfers[unit[0]].id.clone());
            for manager in over {
                let detail = format!("{} has {} on {day}", self.roster.managers()[manager].id, loads[manager]);
                self.findings.push(Finding { code: FindingCode::Cap, detail });
            }
            if let Some(id) = stuck {
                self.found(FindingCode::Swap, format!("{id} on {day}"));
            }
        }
    }

    /// The bound cannot lie after the end; the weighted days are counted again.
    fn claims(&mut self) {
        let schedule = self.schedule;
        let rules = &self.rules.program.handoff;
        let off = |day: NaiveDate| {
            matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
                || rules.holidays.contains(&day)
                || (rules.federal_holidays && is_federal_holiday(day))
        };
        let mut held = vec![0_i64; self.roster.managers().len()];
        for (member, after) in self.roster.members().iter().zip(self.plan.assignment()) {
            if let (Some(manager), Some(_)) = (member.manager, after) {
                held[manager.at()] += 1;
            }
        }
        let mut number: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        let finish = schedule.finish();
        let workdays = schedule.start.iter_days().take_while(|day| *day <= finish).filter(|day| !off(*day));
        for (at, day) in workdays.enumerate() {
            number.insert(day, at as i64);
        }
        let mut sum = 0;
        for (transfer, entry) in self.transfers.iter().zip(&schedule.entries) {
            let member = self.roster.member(transfer.member);
            let mut weight = rules.weight.of(transfer.need);
            if member.urgent {
                weight += rules.urgent_weight;
            }
            if transfer.from.is_some_and(|from| held[from.at()] > i64::from(self.plan.caps()[from.at()])) {
                weight += rules.over_cap_weight;
            }
            sum += i64::from(weight) * number.get(&entry.on).copied().unwrap_or_default();
        }
        let late = !schedule.entries.is_empty() && schedule.earliest_finish > finish;
        let on_workdays = schedule.entries.iter().all(|entry| number.contains_key(&entry.on));
        if late || (on_workdays && (sum != schedule.weighted_days || schedule.weighted_bound > sum)) {
            let detail = format!(
                "finish {finish}, claimed not before {}; weighted days {sum}, claimed {} and at least {}",
                schedule.earliest_finish, schedule.weighted_days, schedule.weighted_bound
            );
            self.found(FindingCode::Claim, detail);
        }
    }
}

/// Is it a holiday of the US government, by its place in the month or as the day off for one on a weekend?
fn is_federal_holiday(day: NaiveDate) -> bool {
    let is_fixed = |day: NaiveDate| matches!((day.month(), day.day()), (1, 1) | (6, 19) | (7, 4) | (11, 11) | (12, 25));
    let nth = day.day().div_ceil(7);
    let is_last = (day + Days::new(7)).month() != day.month();
    let floating = match (day.month(), day.weekday()) {
        (1 | 2, Weekday::Mon) => nth == 3,
        (5, Weekday::Mon) => is_last,
        (9, Weekday::Mon) => nth == 1,
        (10, Weekday::Mon) => nth == 2,
        (11, Weekday::Thu) => nth == 4,
        _ => false,
    };
    let shifted = match day.weekday() {
        Weekday::Fri => is_fixed(day + Days::new(1)),
        Weekday::Mon => is_fixed(day - Days::new(1)),
        _ => false,
    };
    floating || shifted || (is_fixed(day) && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
}
