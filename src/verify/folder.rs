//! Judges a plan folder from its texts: the plan in it, the certificate, and every printed number, id and word that
//! follows from them. Nothing of the folder is believed but the assignment itself, which is what is judged.
//!
//! Not recomputed: the sentences (`because`), the cost of runner-ups, the handoff's dates, the report's figures.
//!
//! Long because one check for each printed file, side by side.

use serde_json::Value;

use crate::certificate::Certificate;
use crate::cost::{self, Prepared, Term, travel};
use crate::ids::{ManagerIx, MemberIx};
use crate::program::rules::whole_months;
use crate::program::{Rules, Scope};
use crate::roster::Roster;
use crate::units::Cost;
use crate::verify::field::Field;
use crate::verify::pairs::Pairs;
use crate::verify::printed::{self, Discrepancy, PrintedCode, Row};
use crate::verify::units::Units;
use crate::verify::{Assessment, Claims, VerifiedPlan, Violation, ViolationCode, assess, judge};

/// The texts of a plan folder.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// `plan.json`.
    pub plan: &'a str,
    /// `assignments.csv`.
    pub assignments: &'a str,
    /// `transfers.csv`.
    pub transfers: &'a str,
    /// `caseloads.csv`.
    pub caseloads: &'a str,
    /// `compliance.csv`.
    pub compliance: &'a str,
    /// `unplaced.csv`.
    pub unplaced: &'a str,
    /// `certificate.json`.
    pub certificate: &'a str,
}

/// What came out of judging a folder.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Where the folder does not say what comes out.
    pub discrepancies: Vec<Discrepancy>,
    /// What is wrong with the plan itself.
    pub violations: Vec<Violation>,
    /// The plan, when nothing is wrong with it.
    pub plan: Option<VerifiedPlan>,
    /// How the assignment stands.
    pub assessment: Assessment,
}

/// Reads an `assignments.csv`: who is with whom, and what cannot be understood. Members without a row are with nobody.
///
/// # Errors
/// When the text is not such a table.
pub fn read_assignments(roster: &Roster, text: &str) -> Result<(Vec<Option<ManagerIx>>, Vec<Violation>), String> {
    let rows = printed::csv_rows(text)?;
    let mut assignment = vec![None; roster.members().len()];
    let mut seen = vec![false; assignment.len()];
    let mut violations = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let (Some(member_id), Some(manager_id)) = (row.get("member_id"), row.get("manager_id")) else {
            return Err("the columns member_id and manager_id are expected".to_owned());
        };
        let line = at + 2;
        let unknown = |what: String| Violation::new(ViolationCode::UnknownId, format!("row {line}: {what}"));
        let Some(member) = roster.find_member(member_id) else {
            violations.push(unknown(format!("there is no member {member_id}")));
            continue;
        };
        if seen[member.at()] {
            let detail = format!("row {line}: member {member_id} has a row already");
            violations.push(Violation::new(ViolationCode::Coverage, detail).member(member));
            continue;
        }
        seen[member.at()] = true;
        if manager_id.is_empty() {
            continue;
        }
        assignment[member.at()] = roster.find_manager(manager_id);
        if assignment[member.at()].is_none() {
            violations
                .push(unknown(format!("member {member_id}: there is no case manager {manager_id}")).member(member));
        }
    }
    Ok((assignment, violations))
}

/// Judges a table of anybody's: what cannot be understood comes first, then what breaks a rule.
#[must_use]
pub fn assess_table(
    roster: &Roster,
    rules: &Rules,
    assignment: &[Option<ManagerIx>],
    mut violations: Vec<Violation>,
) -> Assessment {
    let mut assessment = assess(roster, rules, assignment);
    let named = |member: Option<MemberIx>| violations.iter().any(|violation| violation.member == member);
    assessment
        .violations
        .retain(|found| found.code != ViolationCode::Coverage || found.member.is_none() || !named(found.member));
    violations.append(&mut assessment.violations);
    Assessment { violations, ..assessment }
}

/// Judges a plan folder. `inputs` are the names and SHA-256 of the roster's files as they are now.
#[must_use]
pub fn judge_folder(roster: &Roster, rules: &Rules, inputs: &[(String, String)], files: &Files<'_>) -> Verdict {
    let mut discrepancies = Vec::new();
    let mut malformed = |file: &str, why: String| discrepancies.push(broken(file, why));
    let (assignment, unread) = read_assignments(roster, files.assignments).unwrap_or_else(|why| {
        malformed("assignments.csv", why);
        (vec![None; roster.members().len()], Vec::new())
    });
    let plan: Value = serde_json::from_str(files.plan).unwrap_or_else(|error| {
        malformed("plan.json", error.to_string());
        Value::Null
    });
    let certificate: Option<Certificate> =
        serde_json::from_str(files.certificate).map_err(|error| malformed("certificate.json", error.to_string())).ok();

    let assessment = assess_table(roster, rules, &assignment, unread);
    let mut violations = assessment.violations.clone();
    let mut verified = None;
    if let Some(certificate) = certificate {
        let number = |value: Option<&Value>| Cost(value.and_then(Value::as_i64).unwrap_or_default());
        let cost = number(plan.pointer("/objective/cost"));
        let claims = Claims { assignment: assignment.clone(), cost, bound: number(plan.get("bound")), certificate };
        match judge(roster, rules, claims) {
            Ok(plan) => verified = Some(plan).filter(|_| violations.is_empty()),
            Err(found) => violations.extend(found.into_iter().filter(|one| is_claim(one.code))),
        }
    }
    let recomputed = Recomputed::of(roster, rules, &assignment, &assessment);
    discrepancies.extend(recomputed.tables(files, &plan));
    discrepancies.extend(recomputed.reasons(files.transfers));
    if plan.is_object() {
        discrepancies.extend(recomputed.summary(&plan, verified.as_ref(), inputs));
    }
    Verdict { discrepancies, violations, plan: verified, assessment }
}

const fn is_claim(code: ViolationCode) -> bool {
    matches!(code, ViolationCode::Cost | ViolationCode::Bound | ViolationCode::Certificate)
}

fn broken(file: &str, why: String) -> Discrepancy {
    Discrepancy {
        code: PrintedCode::Malformed,
        file: file.to_owned(),
        row: String::new(),
        column: String::new(),
        printed: why,
        expected: "a table or object as the contract describes it".to_owned(),
    }
}

/// What a plan folder should say about an assignment.
struct Recomputed<'a> {
    roster: &'a Roster,
    rules: &'a Rules,
    assignment: &'a [Option<ManagerIx>],
    assessment: &'a Assessment,
    assignments: Vec<Row>,
    transfers: Vec<Row>,
    caseloads: Vec<Row>,
    compliance: Vec<Row>,
    unplaced: Vec<Row>,
}

impl<'a> Recomputed<'a> {
    fn of(
        roster: &'a Roster,
        rules: &'a Rules,
        assignment: &'a [Option<ManagerIx>],
        assessment: &'a Assessment,
    ) -> Self {
        let members = roster.members().iter().zip(assignment);
        let assignments = members.map(|(member, manager)| Row {
            key: member.id.to_string(),
            cells: vec![("manager_id", manager_id(roster, *manager))],
        });
        Self {
            roster,
            rules,
            assignment,
            assessment,
            assignments: assignments.collect(),
            transfers: transfers(roster, rules, assignment),
            caseloads: caseloads(roster, rules, assignment, assessment),
            compliance: compliance(assessment),
            unplaced: unplaced(roster, assessment),
        }
    }

    /// Every table, as CSV and as an array of `plan.json`.
    fn tables(&self, files: &Files<'_>, plan: &Value) -> Vec<Discrepancy> {
        let member: &[&str] = &["member_id"];
        let tables = [
            ("assignments", files.assignments, member, &self.assignments),
            ("transfers", files.transfers, member, &self.transfers),
            ("caseloads", files.caseloads, &["manager_id"], &self.caseloads),
            ("rules", files.compliance, &["rule", "scope"], &self.compliance),
            ("unplaced", files.unplaced, member, &self.unplaced),
        ];
        let mut found = Vec::new();
        for (name, text, key, expected) in tables {
            let file = if name == "rules" { "compliance.csv".to_owned() } else { format!("{name}.csv") };
            match printed::csv_rows(text) {
                Ok(rows) => found.extend(printed::compare(&file, key, &rows, expected, true)),
                Err(why) => found.push(broken(&file, why)),
            }
            if plan.is_object() {
                let file = format!("plan.json {name}");
                match plan.get(name).and_then(printed::json_rows) {
                    Some(rows) => found.extend(printed::compare(&file, key, &rows, expected, false)),
                    None => found.push(broken(&file, "no such array of objects".to_owned())),
                }
            }
        }
        found
    }

    /// Is each transfer's reason true, and each runner-up somebody who may take the member?
    fn reasons(&self, transfers: &str) -> Vec<Discrepancy> {
        let pairs = Pairs::read(self.roster, self.rules);
        let prepared = Prepared::new(self.roster, self.rules);
        let units = Units::read(&pairs, &Field::read(&pairs, &prepared), &prepared);
        let mut found = Vec::new();
        for row in printed::csv_rows(transfers).unwrap_or_default() {
            let cell = |name: &str| row.get(name).map_or("", String::as_str);
            let Some(member) = self.roster.find_member(cell("member_id")) else { continue };
            let mut wrong = |column: &str, expected: &str| {
                found.push(Discrepancy {
                    code: PrintedCode::Word,
                    file: "transfers.csv".to_owned(),
                    row: cell("member_id").to_owned(),
                    column: column.to_owned(),
                    printed: cell(column).to_owned(),
                    expected: expected.to_owned(),
                });
            };
            if !self.is_true(&pairs, &units, member, cell("reason")) {
                wrong("reason", "a reason that holds for the member");
            }
            let other = cell("runner_up_manager_id");
            let may = |other| pairs.allowed(member, other) && self.assignment[member.at()] != Some(other);
            if !other.is_empty() && !self.roster.find_manager(other).is_some_and(may) {
                wrong("runner_up_manager_id", "another case manager who may take the member");
            }
        }
        found
    }

    /// Do the facts bear the reason out?
    fn is_true(&self, pairs: &Pairs<'_>, units: &Units, member: MemberIx, reason: &str) -> bool {
        let from = self.roster.member(member).manager;
        let to = self.assignment[member.at()];
        let from_holds = |holds: &dyn Fn(ManagerIx) -> bool| from.is_some_and(holds);
        match reason {
            "first_assignment" => from.is_none(),
            "manager_leaves" => from_holds(&|from| !pairs.at_work(from)),
            "decision" => pairs.decisions.pins_of(member).iter().any(|pin| Some(pin.manager) == to),
            "not_allowed" => from_holds(&|from| pairs.obstacle(member, from).is_some()),
            "over_cap" => {
                let over = |from| self.roster.present_caseload(from).len() as u32 > self.assessment.caps[from.at()];
                from_holds(&|from| pairs.at_work(from) && over(from))
            }
            "household" => units.unit_of(member).len() > 1,
            "average" => self.rules.program.averages.iter().any(|average| average.scope != Scope::All),
            "rebalance" => from_holds(&|from| pairs.at_work(from)),
            _ => false,
        }
    }

    /// The single values of `plan.json`.
    fn summary(&self, plan: &Value, verified: Option<&VerifiedPlan>, inputs: &[(String, String)]) -> Vec<Discrepancy> {
        let terms = &self.assessment.terms;
        let moved = self.transfers.iter().filter(|row| !value(row, "from_manager_id").is_empty()).count();
        let mut expected = vec![
            ("as_of".to_owned(), self.rules.as_of.to_string()),
            ("effective_on".to_owned(), self.rules.effective_on.to_string()),
            ("objective/cost".to_owned(), terms.total().0.to_string()),
            ("members".to_owned(), self.roster.members().len().to_string()),
            ("managers".to_owned(), self.roster.managers().len().to_string()),
            ("moved".to_owned(), moved.to_string()),
            ("first_assignments".to_owned(), (self.transfers.len() - moved).to_string()),
        ];
        let by_term = Term::ALL.map(|term| (format!("objective/terms/{}", term.word()), terms.of(term).0.to_string()));
        expected.extend(by_term);
        if let Some(verified) = verified {
            expected.push(("bound".to_owned(), verified.bound().0.to_string()));
            expected.push(("gap".to_owned(), verified.gap().to_string()));
        }
        let at = |code, key: &str, printed: &str, wanted: &str| Discrepancy {
            code,
            file: "plan.json".to_owned(),
            row: String::new(),
            column: key.to_owned(),
            printed: printed.to_owned(),
            expected: wanted.to_owned(),
        };
        let read = |key: &str| plan.pointer(&format!("/{key}")).map_or_else(String::new, printed::cell);
        let mut found = Vec::new();
        for (key, wanted) in expected {
            let printed = read(&key);
            // A gap is a ratio far below a thousandth: it is the one fraction held to every digit.
            let is_close = |a: f64, b: f64| (a - b).abs() <= 1e-12;
            let differs = match (key.as_str(), printed.parse(), wanted.parse()) {
                ("gap", Ok(a), Ok(b)) if is_close(a, b) => None,
                ("gap", ..) => Some(PrintedCode::Number),
                _ => printed::differ(&printed, &wanted),
            };
            found.extend(differs.map(|code| at(code, &key, &printed, &wanted)));
        }
        let is_proved = verified.is_some_and(|plan| plan.bound() == plan.terms().total());
        if read("status") == "optimal" && !is_proved {
            found.push(at(PrintedCode::Claim, "status", "optimal", "a certificate whose bound is the plan's cost"));
        }
        let meets = verified.is_some_and(VerifiedPlan::meets_every_rule);
        if read("meets_every_rule") != if meets { "yes" } else { "no" } {
            let wanted = if meets { "yes" } else { "no" };
            found.push(at(PrintedCode::Claim, "meets_every_rule", &read("meets_every_rule"), wanted));
        }
        for (name, hash) in inputs {
            let printed =
                plan.get("inputs").and_then(|inputs| inputs.get(name)).map_or_else(String::new, printed::cell);
            if !printed.is_empty() && printed != *hash {
                found.push(at(PrintedCode::Input, name, &printed, hash));
            }
        }
        found
    }
}

fn manager_id(roster: &Roster, manager: Option<ManagerIx>) -> String {
    manager.map_or_else(String::new, |manager| roster.manager(manager).id.to_string())
}

fn value<'r>(row: &'r Row, column: &str) -> &'r str {
    row.cells.iter().find(|(name, _)| *name == column).map_or("", |(_, cell)| cell)
}

/// A number of `Option`, blank when unknown.
fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn transfers(roster: &Roster, rules: &Rules, assignment: &[Option<ManagerIx>]) -> Vec<Row> {
    let prepared = Prepared::new(roster, rules);
    let mut rows: Vec<Row> = Vec::new();
    for (at, after) in assignment.iter().enumerate() {
        let (member, row) = (MemberIx::new(at), &roster.members()[at]);
        let Some(to) = after.filter(|to| row.manager != Some(*to)) else { continue };
        let arc = |manager: ManagerIx| cost::arc(&prepared, member, manager);
        let minutes = |manager: ManagerIx| {
            travel::one_way(roster, rules, member, manager).map(|trip| (trip.0 + 30).div_euclid(60))
        };
        let tenure = row.manager.and(row.assigned_on).map(|since| whole_months(since, rules.as_of));
        let delta = arc(to) - row.manager.map_or(Cost::ZERO, arc);
        rows.push(Row {
            key: row.id.to_string(),
            cells: vec![
                ("transfer_id", format!("T{:05}", rows.len() + 1)),
                ("from_manager_id", manager_id(roster, row.manager)),
                ("to_manager_id", manager_id(roster, Some(to))),
                ("need", row.need.word().to_owned()),
                ("tenure_months", text(tenure)),
                ("minutes_before", text(row.manager.and_then(minutes))),
                ("minutes_after", text(minutes(to))),
                ("cost_delta", delta.0.to_string()),
            ],
        });
    }
    rows
}

fn caseloads(roster: &Roster, rules: &Rules, assignment: &[Option<ManagerIx>], assessment: &Assessment) -> Vec<Row> {
    let mut held: Vec<Vec<MemberIx>> = vec![Vec::new(); roster.managers().len()];
    for (at, manager) in assignment.iter().enumerate() {
        if let Some(manager) = manager {
            held[manager.at()].push(MemberIx::new(at));
        }
    }
    let row = |manager: ManagerIx| {
        let members = &held[manager.at()];
        let present = roster.present_caseload(manager);
        let staying = present.iter().filter(|member| assignment[member.at()] == Some(manager)).count();
        let hours: f64 = members.iter().filter_map(|&member| roster.member(member).hours_per_year).sum();
        let driving: Cost = members.iter().map(|&member| travel::driving(roster, rules, member, manager)).sum();
        let cap = assessment.caps[manager.at()];
        let (before, after) = (present.len(), members.len());
        Row {
            key: manager_id(roster, Some(manager)),
            cells: vec![
                ("before", before.to_string()),
                ("after", after.to_string()),
                ("in", (after - staying).to_string()),
                ("out", (before - staying).to_string()),
                ("weighted_before", before.to_string()),
                ("weighted_after", after.to_string()),
                ("cap", cap.to_string()),
                ("headroom", (i64::from(cap) - after as i64).to_string()),
                ("hours", hours.to_string()),
                ("minutes_per_year", driving.rounded_minutes().to_string()),
                ("fte", (f64::from(roster.manager(manager).fte_thousandths) / 1000.0).to_string()),
            ],
        }
    };
    roster.manager_indices().map(row).collect()
}

fn compliance(assessment: &Assessment) -> Vec<Row> {
    let row = |outcome: &crate::verify::RuleOutcome| Row {
        key: format!("{}/{}", outcome.rule, outcome.scope),
        cells: vec![
            ("limit", outcome.limit.to_string()),
            ("before", outcome.before.to_string()),
            ("after", outcome.after.to_string()),
            ("met", if outcome.met { "yes" } else { "no" }.to_owned()),
            ("how", outcome.how.clone()),
            ("citation", outcome.citation.clone()),
            ("soft", if outcome.soft { "yes" } else { "no" }.to_owned()),
        ],
    };
    assessment.outcomes.iter().map(row).collect()
}

fn unplaced(roster: &Roster, assessment: &Assessment) -> Vec<Row> {
    let row = |unplaced: &crate::verify::Unplaced| {
        let reasons: Vec<String> =
            unplaced.ruled_out.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        Row { key: roster.member(unplaced.member).id.to_string(), cells: vec![("ruled_out", reasons.join("; "))] }
    };
    assessment.unplaced.iter().map(row).collect()
}
