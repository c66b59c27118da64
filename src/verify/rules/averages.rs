//! Averages: members of a scope per counted case manager, of everybody, of some categories, or of several combined.
//! Compared in whole numbers, never as a quotient.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{ManagerIx, MemberIx};
use crate::program::{Average, AverageKind, Denominator, Part, Rules, Scope};
use crate::roster::{Member, Roster};
use crate::verify::RuleOutcome;
use crate::verify::pairs::Pairs;
use crate::verify::rules::mixed::full_caseload;
use crate::verify::rules::{Case, Findings, STATEWIDE, State, at_work};
use crate::verify::tally::Counted;
use crate::verify::violation::{Violation, ViolationCode};

/// The scopes of an average with all their case managers. The name is empty for managers without a region or team,
/// and for the one scope of the whole roster. Scopes of programs are not of this kind: they choose members.
#[must_use]
pub fn scopes(roster: &Roster, scope: Scope) -> BTreeMap<String, Vec<ManagerIx>> {
    let mut scopes: BTreeMap<String, Vec<ManagerIx>> = BTreeMap::new();
    for manager in roster.manager_indices() {
        let team = roster.team_of(manager);
        let name = match scope {
            Scope::All | Scope::Program => None,
            Scope::Region => team.and_then(|team| team.region.as_deref()),
            Scope::Team => team.map(|team| &*team.id),
        };
        scopes.entry(name.unwrap_or_default().to_owned()).or_default().push(manager);
    }
    scopes
}

/// What stands above the line: `whole` thousandths are what one counted case manager may have.
#[derive(Clone, Debug)]
pub struct Above {
    /// Member by member.
    pub each: Vec<i64>,
    /// A limit, in thousandths of what members count.
    pub whole: u64,
}

/// What members count in an average: 1 each, or in a combined one their share of a full caseload.
#[must_use]
pub fn above_the_line(roster: &Roster, rules: &Rules, average: &Average) -> Above {
    match average.kind {
        AverageKind::Ratio => {
            let each = roster.members().iter().map(|row| i64::from(rules.is_of(&average.of, row)));
            Above { each: each.collect(), whole: average.limit.thousandths() }
        }
        AverageKind::Combined => {
            let full = full_caseload(average.parts.iter().map(|part| part.limit));
            let share = |row| {
                let part = average.parts.iter().find(|part| rules.is_of(&part.of, row));
                part.map_or(0, |part| full / part.limit.thousandths().cast_signed())
            };
            Above { each: roster.members().iter().map(share).collect(), whole: full.cast_unsigned() }
        }
    }
}

/// Averages of categories that a plan can change, as certificates price them.
#[must_use]
pub fn of_categories(roster: &Roster, rules: &Rules) -> Vec<Counted> {
    let changeable = rules.program.averages.iter().filter(|average| !average.is_plain() && is_changeable(average));
    let counted = |average: &Average| Counted {
        name: average.name.clone(),
        uses: above_the_line(roster, rules, average).each,
        ..Counted::default()
    };
    changeable.map(counted).collect()
}

/// What stands below the line, in thousandths: of managers at work only. `loads` matter to `with_members` only.
#[must_use]
pub fn below_the_line(
    pairs: &Pairs<'_>,
    average: &Average,
    kind: Denominator,
    managers: &[ManagerIx],
    loads: &[u32],
) -> u64 {
    let counts = |manager: ManagerIx| {
        let row = pairs.roster.manager(manager);
        match kind {
            Denominator::Headcount => 1000,
            Denominator::FteLessLeave if row.max_caseload == Some(0) || at_work::is_on_leave(pairs.rules, row) => 0,
            Denominator::FilledFte | Denominator::FteLessLeave => u64::from(row.fte_thousandths),
            Denominator::WithMembers => u64::from(loads[manager.at()] > 0) * 1000,
            Denominator::Serving => u64::from(pairs.rules.serves(&average.categories(), row)) * 1000,
        }
    };
    managers.iter().filter(|manager| pairs.at_work(**manager)).map(|&manager| counts(manager)).sum()
}

/// Is the denominator the same whatever the plan?
#[must_use]
pub const fn is_fixed(kind: Denominator) -> bool {
    !matches!(kind, Denominator::WithMembers)
}

/// Could another plan have another average? Not over the whole roster or a program with a fixed denominator: members and
/// staff are what they are, and only a hire helps.
#[must_use]
pub const fn is_changeable(average: &Average) -> bool {
    average.scope.moves() || !is_fixed(average.denominator)
}

/// So much above the line that a scope with so many thousandths below it may have.
#[must_use]
pub fn most(above: &Above, counted: u64) -> i64 {
    (i128::from(above.whole) * i128::from(counted) / 1_000_000) as i64
}

/// The average of one scope in one state.
#[derive(Clone, Copy, Debug)]
struct Measured {
    sum: i64,
    counted: u64,
    /// What one case manager of a combined average may have; 1000 otherwise.
    one: u64,
}

impl Measured {
    /// `sum <= limit x denominator`; a scope with nobody in it at all is met.
    fn meets(self, whole: u64) -> bool {
        i128::from(self.sum) * 1_000_000 <= i128::from(whole) * i128::from(self.counted)
    }

    /// As a number. Members whom nobody is counted for are as many as one person would have.
    fn ratio(self) -> f64 {
        let counted = if self.counted == 0 { 1000 } else { self.counted };
        self.sum as f64 * 1000.0 / self.one as f64 * 1000.0 / counted as f64
    }
}

/// Judges a plan. The averages over managers with members in the whole roster are in
/// [`crate::verify::rules::minimum_use`].
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let own = |average: &&Average| !crate::verify::rules::minimum_use::is_one(average);
    let mut findings = Findings::default();
    for average in case.pairs.rules.program.averages.iter().filter(own) {
        let code = match average.kind {
            AverageKind::Combined => ViolationCode::CombinedAverage,
            AverageKind::Ratio if average.of.is_empty() => ViolationCode::Average,
            AverageKind::Ratio => ViolationCode::CategoryAverage,
        };
        judge_average(case, average, code, &mut findings);
    }
    findings
}

/// Whose members an average is about: these case managers', of one program where that is the scope.
struct Whose<'a> {
    name: &'a str,
    managers: &'a [ManagerIx],
    program: Option<&'a str>,
}

/// What stands above the line, added up manager by manager for both states.
struct Sums {
    each: Vec<i64>,
    before: Vec<i64>,
    after: Vec<i64>,
}

impl Sums {
    fn new(case: &Case<'_>, each: Vec<i64>) -> Self {
        let by_manager = |state: &State| {
            let mut sums = vec![0; case.pairs.roster.managers().len()];
            state.pairs().for_each(|(member, manager)| sums[manager.at()] += each[member.at()]);
            sums
        };
        let (before, after) = (by_manager(case.before), by_manager(case.after));
        Self { each, before, after }
    }

    /// Of a scope, before and after; of a program that is all of its members who have a case manager.
    fn of(&self, case: &Case<'_>, whose: &Whose<'_>) -> (i64, i64) {
        let (roster, day) = (case.pairs.roster, case.pairs.rules.effective_on);
        if let Some(program) = whose.program {
            let is_of = |member: MemberIx| roster.member(member).program_on(day).is_some_and(|code| **code == *program);
            let sum = |state: &State| {
                state.pairs().filter(|&(member, _)| is_of(member)).map(|(member, _)| self.each[member.at()]).sum()
            };
            return (sum(case.before), sum(case.after));
        }
        let sum = |sums: &[i64]| whose.managers.iter().map(|manager| sums[manager.at()]).sum();
        (sum(&self.before), sum(&self.after))
    }
}

/// An average being judged: its sums, and for combined ones the number of members of every part.
struct Judged<'a> {
    average: &'a Average,
    whole: u64,
    sums: Sums,
    parts: Vec<Sums>,
    code: ViolationCode,
}

/// Judges one average: a row and, where another plan could do better, a violation for each scope above it.
pub fn judge_average(case: &Case<'_>, average: &Average, code: ViolationCode, findings: &mut Findings) {
    let (roster, rules) = (case.pairs.roster, case.pairs.rules);
    let Above { each, whole } = above_the_line(roster, rules, average);
    let part = |part: &Part| {
        Sums::new(case, roster.members().iter().map(|row| i64::from(rules.is_of(&part.of, row))).collect())
    };
    let parts = average.parts.iter().map(part).collect();
    let judged = Judged { average, whole, sums: Sums::new(case, each), parts, code };
    if average.scope == Scope::Program {
        let of_member = |row: &Member| row.program_on(rules.effective_on).map(ToString::to_string);
        let programs: BTreeSet<String> = roster.members().iter().filter_map(of_member).collect();
        for program in &programs {
            let serves = |manager: &ManagerIx| {
                let listed = &roster.manager(*manager).programs;
                listed.is_empty() || listed.iter().any(|code| **code == **program)
            };
            let managers: Vec<ManagerIx> = roster.manager_indices().filter(serves).collect();
            let whose = Whose { name: program, managers: &managers, program: Some(program) };
            judge_scope(case, &judged, &whose, findings);
        }
        return;
    }
    for (name, managers) in &scopes(roster, average.scope) {
        judge_scope(case, &judged, &Whose { name, managers, program: None }, findings);
    }
}

fn judge_scope(case: &Case<'_>, judged: &Judged<'_>, whose: &Whose<'_>, findings: &mut Findings) {
    let average = judged.average;
    let is_combined = average.kind == AverageKind::Combined;
    let one = if is_combined { judged.whole } else { 1000 };
    let (sum_before, sum_after) = judged.sums.of(case, whose);
    let measure = |sum: i64, loads: &[u32], kind: Denominator| Measured {
        sum,
        counted: below_the_line(case.pairs, average, kind, whose.managers, loads),
        one,
    };
    let before = measure(sum_before, &case.before.loads, average.denominator);
    let after = measure(sum_after, &case.after.loads, average.denominator);
    let scope = match (average.scope, whose.name) {
        (Scope::All, _) => STATEWIDE,
        (Scope::Region, "") => "no region",
        (Scope::Team, "") => "no team",
        (_, name) => name,
    };
    let met = after.meets(judged.whole);
    let changeable = is_changeable(average);
    let mut kinds = Denominator::ALL.to_vec();
    if !average.is_plain() {
        kinds.push(Denominator::Serving);
    }
    let all = kinds.into_iter().map(|kind| {
        let measured = measure(sum_after, &case.after.loads, kind);
        let verdict = if measured.meets(judged.whole) { "met" } else { "not met" };
        let (ratio, counted) = (measured.ratio(), thousandths(measured.counted));
        format!("{} {ratio:.2} (over {counted}, {verdict})", kind.word())
    });
    let all = all.collect::<Vec<_>>().join(", ");
    let counted = thousandths(after.counted);
    let word = average.denominator.word();
    let (what, most) = if is_combined {
        let needed = sum_after as f64 * 1000.0 / judged.whole as f64;
        (format!("{} need {needed:.2} case managers", shares(case, judged, whose)), "one full caseload".to_owned())
    } else if average.of.is_empty() {
        (format!("{sum_after} members"), average.limit.to_string())
    } else {
        (format!("{sum_after} members of {}", average.of.join(", ")), average.limit.to_string())
    };
    let how = if average.is_plain() {
        format!("{what} / {counted} by {word}; all four: {all}")
    } else {
        format!("{what} / {counted} by {word}; all five: {all}")
    };
    if changeable && !met {
        let detail = format!("{} of {scope}: {what} over {counted} by {word}, at most {most} each", average.name);
        findings.violations.push(Violation::new(judged.code, detail));
    }
    findings.outcomes.push(RuleOutcome {
        rule: average.name.clone(),
        scope: scope.to_owned(),
        limit: if is_combined { 1.0 } else { average.limit.as_f64() },
        before: before.ratio(),
        after: after.ratio(),
        met,
        changeable,
        soft: false,
        how,
        citation: average.citation.clone(),
    });
}

/// Every part's own share: `1240 of waiver by 62 (20.00) + 80 of complex by 25 (3.20)`.
fn shares(case: &Case<'_>, judged: &Judged<'_>, whose: &Whose<'_>) -> String {
    let part = |(part, sums): (&Part, &Sums)| {
        let (_, count) = sums.of(case, whose);
        let share = count as f64 / part.limit.as_f64();
        format!("{count} of {} by {} ({share:.2})", part.of.join(", "), part.limit)
    };
    judged.average.parts.iter().zip(&judged.parts).map(part).collect::<Vec<_>>().join(" + ")
}

/// Thousandths as a number without superfluous zeros.
fn thousandths(value: u64) -> String {
    let text = format!("{}.{:03}", value / 1000, value % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
