//! `simulate.html`: what was found on one page. Coordinates are computed here; words, markup and colours stand in
//! `models/report/simulate.html.j2`.

use serde::Serialize;

use crate::output::figures::count;
use crate::output::html::charts::Line;
use crate::output::page::{STYLE, filled};
use crate::output::simulation::{Simulated, heads, rows, sentences};
use crate::program::Rules;
use crate::whatif::simulate::{Estimate, MonthSummary, Outcome};

const TEMPLATE: &str = include_str!("../../../models/report/simulate.html.j2");

const WIDTH: f64 = 920.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 912.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 296.0;
/// Standard errors that a stroke reaches up and down: about 95 % of such intervals hold the true share.
const ERRORS: f64 = 2.0;
/// Months that get a label at most.
const LABELS: usize = 13;

#[derive(Serialize)]
struct Page<'a> {
    style: &'a str,
    program: &'a str,
    as_of: String,
    runs: String,
    months: u32,
    seed: u64,
    starts_from: &'a str,
    verdict: String,
    /// Broken in more runs than are accepted, or in more than half where no level was asked for.
    is_likely: bool,
    sentences: Vec<String>,
    heads: Vec<String>,
    rows: Vec<[String; 9]>,
    chart: Chart,
}

/// Shares of runs by month.
#[derive(Serialize)]
struct Chart {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    bottom: f64,
    grid: Vec<Line>,
    ticks: Vec<Tick>,
    lines: Vec<Shares>,
}

#[derive(Serialize)]
struct Tick {
    x: f64,
    month: String,
}

/// One share, month by month.
#[derive(Serialize)]
struct Shares {
    number: usize,
    path: String,
    marks: Vec<Mark>,
}

#[derive(Serialize)]
struct Mark {
    x: f64,
    high: f64,
    low: f64,
}

/// The page.
///
/// # Errors
/// When the template uses what is not there: a defect.
pub fn html(found: &Simulated, rules: &Rules) -> Result<String, minijinja::Error> {
    let words = &rules.program.words;
    let mut sentences = sentences(found, words);
    let verdict = sentences.remove(0);
    let page = Page {
        style: STYLE,
        program: &rules.program.title,
        as_of: rules.as_of.to_string(),
        runs: count(found.runs.into()),
        months: found.months,
        seed: found.seed,
        starts_from: found.starts_from,
        verdict,
        is_likely: found.outcome.risk.probability > found.level.unwrap_or(0.5),
        sentences,
        heads: heads(words),
        rows: rows(&found.outcome),
        chart: chart(&found.outcome),
    };
    filled(&[("simulate.html", TEMPLATE)], page)
}

fn chart(outcome: &Outcome) -> Chart {
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    let months = &outcome.months;
    let gap = (RIGHT - LEFT) / months.len().max(1) as f64;
    let x = |at: usize| tenths(LEFT + gap * (at as f64 + 0.5));
    let y = |share: f64| tenths(BOTTOM - share.clamp(0.0, 1.0) * (BOTTOM - TOP));
    let shares: [fn(&MonthSummary) -> Estimate; 3] =
        [|month| month.cap_broken, |month| month.average_broken, |month| month.broken_so_far];
    let line = |(number, of): (usize, fn(&MonthSummary) -> Estimate)| {
        let all = months.iter().map(of).enumerate();
        let path: Vec<String> = all.clone().map(|(at, share)| format!("{},{}", x(at), y(share.probability))).collect();
        let mark = |(at, share): (usize, Estimate)| Mark {
            x: x(at),
            high: y(share.probability + ERRORS * share.standard_error),
            low: y(share.probability - ERRORS * share.standard_error),
        };
        Shares { number, path: path.join(" "), marks: all.map(mark).collect() }
    };
    let every = months.len().div_ceil(LABELS).max(1);
    let tick = |(at, month): (usize, &MonthSummary)| Tick { x: x(at), month: month.begins.format("%Y-%m").to_string() };
    Chart {
        width: WIDTH,
        height: HEIGHT,
        left: LEFT,
        right: RIGHT,
        bottom: BOTTOM,
        grid: [0, 25, 50, 75, 100]
            .map(|percent: u32| Line { at: y(f64::from(percent) / 100.0), value: percent })
            .into(),
        ticks: months.iter().enumerate().step_by(every).map(tick).collect(),
        lines: shares.into_iter().enumerate().map(line).collect(),
    }
}
