//! What a person reads on the terminal after `plan`: the verdict, what changed, the next command to run.

use crate::output::Published;
use crate::output::figures::{count, hours, measured};
use crate::plan::Status;
use crate::plan::needs::dates::cure;
use crate::units::Cost;

/// Tolerated breaches told at most.
const TOLERATED: usize = 8;

/// A short text for people; `plan_dir` and `roster_dir` are shown as given.
#[must_use]
pub fn summary(published: &Published<'_>, roster_dir: &str, plan_dir: &str) -> String {
    let plan = published.plan;
    let mut lines = vec![verdict(published)];
    for row in plan.verified.outcomes().iter().filter(|row| !row.met || row.before > 0.0 || row.limit > 0.0) {
        let word = match (row.met, row.soft) {
            (true, _) => "PASS",
            (false, true) => "SOFT",
            (false, false) => "FAIL",
        };
        let (limit, before, after) = (measured(row.limit), measured(row.before), measured(row.after));
        lines.push(format!("  {word}  {} ({}): {before} -> {after}, limit {limit}", row.rule, row.scope));
    }
    // What holds only because it is tolerated for a while is never just a PASS.
    let tolerated = plan.verified.tolerated();
    lines.extend(tolerated.iter().take(TOLERATED).map(|one| format!("  To be cured: {}", cure(one))));
    if tolerated.len() > TOLERATED {
        lines.push(format!("  ... and {} more to be cured (report.html lists all)", tolerated.len() - TOLERATED));
    }
    let drive = &plan.metrics.driving;
    lines.push(format!("  Driving a year: {} -> {}", hours(drive.before.total), hours(drive.after.total)));
    for kept in plan.metrics.kept.iter().filter(|kept| kept.years > 1 && kept.of > 0) {
        let (years, kept, of) = (kept.years, count(i64::from(kept.kept)), count(i64::from(kept.of)));
        lines.push(format!("  Relationships of {years} years and more kept: {kept} of {of}"));
    }
    lines.push(String::new());
    lines.push(format!(
        "Plan {} is in {plan_dir}. Open {plan_dir}/report.html, then check it yourself:",
        published.plan_id
    ));
    lines.push(format!("  caseload verify {plan_dir} {roster_dir}"));
    lines.join("\n")
}

fn verdict(published: &Published<'_>) -> String {
    let plan = published.plan;
    let unplaced = plan.verified.unplaced().len();
    let broken = plan.verified.outcomes().iter().filter(|row| !row.holds()).count();
    let words = &published.rules.program.words;
    let (all, who) = (&words.members, &words.case_manager);
    let rules = match (broken, unplaced) {
        (0, 0) => "The plan meets every rule.".to_owned(),
        (0, n) => format!("{} {all} could not be placed.", count(n as i64)),
        (n, 0) => format!("{n} of the rules are not met."),
        (n, m) => format!("{n} of the rules are not met, and {} {all} could not be placed.", count(m as i64)),
    };
    let moved = count(plan.moved() as i64);
    let members = count(published.roster.members().len() as i64);
    let first = match plan.first_assignments() {
        0 => String::new(),
        n => format!(", {} get their first", count(n as i64)),
    };
    format!("{rules} {moved} of {members} {all} change {who}{first}; {}.", proof(published))
}

/// What is proved about the plan, as half a sentence.
#[must_use]
pub fn proof(published: &Published<'_>) -> String {
    let verified = &published.plan.verified;
    let gap: Cost = verified.terms().total() - verified.bound();
    if gap == Cost::ZERO {
        return "proved optimal: no plan within the rules costs less".to_owned();
    }
    let stopped = if published.plan.report.status == Status::Limit { "a limit stopped the search; " } else { "" };
    let percent = verified.gap() * 100.0;
    format!("{stopped}no plan within the rules can cost more than {} a year less ({percent:.2} %)", hours(gap))
}
