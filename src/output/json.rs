//! `plan.json`, `certificate.json`, `timings.json` and the object that `plan --format json` prints. Ids only, and no
//! clock: the same plan gives the same bytes.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;

use crate::certificate::Certificate;
use crate::cost::Terms;
use crate::ids::ManagerIx;
use crate::output::Published;
use crate::output::folder::{Staged, WriteError};
use crate::plan::affected::{CountyFacts, Dimension, StaffShare};
use crate::plan::identity::sha256;
use crate::plan::metrics::Metrics;
use crate::plan::second_moves::SecondMove;
use crate::plan::{Plan, Status};
use crate::program::{LetterSettings, Program, Rules, Weights};
use crate::roster::Roster;
use crate::verify::RuleOutcome;

/// Raised when a field of `plan.json` changes its meaning; new fields do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// `plan.json`.
#[derive(Serialize)]
struct PlanFile<'a> {
    schema_version: u32,
    plan_id: &'a str,
    as_of: NaiveDate,
    effective_on: NaiveDate,
    status: Status,
    engine: &'a str,
    seed: u64,
    objective: Objective,
    bound: i64,
    gap: f64,
    meets_every_rule: bool,
    members: usize,
    managers: usize,
    moved: usize,
    first_assignments: usize,
    inputs: BTreeMap<&'a str, &'a str>,
    settings: SettingsUsed<'a>,
    rules: &'a [RuleOutcome],
    metrics: &'a Metrics,
    affected: &'a [Dimension],
    counties: &'a [CountyFacts],
    staff: Vec<StaffShare>,
    second_moves: &'a [SecondMove],
    caseloads: Vec<CaseloadRow<'a>>,
    transfers: Vec<TransferRow<'a>>,
    unplaced: Vec<UnplacedRow<'a>>,
    assignments: Vec<AssignmentRow<'a>>,
}

/// Seconds of staff time a year.
#[derive(Serialize)]
struct Objective {
    cost: i64,
    terms: BTreeMap<&'static str, i64>,
}

/// Settings as resolved: the program with the limits of `caseload.toml` in it.
#[derive(Serialize)]
struct SettingsUsed<'a> {
    program: &'a Program,
    program_sha256: String,
    weights: &'a Weights,
    allow_unserved: bool,
    letters: &'a LetterSettings,
}

#[derive(Serialize)]
struct CaseloadRow<'a> {
    manager_id: &'a str,
    before: u32,
    after: u32,
    r#in: u32,
    out: u32,
    cap: u32,
    headroom: i64,
    hours: f64,
    minutes_per_year: i64,
    fte: f64,
}

#[derive(Serialize)]
struct TransferRow<'a> {
    transfer_id: &'a str,
    member_id: &'a str,
    from_manager_id: Option<&'a str>,
    to_manager_id: &'a str,
    reason: &'static str,
    because: &'a str,
    need: &'static str,
    tenure_months: Option<u32>,
    minutes_before: Option<i64>,
    minutes_after: Option<i64>,
    cost_delta: i64,
    runner_up: Option<RunnerUpRow<'a>>,
    wave: Option<u32>,
    handoff_on: Option<NaiveDate>,
    handoff_method: Option<&'a str>,
    letter_id: Option<&'a str>,
}

#[derive(Serialize)]
struct RunnerUpRow<'a> {
    manager_id: &'a str,
    cost: i64,
    exact: bool,
}

#[derive(Serialize)]
struct UnplacedRow<'a> {
    member_id: &'a str,
    ruled_out: BTreeMap<&'a str, u32>,
}

#[derive(Serialize)]
struct AssignmentRow<'a> {
    member_id: &'a str,
    manager_id: Option<&'a str>,
}

/// `certificate.json`: the certificate with what it proves about this plan.
#[derive(Serialize)]
struct CertificateFile<'a> {
    schema_version: u32,
    plan_id: &'a str,
    cost: i64,
    bound: i64,
    #[serde(flatten)]
    certificate: &'a Certificate,
}

/// Seconds of wall clock by phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timings {
    /// Reading and checking the roster.
    pub read: f64,
    /// Building the model.
    pub model: f64,
    /// Solving.
    pub solve: f64,
    /// Verifying.
    pub verify: f64,
    /// Letters, tables, report.
    pub write: f64,
    /// The whole command.
    pub total: f64,
}

/// A rule in the summary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleSummary {
    /// The limit.
    pub limit: f64,
    /// At present; of several scopes, the greatest.
    pub before: f64,
    /// After; of several scopes, the greatest.
    pub after: f64,
    /// Met in every scope?
    pub met: bool,
}

/// What `plan --format json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// `optimal`, `feasible` or `limit`.
    pub status: Status,
    /// Which engine.
    pub engine: String,
    /// The plan's id.
    pub plan_id: String,
    /// Members of the roster.
    pub members: usize,
    /// Case managers of the roster.
    pub managers: usize,
    /// Members who change case manager.
    pub moved: usize,
    /// Members who get their first.
    pub first_assignments: usize,
    /// Members nobody may take.
    pub unplaced: usize,
    /// All terms together, seconds a year.
    pub cost: i64,
    /// Term by term, seconds a year.
    pub terms: BTreeMap<&'static str, i64>,
    /// No plan costs less, seconds a year.
    pub bound: i64,
    /// Relative; 0 proves the plan optimal.
    pub gap: f64,
    /// Rule by rule.
    pub rules: BTreeMap<String, RuleSummary>,
    /// Wall clock by phase.
    pub seconds: Timings,
    /// Greatest memory of the process.
    pub peak_rss_bytes: Option<u64>,
    /// Where the plan folder is.
    pub plan_dir: String,
}

impl Plan {
    /// The summary of a plan that was written to `plan_dir`.
    #[must_use]
    pub fn summary(
        &self,
        roster: &Roster,
        plan_id: &str,
        seconds: Timings,
        peak_rss_bytes: Option<u64>,
        plan_dir: &Path,
    ) -> Summary {
        let mut rules: BTreeMap<String, RuleSummary> = BTreeMap::new();
        for row in self.verified.outcomes() {
            let rule = rules.entry(row.rule.clone()).or_insert(RuleSummary {
                limit: row.limit,
                before: row.before,
                after: row.after,
                met: true,
            });
            rule.before = rule.before.max(row.before);
            rule.after = rule.after.max(row.after);
            rule.met &= row.met;
        }
        Summary {
            status: self.report.status,
            engine: self.report.engine.to_owned(),
            plan_id: plan_id.to_owned(),
            members: roster.members().len(),
            managers: roster.managers().len(),
            moved: self.moved(),
            first_assignments: self.first_assignments(),
            unplaced: self.verified.unplaced().len(),
            cost: self.verified.terms().total().0,
            terms: by_term(self.verified.terms()),
            bound: self.verified.bound().0,
            gap: self.verified.gap(),
            rules,
            seconds,
            peak_rss_bytes,
            plan_dir: plan_dir.display().to_string(),
        }
    }
}

/// Writes `plan.json` and `certificate.json`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(staged: &Staged, published: &Published<'_>) -> Result<(), WriteError> {
    let plan = published.plan;
    file(staged, "plan.json", &plan_file(published))?;
    let certificate = CertificateFile {
        schema_version: SCHEMA_VERSION,
        plan_id: published.plan_id,
        cost: plan.verified.terms().total().0,
        bound: plan.verified.bound().0,
        certificate: plan.verified.certificate(),
    };
    file(staged, "certificate.json", &certificate)
}

/// What `timings.json` holds: all that belongs to the run and not to the plan.
#[derive(Serialize)]
struct RunFile<'a> {
    #[serde(flatten)]
    timings: &'a Timings,
    /// Where the roster was, so that later questions find it.
    roster_dir: String,
}

/// Writes `timings.json`, the one file that is not the same twice.
///
/// # Errors
/// When it cannot be written.
pub fn write_timings(staged: &Staged, timings: &Timings, roster_dir: &Path) -> Result<(), WriteError> {
    let roster_dir = std::fs::canonicalize(roster_dir).unwrap_or_else(|_| roster_dir.to_owned());
    file(staged, "timings.json", &RunFile { timings, roster_dir: roster_dir.display().to_string() })
}

fn file<T: Serialize>(staged: &Staged, name: &str, value: &T) -> Result<(), WriteError> {
    let mut file = staged.create(name)?;
    let written = serde_json::to_writer_pretty(&mut file, value)
        .map_err(std::io::Error::from)
        .and_then(|()| file.write_all(b"\n"));
    match written {
        Ok(()) => file.finish(),
        Err(source) => Err(WriteError { path: file.shown().to_owned(), source }),
    }
}

fn by_term(terms: &Terms) -> BTreeMap<&'static str, i64> {
    terms.iter().map(|(term, cost)| (term.word(), cost.0)).collect()
}

fn plan_file<'a>(published: &Published<'a>) -> PlanFile<'a> {
    let Published { roster, rules, plan, plan_id, inputs, .. } = *published;
    let verified = &plan.verified;
    let id = |manager: ManagerIx| &*roster.manager(manager).id;
    PlanFile {
        schema_version: SCHEMA_VERSION,
        plan_id,
        as_of: rules.as_of,
        effective_on: rules.effective_on,
        status: plan.report.status,
        engine: plan.report.engine,
        seed: plan.report.seed,
        objective: Objective { cost: verified.terms().total().0, terms: by_term(verified.terms()) },
        bound: verified.bound().0,
        gap: verified.gap(),
        meets_every_rule: verified.meets_every_rule(),
        members: roster.members().len(),
        managers: roster.managers().len(),
        moved: plan.moved(),
        first_assignments: plan.first_assignments(),
        inputs: inputs.iter().map(|(name, hash)| (name.as_str(), hash.as_str())).collect(),
        settings: settings(rules),
        rules: verified.outcomes(),
        metrics: &plan.metrics,
        affected: &plan.affected,
        counties: &plan.counties,
        staff: crate::plan::affected::staff(roster, rules, plan),
        second_moves: &plan.second_moves,
        caseloads: caseload_rows(roster, plan),
        transfers: transfer_rows(roster, plan),
        unplaced: verified
            .unplaced()
            .iter()
            .map(|row| UnplacedRow {
                member_id: &roster.member(row.member).id,
                ruled_out: row.ruled_out.iter().map(|(reason, count)| (reason.as_str(), *count)).collect(),
            })
            .collect(),
        assignments: roster
            .members()
            .iter()
            .zip(verified.assignment())
            .map(|(member, manager)| AssignmentRow { member_id: &member.id, manager_id: manager.map(id) })
            .collect(),
    }
}

fn settings(rules: &Rules) -> SettingsUsed<'_> {
    SettingsUsed {
        program: &rules.program,
        program_sha256: sha256(rules.program_text.as_bytes()),
        weights: &rules.weights,
        allow_unserved: rules.allow_unserved,
        letters: &rules.letters,
    }
}

fn caseload_rows<'a>(roster: &'a Roster, plan: &'a Plan) -> Vec<CaseloadRow<'a>> {
    let row = |row: &'a crate::plan::Caseload| CaseloadRow {
        manager_id: &roster.manager(row.manager).id,
        before: row.before,
        after: row.after,
        r#in: row.taken,
        out: row.given,
        cap: row.cap,
        headroom: row.headroom(),
        hours: row.hours,
        minutes_per_year: row.minutes_per_year,
        fte: f64::from(row.fte_thousandths) / 1000.0,
    };
    plan.caseloads.iter().map(row).collect()
}

fn transfer_rows<'a>(roster: &'a Roster, plan: &'a Plan) -> Vec<TransferRow<'a>> {
    let id = |manager: ManagerIx| &*roster.manager(manager).id;
    let row = |row: &'a crate::plan::Transfer| TransferRow {
        transfer_id: &row.id,
        member_id: &roster.member(row.member).id,
        from_manager_id: row.from.map(id),
        to_manager_id: id(row.to),
        reason: row.reason.word(),
        because: &row.because,
        need: row.need.word(),
        tenure_months: row.tenure_months,
        minutes_before: row.minutes_before,
        minutes_after: row.minutes_after,
        cost_delta: row.cost_delta.0,
        runner_up: row.runner_up.map(|other| RunnerUpRow {
            manager_id: id(other.manager),
            cost: other.extra.0,
            exact: other.exact,
        }),
        wave: row.wave,
        handoff_on: row.handoff_on,
        handoff_method: row.handoff_method.as_deref(),
        letter_id: row.letter_id.as_deref(),
    };
    plan.transfers.iter().map(row).collect()
}
