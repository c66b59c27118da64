//! A sweep as a CSV table and as one page with a chart. Coordinates are computed here; words and markup stand in
//! `models/report/sweep.html.j2`. The scenarios come as plain rows: this room does not ask where they are from.

use std::path::Path;

use serde::Serialize;

use crate::output::folder::WriteError;
use crate::output::one_file;
use crate::output::page::{STYLE, filled};

const TEMPLATE: &str = include_str!("../../models/report/sweep.html.j2");
/// Chart, in SVG units.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const MARGIN: f64 = 60.0;

/// A scenario with a plan.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// `continuity 0.5, cap 45`.
    pub settings: String,
    /// Value by axis, as printed.
    pub values: Vec<String>,
    /// `optimal`, `feasible`, `infeasible` or `none found`.
    pub status: String,
    /// Is there a plan? Otherwise the measures mean nothing.
    pub found: bool,
    /// Members moved.
    pub moved: i64,
    /// Of them high-need.
    pub high_need_moved: i64,
    /// Driving, hours a year.
    pub driving_hours: i64,
    /// Loads above the target, hours a year.
    pub balance_hours: i64,
    /// Beaten by no other.
    pub pareto: bool,
}

#[derive(Serialize)]
struct Mark {
    x: f64,
    y: f64,
    r: f64,
    pareto: bool,
    settings: String,
}

#[derive(Serialize)]
struct Page<'a> {
    style: &'a str,
    width: f64,
    height: f64,
    margin: f64,
    axes: &'a [String],
    points: &'a [Point],
    marks: Vec<Mark>,
    moved: [i64; 2],
    driving: [i64; 2],
    balance: [i64; 2],
}

/// The table: a column for every axis, then the measures.
#[must_use]
pub fn csv(axes: &[String], points: &[Point]) -> String {
    let measures = ["status", "moved", "high_need_moved", "driving_hours", "balance_hours", "pareto"];
    let mut text = axes.iter().map(String::as_str).chain(measures).collect::<Vec<_>>().join(",") + "\n";
    for point in points {
        let mut cells = point.values.clone();
        let number = |value: i64| if point.found { value.to_string() } else { String::new() };
        cells.push(point.status.clone());
        cells.extend([point.moved, point.high_need_moved, point.driving_hours, point.balance_hours].map(number));
        cells.push(if point.pareto { "yes" } else { "no" }.to_owned());
        text += &(cells.join(",") + "\n");
    }
    text
}

/// The page: moves against driving, balance as the size of the mark, and the table of the same facts.
///
/// # Errors
/// When the template uses what is not there: a defect.
pub fn html(axes: &[String], points: &[Point]) -> Result<String, minijinja::Error> {
    let drawn: Vec<&Point> = points.iter().filter(|point| point.found).collect();
    let range = |of: fn(&Point) -> i64| {
        let values = || drawn.iter().map(|point| of(point));
        [values().min().unwrap_or(0), values().max().unwrap_or(0)]
    };
    let (moved, driving, balance) =
        (range(|point| point.moved), range(|point| point.driving_hours), range(|point| point.balance_hours));
    let share = |value: i64, [low, high]: [i64; 2]| {
        if high > low { (value - low) as f64 / (high - low) as f64 } else { 0.5 }
    };
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    let mark = |point: &&Point| Mark {
        x: tenth(MARGIN + share(point.moved, moved) * (WIDTH - 2.0 * MARGIN)),
        y: tenth(HEIGHT - MARGIN - share(point.driving_hours, driving) * (HEIGHT - 2.0 * MARGIN)),
        r: tenth(4.0 + 8.0 * share(point.balance_hours, balance)),
        pareto: point.pareto,
        settings: point.settings.clone(),
    };
    let marks = drawn.iter().map(mark).collect();
    let page = Page {
        style: STYLE,
        width: WIDTH,
        height: HEIGHT,
        margin: MARGIN,
        axes,
        points,
        marks,
        moved,
        driving,
        balance,
    };
    filled(&[("sweep.html", TEMPLATE)], page)
}

/// Writes a text whole or not at all.
///
/// # Errors
/// With the path.
pub fn save(path: &Path, text: &str) -> Result<(), WriteError> {
    one_file::replace(path, text.as_bytes())
}
