//! Weighted capacities: what the members of one case manager weigh, or the minutes a month they take, stays within the
//! limit. Added up in whole numbers: weights in thousandths over their greatest common divisor; hours in minutes a month,
//! each member's rounded to the nearest minute from contacts, visits and minutes to the thousandth.

use crate::cost::prepared::visits_per_year;
use crate::ids::{ManagerIx, MemberIx};
use crate::program::{Capacity, CapacityKind, Rules};
use crate::roster::{Manager, Need, Roster};
use crate::travel::{Point, TravelTime};
use crate::verify::RuleOutcome;
use crate::verify::rules::{Case, Findings, STATEWIDE, State, at_work};
use crate::verify::violation::{Violation, ViolationCode};

/// A capacity in whole numbers.
#[derive(Clone, Debug)]
pub struct Weighed<'a> {
    /// As the program says it.
    pub capacity: &'a Capacity,
    rules: &'a Rules,
    roster: &'a Roster,
    line: TravelTime,
    /// Thousandths of weight in one unit; 1 for hours, whose unit is the minute.
    step: i64,
}

/// Every capacity of the program.
#[must_use]
pub fn read<'a>(roster: &'a Roster, rules: &'a Rules) -> Vec<Weighed<'a>> {
    let weighed = |capacity: &'a Capacity| {
        let grades = Need::ALL.into_iter().map(|need| thousandths(capacity.weights.map_or(0.0, |of| of.of(need))));
        let step = grades.fold(0, common_divisor).max(1);
        Weighed { capacity, rules, roster, line: rules.travel_time(), step }
    };
    rules.program.capacities.iter().map(weighed).collect()
}

fn thousandths(value: f64) -> i64 {
    (value * 1000.0).round() as i64
}

/// Minutes in nine millionths, the fraction that all parts are whole in, to the nearest whole minute.
fn whole_minutes(ninths: i128) -> i64 {
    ((ninths + 4_500_000).div_euclid(9_000_000)) as i64
}

/// Euclid's algorithm; 0 divides nothing.
fn common_divisor(one: i64, other: i64) -> i64 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

impl Weighed<'_> {
    /// What a member uses with whomever.
    #[must_use]
    pub fn alone(&self, member: MemberIx) -> i64 {
        let row = self.roster.member(member);
        match self.capacity.kind {
            CapacityKind::Weight => self.capacity.weights.map_or(0, |of| thousandths(of.of(row.need)) / self.step),
            CapacityKind::Hours => whole_minutes(self.contacts(member)),
        }
    }

    /// What a member uses with a case manager.
    #[must_use]
    pub fn of(&self, member: MemberIx, manager: ManagerIx) -> i64 {
        let places = (self.roster.member(member).home, self.roster.manager(manager).base);
        let (true, (Some(home), Some(base))) = (self.capacity.travel_inside, places) else {
            return self.alone(member);
        };
        let trip = i128::from(self.line.between(Point::new(base), Point::new(home)).0);
        let a_year = thousandths(visits_per_year(self.rules, self.roster.member(member)));
        // A thousandth of a visit a year, there and back: 2 s / (1000 x 12 x 60) minutes.
        whole_minutes(self.contacts(member) + 25 * i128::from(a_year) * trip)
    }

    /// Without driving.
    fn contacts(&self, member: MemberIx) -> i128 {
        let row = self.roster.member(member);
        let defaults = &self.rules.program.defaults.contacts_per_month;
        let a_month = thousandths(row.contacts_per_month.unwrap_or_else(|| defaults.of(row.need)));
        let each = thousandths(self.capacity.minutes_per_contact.unwrap_or(0.0));
        let fixed = thousandths(self.capacity.minutes_per_month.map_or(0.0, |of| of.of(row.need)));
        9 * (i128::from(a_month) * i128::from(each) + 1000 * i128::from(fixed))
    }

    /// Does what a member uses depend on the manager?
    #[must_use]
    pub fn depends_on_the_pair(&self) -> bool {
        self.capacity.kind == CapacityKind::Hours && self.capacity.travel_inside
    }

    /// A manager's limit, rounded down; a manager's own `hours_per_year` may lower hours.
    #[must_use]
    pub fn limit(&self, manager: &Manager) -> i64 {
        let share = if self.capacity.scale_with_fte { i64::from(at_work::share(self.rules, manager)) } else { 1000 };
        match self.capacity.kind {
            CapacityKind::Weight => thousandths(self.capacity.limit) * share / 1000 / self.step,
            CapacityKind::Hours => {
                let minutes = thousandths(self.capacity.limit) * 60 * share / 1_000_000;
                manager.hours_per_year.map_or(minutes, |own| minutes.min(thousandths(own) * 5 / 1000))
            }
        }
    }

    /// A sum in the words of the rule: weight, or hours.
    #[must_use]
    pub fn in_words(&self, sum: i64) -> f64 {
        match self.capacity.kind {
            CapacityKind::Weight => (sum * self.step) as f64 / 1000.0,
            CapacityKind::Hours => sum as f64 / 60.0,
        }
    }

    /// What every manager's members use together.
    #[must_use]
    pub fn sums(&self, state: &State) -> Vec<i64> {
        let mut sums = vec![0_i64; self.roster.managers().len()];
        for (member, manager) in state.pairs() {
            sums[manager.at()] += self.of(member, manager);
        }
        sums
    }
}

/// Judges a plan: a row for each capacity with the fullest manager, a violation for every manager at work above it.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let mut findings = Findings::default();
    for weighed in read(case.pairs.roster, case.pairs.rules) {
        judge_one(case, &weighed, &mut findings);
    }
    findings
}

fn judge_one(case: &Case<'_>, weighed: &Weighed<'_>, findings: &mut Findings) {
    let capacity = weighed.capacity;
    let roster = case.pairs.roster;
    let (before, after) = (weighed.sums(case.before), weighed.sums(case.after));
    let largest = |sums: &[i64]| {
        let share =
            |(row, &sum): (&Manager, &i64)| match (capacity.scale_with_fte, at_work::share(case.pairs.rules, row)) {
                (true, share @ 1..) => weighed.in_words(sum) * 1000.0 / f64::from(share),
                _ => weighed.in_words(sum),
            };
        let most = roster.managers().iter().zip(sums).map(share).fold(0.0, f64::max);
        (most * 1000.0).round() / 1000.0
    };
    let (what, unit) = match capacity.kind {
        CapacityKind::Weight => ("weight", "weight"),
        CapacityKind::Hours => ("hours a month", "h a month"),
    };
    let full_time = if capacity.scale_with_fte { " per full-time place" } else { "" };
    let travel = if capacity.travel_inside { ", drives to visits inside" } else { "" };
    let mut met = true;
    for manager in roster.manager_indices() {
        let limit = weighed.limit(roster.manager(manager));
        let sum = after[manager.at()];
        if sum <= limit {
            continue;
        }
        met = false;
        // Members of those who are not at work are reported as such.
        if case.pairs.at_work(manager) {
            let (who, sum, limit) = (case.manager_id(manager), weighed.in_words(sum), weighed.in_words(limit));
            let detail = format!("{}: case manager {who} has {sum:.2} {unit}, the limit is {limit:.2}", capacity.name);
            findings.violations.push(Violation::new(ViolationCode::Capacity, detail).manager(manager));
        }
    }
    findings.outcomes.push(RuleOutcome {
        rule: capacity.name.clone(),
        scope: STATEWIDE.to_owned(),
        limit: capacity.limit,
        before: largest(&before),
        after: largest(&after),
        met,
        changeable: true,
        how: format!("largest {what} of one case manager{full_time}{travel}; each one's own limit is rounded down"),
        citation: capacity.citation.clone(),
    });
}
