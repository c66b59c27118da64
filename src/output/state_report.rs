//! `state-report.pdf`: the sheet `State report` on paper. Ids only, no name.

use chrono::Datelike;
use serde_json::{Value, json};

use crate::letters::state_report::pdf;
use crate::output::Published;
use crate::output::figures::measured;
use crate::output::folder::{Staged, WriteError};
use crate::output::xlsx::state_report::{Figure, parts};
use crate::output::xlsx::words::Words;
use crate::program::capitalized;
use crate::program::rules::whole_months;

/// The file's name.
pub const FILE: &str = "state-report.pdf";
/// Workers printed; the workbook has all.
const MOST_WORKERS: usize = 3_000;

/// Writes it.
///
/// # Errors
/// When it cannot be set or written.
pub fn write(staged: &Staged, published: &Published<'_>) -> Result<(), WriteError> {
    let data = data(published).map_err(|error| staged.broken(FILE, error))?;
    let bytes = pdf(data.to_string(), published.plan_id).map_err(|error| staged.broken(FILE, error.to_string()))?;
    staged.write(FILE, &bytes)
}

fn data(published: &Published<'_>) -> Result<Value, String> {
    let (roster, rules) = (published.roster, published.rules);
    let own = &rules.program.words;
    let words = Words::of(&rules.program.words).map_err(|error| error.to_string())?;
    let say = |key: &str| words.plain(key).map_err(|error| error.to_string());
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), measured);
    let row = |figure: &Figure| {
        json!({
            "label": figure.label, "before": number(figure.before), "after": number(figure.after), "how": figure.how,
        })
    };
    let parts: Vec<Value> = parts(published, &words)
        .map_err(|error| error.to_string())?
        .iter()
        .map(|part| {
            json!({
                "title": part.title,
                "definition": part.definition,
                "figures": part.figures.iter().map(row).collect::<Vec<_>>(),
            })
        })
        .collect();
    let caseloads = &published.plan.caseloads;
    let workers: Vec<[String; 6]> = caseloads
        .iter()
        .take(MOST_WORKERS)
        .map(|one| {
            let manager = roster.manager(one.manager);
            let months = manager.manager_since.map(|since| whole_months(since, rules.as_of).to_string());
            [
                manager.id.to_string(),
                one.before.to_string(),
                one.after.to_string(),
                one.cap.to_string(),
                measured(f64::from(one.fte_thousandths) / 1000.0),
                months.unwrap_or_else(|| "-".to_owned()),
            ]
        })
        .collect();
    Ok(json!({
        "title": say("state.title")?,
        "program": rules.program.title,
        "days": format!("Data as of {}. After = on {}, when the plan takes effect.", rules.as_of, rules.effective_on),
        "plan_id": published.plan_id,
        "date": { "year": rules.as_of.year(), "month": rules.as_of.month(), "day": rules.as_of.day() },
        "parts": parts,
        "workers": {
            "title": own.speak(&say("state.workers")?),
            "definition": own.speak(&say("state.workers_how")?),
            "months": capitalized(&format!("{} for months", own.case_manager)),
            "rows": workers,
            "more": caseloads.len().saturating_sub(MOST_WORKERS),
        },
    }))
}
