//! A plan folder as commands read it: its texts, and what `plan.json` says about the run that made it.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::Value;

use crate::cli::Failure;
use crate::cli::input::Input;
use crate::plan::{Plan, RunnerUp, SolveReport, Status};
use crate::program::settings::Overrides;
use crate::roster::Roster;
use crate::solve::portfolio;
use crate::units::Cost;
use crate::verify::VerifiedPlan;
use crate::verify::folder::{Files, judge_folder};
use crate::verify::printed::csv_rows;

/// The texts of a plan folder.
pub struct PlanFolder {
    plan: String,
    assignments: String,
    transfers: String,
    caseloads: String,
    compliance: String,
    unplaced: String,
    certificate: String,
    /// `plan.json`, null when it is not JSON: the judge then says so.
    value: Value,
}

impl PlanFolder {
    /// Reads the folder.
    ///
    /// # Errors
    /// When one of its files cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|source| Failure::file(&path, source))
        };
        let plan = text("plan.json")?;
        Ok(Self {
            value: serde_json::from_str(&plan).unwrap_or_default(),
            plan,
            assignments: text("assignments.csv")?,
            transfers: text("transfers.csv")?,
            caseloads: text("caseloads.csv")?,
            compliance: text("compliance.csv")?,
            unplaced: text("unplaced.csv")?,
            certificate: text("certificate.json")?,
        })
    }

    /// For the judge.
    #[must_use]
    pub fn files(&self) -> Files<'_> {
        Files {
            plan: &self.plan,
            assignments: &self.assignments,
            transfers: &self.transfers,
            caseloads: &self.caseloads,
            compliance: &self.compliance,
            unplaced: &self.unplaced,
            certificate: &self.certificate,
        }
    }

    /// A text of `plan.json` by its JSON pointer.
    #[must_use]
    pub fn word(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }

    /// A day the plan was made for: `/as_of`, `/effective_on`.
    #[must_use]
    pub fn day(&self, pointer: &str) -> Option<NaiveDate> {
        self.word(pointer)?.parse().ok()
    }

    /// A yes or no of `plan.json`; no when it says nothing.
    #[must_use]
    pub fn is(&self, pointer: &str) -> bool {
        self.value.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Notes letters' ids and week, day and method of the handoffs, as `transfers.csv` says them, in a plan that was
    /// judged anew.
    pub fn note_schedule(&self, plan: &mut Plan) {
        for (row, transfer) in csv_rows(&self.transfers).unwrap_or_default().iter().zip(&mut plan.transfers) {
            let said = |column: &str| row.get(column).filter(|cell| !cell.is_empty());
            if said("transfer_id") != Some(&transfer.id) {
                continue;
            }
            transfer.wave = said("wave").and_then(|wave| wave.parse().ok());
            transfer.handoff_on = said("handoff_on").and_then(|day| day.parse().ok());
            transfer.handoff_method = said("handoff_method").cloned();
            transfer.letter_id = said("letter_id").cloned();
        }
    }

    /// How the search went that made the plan, as `plan.json` says: for writing the plan's files once more.
    #[must_use]
    pub fn report(&self, roster: &Roster) -> SolveReport {
        let status = match self.word("/status") {
            Some("optimal") => Status::Optimal,
            Some("limit") => Status::Limit,
            _ => Status::Feasible,
        };
        let said = self.word("/engine").unwrap_or_default();
        let engine = portfolio::names().into_iter().find(|name| *name == said).unwrap_or_default();
        let seed = self.value.get("seed").and_then(Value::as_u64).unwrap_or_default();
        let mut runner_ups = vec![None; roster.members().len()];
        for row in self.value.get("transfers").and_then(Value::as_array).into_iter().flatten() {
            let word = |pointer| row.pointer(pointer).and_then(Value::as_str);
            let member = word("/member_id").and_then(|id| roster.find_member(id));
            let manager = word("/runner_up/manager_id").and_then(|id| roster.find_manager(id));
            let extra = row.pointer("/runner_up/cost").and_then(Value::as_i64);
            let exact = row.pointer("/runner_up/exact").and_then(Value::as_bool);
            if let (Some(member), Some(manager), Some(extra), Some(exact)) = (member, manager, extra, exact) {
                runner_ups[member.at()] = Some(RunnerUp { manager, extra: Cost(extra), exact });
            }
        }
        SolveReport { status, engine, seed, runner_ups }
    }

    /// The days, the unserved and the organization the plan was made with.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        Overrides {
            program: None,
            as_of: self.day("/as_of"),
            effective_on: self.day("/effective_on"),
            allow_unserved: self.is("/settings/allow_unserved"),
            organization: self.word("/settings/letters/organization").map(str::to_owned),
        }
    }

    /// The roster the plan was made from: as `timings.json` says, else the folder that has this one under `plans/`.
    #[must_use]
    pub fn roster_dir(&self, plan_dir: &Path) -> Option<PathBuf> {
        let said = fs::read_to_string(plan_dir.join("timings.json")).ok();
        let said = said.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let said = said.as_ref().and_then(|value| value.get("roster_dir")?.as_str()).map(PathBuf::from);
        let absolute = fs::canonicalize(plan_dir).ok();
        let plans = absolute.as_deref().and_then(Path::parent).filter(|plans| plans.ends_with("plans"));
        said.into_iter().chain(plans.and_then(Path::parent).map(Path::to_owned)).find(|folder| folder.is_dir())
    }

    /// Names and SHA-256 of the roster's files as they were when the plan was made.
    #[must_use]
    pub fn inputs(&self) -> Vec<(String, String)> {
        let inputs = self.value.get("inputs").and_then(Value::as_object);
        let rows = inputs.into_iter().flatten();
        rows.filter_map(|(name, hash)| Some((name.clone(), hash.as_str()?.to_owned()))).collect()
    }
}

/// The plan of a folder, judged anew against its roster.
///
/// # Errors
/// It does not hold: the first findings.
pub fn judged(input: &Input, folder: &PlanFolder, plan_dir: &Path, roster_dir: &Path) -> Result<VerifiedPlan, Failure> {
    let verdict = judge_folder(&input.roster, &input.settings.rules, &input.hashes, &folder.files());
    let mut findings: Vec<String> =
        verdict.violations.iter().map(|found| format!("{} {}", found.code.code(), found.detail)).collect();
    findings.extend(verdict.discrepancies.iter().map(ToString::to_string));
    match verdict.plan.filter(|_| findings.is_empty()) {
        Some(plan) => Ok(plan),
        None => Err(Failure::Usage(format!(
            "{} does not verify against {}: {}\n`caseload verify {0} {1}` lists all; plan again, or undo the change",
            plan_dir.display(),
            roster_dir.display(),
            findings.first().map_or("", String::as_str)
        ))),
    }
}
