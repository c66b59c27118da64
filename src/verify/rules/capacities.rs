//! Weighted capacities: what the members of one case manager weigh, the minutes a month they take or the contacts they
//! need in a period stays within the limit. Added up in whole numbers: weights and contacts in thousandths over their
//! greatest common divisor; hours in minutes a month, each member's rounded to the nearest minute from contacts, visits,
//! authorized units and minutes to the thousandth.

use chrono::Datelike;

use crate::cost::prepared::visits_per_year;
use crate::ids::{ManagerIx, MemberIx};
use crate::program::{Capacity, CapacityKind, Rules};
use crate::roster::{Manager, Member, Need, Roster};
use crate::travel::{Point, TravelTime};
use crate::verify::RuleOutcome;
use crate::verify::rules::{Case, Findings, STATEWIDE, State, at_work};
use crate::verify::tally::Tally;
use crate::verify::violation::{Violation, ViolationCode};

/// A capacity in whole numbers.
#[derive(Clone, Debug)]
pub struct Weighed<'a> {
    /// As the program says it.
    pub capacity: &'a Capacity,
    rules: &'a Rules,
    roster: &'a Roster,
    line: TravelTime,
    /// Thousandths of weight or of a contact in one unit; 1 for hours, whose unit is the minute.
    step: i64,
    /// Months that are left in the calendar year, this one included.
    months: i128,
}

/// Every capacity of the program.
#[must_use]
pub fn read<'a>(roster: &'a Roster, rules: &'a Rules) -> Vec<Weighed<'a>> {
    let months = i128::from(12 - rules.effective_on.month0());
    let weighed = |capacity: &'a Capacity| {
        let mut weighed = Weighed { capacity, rules, roster, line: rules.travel_time(), step: 1, months };
        let step = match capacity.kind {
            CapacityKind::Hours => 1,
            CapacityKind::Weight => {
                let grades = Need::ALL.into_iter().map(|need| capacity.weights.map_or(0.0, |of| of.of(need)));
                let named = capacity.weight_of.iter().flatten().map(|(_, weight)| *weight);
                grades.chain(named).map(thousandths).fold(0, common_divisor)
            }
            CapacityKind::Contacts => roster.member_indices().map(|at| weighed.exact(at)).fold(0, common_divisor),
        };
        weighed.step = step.max(1);
        weighed
    };
    rules.program.capacities.iter().map(weighed).collect()
}

fn thousandths(value: f64) -> i64 {
    (value * 1000.0).round() as i64
}

/// Minutes in nine millionths of so many months, the fraction that all parts are whole in, to the nearest whole minute.
fn whole_minutes(ninths: i128, months: i128) -> i64 {
    ((ninths + 4_500_000 * months).div_euclid(9_000_000 * months)) as i64
}

/// Euclid's algorithm; 0 divides nothing.
fn common_divisor(one: i64, other: i64) -> i64 {
    if other == 0 { one } else { common_divisor(other, one % other) }
}

impl Tally for Weighed<'_> {
    fn name(&self) -> &str {
        &self.capacity.name
    }

    /// What a member uses with whomever.
    fn alone(&self, member: MemberIx) -> i64 {
        self.exact(member) / self.step
    }

    /// What a member uses with a case manager.
    fn of(&self, member: MemberIx, manager: ManagerIx) -> i64 {
        let places = (self.roster.member(member).home, self.roster.manager(manager).base);
        let (true, (Some(home), Some(base))) = (self.depends_on_the_pair(), places) else {
            return self.alone(member);
        };
        if !self.counts(member) {
            return 0;
        }
        let trip = i128::from(self.line.between(Point::new(base), Point::new(home)).0);
        let a_year = thousandths(visits_per_year(self.rules, self.roster.member(member)));
        // A thousandth of a visit a year, there and back: 2 s / (1000 x 12 x 60) minutes.
        whole_minutes(self.minutes(member) + 25 * i128::from(a_year) * trip * self.months, self.months)
    }

    fn depends_on_the_pair(&self) -> bool {
        self.capacity.kind == CapacityKind::Hours && self.capacity.travel_inside
    }

    fn limit(&self, manager: ManagerIx) -> Option<i64> {
        Some(self.limit_of(self.roster.manager(manager)))
    }
}

impl Weighed<'_> {
    fn counts(&self, member: MemberIx) -> bool {
        self.rules.is_of(&self.capacity.of, self.roster.member(member))
    }

    /// With whomever: in thousandths of weight or of a contact, or in whole minutes.
    fn exact(&self, member: MemberIx) -> i64 {
        if !self.counts(member) {
            return 0;
        }
        let row = self.roster.member(member);
        match self.capacity.kind {
            CapacityKind::Weight => {
                let by_need = || self.capacity.weights.map_or(0.0, |of| of.of(row.need));
                thousandths(self.named(self.capacity.weight_of.as_ref(), row).unwrap_or_else(by_need))
            }
            CapacityKind::Hours => whole_minutes(self.minutes(member), self.months),
            CapacityKind::Contacts => self.contacts_of_a_period(row),
        }
    }

    /// The number of the member's category, or that of everybody else.
    fn named(&self, of: Option<&std::collections::BTreeMap<String, f64>>, row: &Member) -> Option<f64> {
        let of = of?;
        let category = self.rules.category_of(row).map(|at| &self.rules.program.categories[at].name);
        category.and_then(|name| of.get(name)).or_else(|| of.get("other")).copied()
    }

    /// Thousandths of a contact: of the month's, so many thirtieths as the period has days.
    fn contacts_of_a_period(&self, row: &Member) -> i64 {
        let a_month = match (row.contacts_per_month, self.capacity.contacts_per_period) {
            (None, Some(a_period)) => return thousandths(a_period),
            (Some(own), _) => own,
            (None, None) => self.rules.program.defaults.contacts_per_month.of(row.need),
        };
        let thirtieths = thousandths(a_month) * i64::from(self.capacity.period_days.unwrap_or(0));
        (2 * thirtieths + 30).div_euclid(60)
    }

    /// Without driving, in nine millionths of a minute, for all months left together.
    fn minutes(&self, member: MemberIx) -> i128 {
        let row = self.roster.member(member);
        let defaults = &self.rules.program.defaults.contacts_per_month;
        let a_month = thousandths(row.contacts_per_month.unwrap_or_else(|| defaults.of(row.need)));
        let each = thousandths(self.capacity.minutes_per_contact.unwrap_or(0.0));
        let fixed = match self.named(self.capacity.hours_of.as_ref(), row) {
            Some(hours) => 60 * thousandths(hours),
            None => thousandths(self.capacity.minutes_per_month.map_or(0.0, |of| of.of(row.need))),
        };
        let every_month = 9 * (i128::from(a_month) * i128::from(each) + 1000 * i128::from(fixed));
        let authorized = self.capacity.authorized.map_or(0, |of| {
            let granted = thousandths(row.authorized_units.unwrap_or(of.units_per_year));
            let used = row.used_units.map_or(0, thousandths);
            9 * i128::from(granted.saturating_sub(used).max(0)) * i128::from(thousandths(of.minutes_per_unit))
        });
        every_month * self.months + authorized
    }

    /// A manager's limit, rounded down; a manager's own `hours_per_year` may lower hours.
    #[must_use]
    pub fn limit_of(&self, manager: &Manager) -> i64 {
        let share = if self.capacity.scale_with_fte { i64::from(at_work::share(self.rules, manager)) } else { 1000 };
        match self.capacity.kind {
            CapacityKind::Weight => thousandths(self.capacity.limit) * share / 1000 / self.step,
            CapacityKind::Contacts => {
                let a_day = thousandths(self.capacity.contacts_per_workday.unwrap_or(0.0));
                i64::from(self.capacity.workdays.unwrap_or(0)) * a_day * share / 1000 / self.step
            }
            CapacityKind::Hours => {
                let minutes = thousandths(self.capacity.limit) * 60 * share / 1_000_000;
                manager.hours_per_year.map_or(minutes, |own| minutes.min(thousandths(own) * 5 / 1000))
            }
        }
    }

    /// A sum in the words of the rule: weight, hours or contacts.
    #[must_use]
    pub fn in_words(&self, sum: i64) -> f64 {
        match self.capacity.kind {
            CapacityKind::Weight | CapacityKind::Contacts => (sum * self.step) as f64 / 1000.0,
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
    let (what, unit, code) = match capacity.kind {
        CapacityKind::Weight => ("weight", "weight", ViolationCode::Capacity),
        CapacityKind::Hours => ("hours a month", "h a month", ViolationCode::Capacity),
        CapacityKind::Contacts => ("contacts a period", "contacts", ViolationCode::Contacts),
    };
    let full_time = if capacity.scale_with_fte { " per full-time place" } else { "" };
    let travel = if capacity.travel_inside { ", drives to visits inside" } else { "" };
    let of = if capacity.of.is_empty() { String::new() } else { format!(" for members of {}", capacity.of.join(", ")) };
    let mut met = true;
    for manager in roster.manager_indices() {
        let limit = weighed.limit_of(roster.manager(manager));
        let sum = after[manager.at()];
        if sum <= limit {
            continue;
        }
        met = false;
        // Members of those who are not at work are reported as such.
        if case.pairs.at_work(manager) {
            let (who, sum, limit) = (case.manager_id(manager), weighed.in_words(sum), weighed.in_words(limit));
            let detail = format!("{}: case manager {who} has {sum:.2} {unit}, the limit is {limit:.2}", capacity.name);
            findings.violations.push(Violation::new(code, detail).manager(manager));
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
        soft: false,
        how: format!("largest {what} of one case manager{of}{full_time}{travel}; each one's own limit is rounded down"),
        citation: capacity.citation.clone(),
    });
}
