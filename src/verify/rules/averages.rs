//! Averages: members of a scope per counted case manager. Compared in whole numbers, never as a quotient.

use std::collections::BTreeMap;

use crate::ids::ManagerIx;
use crate::program::{Average, Denominator, Scope};
use crate::roster::Roster;
use crate::verify::RuleOutcome;
use crate::verify::pairs::Pairs;
use crate::verify::rules::{Case, Findings, STATEWIDE, at_work};
use crate::verify::violation::{Violation, ViolationCode};

/// The scopes of an average with all their case managers. The name is empty for managers without a region or team,
/// and for the one scope of the whole roster.
#[must_use]
pub fn scopes(roster: &Roster, scope: Scope) -> BTreeMap<String, Vec<ManagerIx>> {
    let mut scopes: BTreeMap<String, Vec<ManagerIx>> = BTreeMap::new();
    for manager in roster.manager_indices() {
        let team = roster.team_of(manager);
        let name = match scope {
            Scope::All => None,
            Scope::Region => team.and_then(|team| team.region.as_deref()),
            Scope::Team => team.map(|team| &*team.id),
        };
        scopes.entry(name.unwrap_or_default().to_owned()).or_default().push(manager);
    }
    scopes
}

/// Members above the line.
fn members_of(managers: &[ManagerIx], loads: &[u32]) -> u64 {
    managers.iter().map(|manager| u64::from(loads[manager.at()])).sum()
}

/// What stands below the line, in thousandths: of managers at work only. `loads` matter to `with_members` only.
#[must_use]
pub fn below_the_line(pairs: &Pairs<'_>, kind: Denominator, managers: &[ManagerIx], loads: &[u32]) -> u64 {
    let counts = |manager: ManagerIx| {
        let row = pairs.roster.manager(manager);
        match kind {
            Denominator::Headcount => 1000,
            Denominator::FteLessLeave if row.max_caseload == Some(0) || at_work::is_on_leave(pairs.rules, row) => 0,
            Denominator::FilledFte | Denominator::FteLessLeave => u64::from(row.fte_thousandths),
            Denominator::WithMembers => u64::from(loads[manager.at()] > 0) * 1000,
        }
    };
    managers.iter().filter(|manager| pairs.at_work(**manager)).map(|&manager| counts(manager)).sum()
}

/// Is the denominator the same whatever the plan?
#[must_use]
pub const fn is_fixed(kind: Denominator) -> bool {
    !matches!(kind, Denominator::WithMembers)
}

/// Could another plan have another average? Not over the whole roster with a fixed denominator: members and staff are
/// what they are, and only a hire helps.
#[must_use]
pub const fn is_changeable(average: &Average) -> bool {
    !matches!(average.scope, Scope::All) || !is_fixed(average.denominator)
}

/// The average of one scope in one state.
#[derive(Clone, Copy, Debug)]
struct Measured {
    members: u64,
    counted: u64,
}

impl Measured {
    /// `members <= limit x denominator`; a scope with nobody in it at all is met.
    fn meets(self, limit: u32) -> bool {
        self.members * 1000 <= u64::from(limit) * self.counted
    }

    /// As a number. Members whom nobody is counted for are as many as one person would have.
    fn ratio(self) -> f64 {
        let counted = if self.counted == 0 { 1000 } else { self.counted };
        self.members as f64 * 1000.0 / counted as f64
    }
}

/// Judges a plan. The averages over managers with members in the whole roster are in
/// [`crate::verify::rules::minimum_use`].
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let own = |average: &&Average| !crate::verify::rules::minimum_use::is_one(average);
    let mut findings = Findings::default();
    for average in case.pairs.rules.program.averages.iter().filter(own) {
        judge_average(case, average, ViolationCode::Average, &mut findings);
    }
    findings
}

/// Judges one average: a row and, where another plan could do better, a violation for each scope above it.
pub fn judge_average(case: &Case<'_>, average: &Average, code: ViolationCode, findings: &mut Findings) {
    for (name, managers) in &scopes(case.pairs.roster, average.scope) {
        let measure = |loads: &[u32], kind: Denominator| Measured {
            members: members_of(managers, loads),
            counted: below_the_line(case.pairs, kind, managers, loads),
        };
        let before = measure(&case.before.loads, average.denominator);
        let after = measure(&case.after.loads, average.denominator);
        let scope = match (average.scope, name.as_str()) {
            (Scope::All, _) => STATEWIDE,
            (Scope::Region, "") => "no region",
            (Scope::Team, "") => "no team",
            (_, name) => name,
        };
        let met = after.meets(average.limit);
        let changeable = is_changeable(average);
        let all = Denominator::ALL.map(|kind| {
            let measured = measure(&case.after.loads, kind);
            let verdict = if measured.meets(average.limit) { "met" } else { "not met" };
            let (ratio, counted) = (measured.ratio(), thousandths(measured.counted));
            format!("{} {ratio:.2} (over {counted}, {verdict})", kind.word())
        });
        let how = format!(
            "{} members / {} by {}; all four: {}",
            after.members,
            thousandths(after.counted),
            average.denominator.word(),
            all.join(", ")
        );
        if changeable && !met {
            let detail = format!(
                "{} of {scope}: {} members over {} by {}, at most {} each",
                average.name,
                after.members,
                thousandths(after.counted),
                average.denominator.word(),
                average.limit
            );
            findings.violations.push(Violation::new(code, detail));
        }
        findings.outcomes.push(RuleOutcome {
            rule: average.name.clone(),
            scope: scope.to_owned(),
            limit: f64::from(average.limit),
            before: before.ratio(),
            after: after.ratio(),
            met,
            changeable,
            how,
            citation: average.citation.clone(),
        });
    }
}

/// Thousandths as a number without superfluous zeros.
fn thousandths(value: u64) -> String {
    let text = format!("{}.{:03}", value / 1000, value % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
