//! What rules count, as runs need it: member by member and by the grade of need a member may have by then, from the
//! verifier's own reading of the rules.

use crate::program::{ContinuityClass, Count, Denominator, Leave, Rules, Scope};
use crate::roster::{Code, Member, MemberContact, Need, Roster, RosterTables};
use crate::verify::rules::averages;
use crate::verify::tally;
use crate::whatif::simulate::world::Slot;

/// What a rule counts: template by template, by grade of need.
pub type Counted = Vec<[i64; 4]>;

/// A limit of single slots that is more than a number of places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is counted, as an index of [`World::counted`](crate::whatif::simulate::world::World::counted).
    pub of: usize,
    /// Slot by slot, at most; `None` = no limit.
    pub most: Vec<Option<i64>>,
}

/// An average.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Over whom.
    pub scope: Scope,
    /// Who counts below the line.
    pub denominator: Denominator,
    /// What stands above the line, as an index of [`World::counted`](crate::whatif::simulate::world::World::counted); `None` = every member counts one.
    pub above: Option<usize>,
    /// So many thousandths of that one counted case manager may have.
    pub whole: u64,
    /// Slot by slot: does it serve the categories above the line?
    pub serving: Vec<bool>,
}

/// The rules without what passes: who must be kept, tolerances, first months and leaves are the runs' business.
#[must_use]
pub fn lasting(rules: &Rules) -> Rules {
    let mut free = rules.clone();
    free.program.continuity.retain(|rule| rule.class != ContinuityClass::MustKeep);
    free.program.eligibility.blackout = None;
    free.program.moves.min_months_between = 0;
    free.program.caps.iter_mut().for_each(|cap| cap.tolerance_days = 0);
    free.program.staffing.ramp_up.clear();
    free.program.staffing.leave = Leave::Counts;
    // A successor takes new members whatever the person before did.
    free.program.eligibility.accepts_new = false;
    free
}

/// Every member at each grade of need, so that needs may change: member `at` at grade `need` is number `4 at + need`.
#[must_use]
pub fn graded(all: &Roster) -> Roster {
    let mut tables: RosterTables = all.to_tables();
    let grades = |(at, member): (usize, &Member)| {
        let member = member.clone();
        Need::ALL.map(move |need| Member { id: format!("{at:09}{}", need as u8).into(), need, ..member.clone() })
    };
    tables.members = tables.members.iter().enumerate().flat_map(grades).collect();
    tables.contacts = vec![MemberContact::default(); tables.members.len()];
    tables.services.clear();
    tables.decisions.clear();
    Roster::new(tables)
}

/// Collects what rules count.
#[derive(Debug, Default)]
pub struct Counting {
    /// What limits and averages count.
    pub counted: Vec<Counted>,
    /// Names of limits that are left out.
    pub not_followed: Vec<String>,
}

impl Counting {
    /// Where the numbers of graded members stand.
    fn add(&mut self, each: impl Iterator<Item = i64>) -> usize {
        let each: Vec<i64> = each.collect();
        let counted: Counted = each.chunks_exact(4).map(|of| [of[0], of[1], of[2], of[3]]).collect();
        let known = self.counted.iter().position(|known| *known == counted);
        known.unwrap_or_else(|| {
            self.counted.push(counted);
            self.counted.len() - 1
        })
    }

    /// Limits of single case managers; what all members count alike is in their places already.
    pub fn limits(&mut self, graded: &Roster, rules: &Rules) -> Vec<Limit> {
        let of_households = rules.program.caps.iter().filter(|cap| cap.count == Count::Households).map(|cap| &cap.name);
        let mixed =
            rules.program.mixed.iter().filter(|mixed| mixed.count == Count::Households).map(|mixed| &mixed.name);
        self.not_followed.extend(of_households.chain(mixed).cloned());
        let receive = &rules.program.receive;
        if receive.limit > 0 || receive.new_hire_limit > 0 || receive.per_open > 0 {
            self.not_followed.push("receive".to_owned());
        }
        let mut limits = Vec::new();
        for tally in tally::of_members(graded, rules) {
            if tally.depends_on_the_pair() {
                self.not_followed.push(tally.name().to_owned());
                continue;
            }
            let (least, most) = tally::lightest_and_heaviest(&*tally, graded.member_indices());
            if least != most {
                let of = self.add(graded.member_indices().map(|member| tally.alone(member)));
                limits.push(Limit { of, most: graded.manager_indices().map(|at| tally.limit(at)).collect() });
            }
        }
        limits
    }

    /// Every average.
    pub fn averages(&mut self, graded: &Roster, rules: &Rules) -> Vec<Judged> {
        let mut judged = Vec::new();
        for average in &rules.program.averages {
            let above = averages::above_the_line(graded, rules, average);
            let plain = above.each.iter().all(|&each| each == 1);
            let categories = average.categories();
            judged.push(Judged {
                scope: average.scope,
                denominator: average.denominator,
                above: (!plain).then(|| self.add(above.each.into_iter())),
                whole: above.whole,
                serving: graded.managers().iter().map(|manager| rules.serves(&categories, manager)).collect(),
            });
        }
        judged
    }
}

/// Program codes of the members where an average goes by program, sorted.
#[must_use]
pub fn programs(all: &Roster, rules: &Rules) -> Vec<Code> {
    if rules.program.averages.iter().all(|average| average.scope != Scope::Program) {
        return Vec::new();
    }
    let mut codes: Vec<Code> =
        all.members().iter().filter_map(|member| member.program_on(rules.effective_on)).cloned().collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// What a slot counts below the line of an average, in thousandths.
#[must_use]
pub fn counted(average: &Judged, at: usize, slot: &Slot, on_leave: bool, load: u32) -> u64 {
    match average.denominator {
        Denominator::Headcount => 1000,
        Denominator::FilledFte => u64::from(slot.fte),
        Denominator::FteLessLeave => {
            if on_leave || slot.cap == 0 {
                0
            } else {
                u64::from(slot.fte)
            }
        }
        Denominator::WithMembers => u64::from(load > 0) * 1000,
        Denominator::Serving => u64::from(average.serving[at]) * 1000,
    }
}

/// The scope a slot belongs to; programs are of members, not of slots.
#[must_use]
pub const fn scope_of(scope: Scope, slot: &Slot) -> u16 {
    match scope {
        Scope::All | Scope::Program => 0,
        Scope::Region => slot.region,
        Scope::Team => slot.team,
    }
}
