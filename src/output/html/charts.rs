//! Coordinates of the charts of caseloads, in the units of their own drawing. No markup and no colour.

use serde::Serialize;

use crate::plan::Caseload;
use crate::roster::Roster;

/// Lines drawn across the charts.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The cap.
    pub cap: Option<u32>,
    /// The limit of the average.
    pub average: Option<u32>,
}

/// A case manager drawn at most; of more, an even sample is drawn and the caption says so.
const MOST_ARROWS: usize = 400;
const LEFT: f64 = 36.0;
const RIGHT: f64 = 928.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 300.0;

/// Load before -> after of every case manager, the greatest load before first.
#[derive(Clone, Debug, Serialize)]
pub struct Arrows {
    /// One for each case manager drawn.
    pub arrows: Vec<Arrow>,
    /// Case managers in all.
    pub of: usize,
    /// Case managers drawn.
    pub drawn: usize,
    /// Width of an arrow's stroke.
    pub stroke: f64,
    /// Radius of the dot before.
    pub dot: f64,
    /// Horizontal lines with their labels.
    pub grid: Vec<Line>,
    /// The cap's line.
    pub cap: Option<Line>,
    /// The average's line.
    pub average: Option<Line>,
    /// Left end of the lines.
    pub left: f64,
    /// Right end.
    pub right: f64,
    /// Bottom of the plot.
    pub bottom: f64,
    /// Case managers who go down, up, and stay as they are.
    pub down: usize,
    /// See `down`.
    pub up: usize,
    /// See `down`.
    pub same: usize,
}

/// One case manager.
#[derive(Clone, Debug, Serialize)]
pub struct Arrow {
    /// Whose.
    pub manager: String,
    /// Members before.
    pub before: u32,
    /// Members after.
    pub after: u32,
    /// Across.
    pub x: f64,
    /// Down, of the load before.
    pub from: f64,
    /// Down, of the load after.
    pub to: f64,
    /// Three corners of the arrow's head; empty when the load stays.
    pub head: String,
    /// `up`, `down` or `same`.
    pub way: &'static str,
}

/// A line at a value.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The value.
    pub value: u32,
    /// Where.
    pub at: f64,
}

/// One decimal is enough for a drawing, and keeps the bytes the same everywhere.
#[must_use]
pub fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The chart of arrows.
#[must_use]
pub fn arrows(roster: &Roster, caseloads: &[Caseload], limits: Limits) -> Arrows {
    let mut sorted: Vec<&Caseload> = caseloads.iter().filter(|row| row.before + row.after > 0).collect();
    sorted.sort_by_key(|row| (std::cmp::Reverse(row.before), row.manager));
    let every = sorted.len().div_ceil(MOST_ARROWS).max(1);
    let drawn: Vec<&Caseload> = sorted.iter().step_by(every).copied().collect();
    let greatest = caseloads.iter().map(|row| row.before.max(row.after)).chain(limits.cap).max().unwrap_or(0);
    let top = (greatest + 10) / 10 * 10;
    let y = |value: u32| tenths(BOTTOM - (BOTTOM - TOP) * f64::from(value) / f64::from(top.max(1)));
    let step = (RIGHT - LEFT) / drawn.len().max(1) as f64;
    let half = tenths((step * 0.42).clamp(0.8, 4.0));
    let arrow = |(at, row): (usize, &&Caseload)| {
        let x = tenths(LEFT + step * (at as f64 + 0.5));
        let (from, to) = (y(row.before), y(row.after));
        let way = match row.after.cmp(&row.before) {
            std::cmp::Ordering::Less => "down",
            std::cmp::Ordering::Equal => "same",
            std::cmp::Ordering::Greater => "up",
        };
        let back = if way == "down" { -half * 1.6 } else { half * 1.6 };
        let (l, r, base) = (tenths(x - half), tenths(x + half), tenths(to + back));
        let head = if way == "same" { String::new() } else { format!("{x},{to} {l},{base} {r},{base}") };
        let manager = roster.manager(row.manager).id.to_string();
        Arrow { manager, before: row.before, after: row.after, x, from, to, head, way }
    };
    let line = |value: u32| Line { value, at: y(value) };
    let count = |way: std::cmp::Ordering| sorted.iter().filter(|row| row.after.cmp(&row.before) == way).count();
    Arrows {
        arrows: drawn.iter().enumerate().map(arrow).collect(),
        of: sorted.len(),
        drawn: drawn.len(),
        stroke: tenths((step * 0.22).clamp(0.6, 1.8)),
        dot: tenths((step * 0.3).clamp(0.8, 2.6)),
        grid: (0..=top).step_by(20).map(line).collect(),
        cap: limits.cap.map(line),
        average: limits.average.map(line),
        left: LEFT,
        right: RIGHT,
        bottom: BOTTOM,
        down: count(std::cmp::Ordering::Less),
        up: count(std::cmp::Ordering::Greater),
        same: count(std::cmp::Ordering::Equal),
    }
}

/// Case managers by load, before and after.
#[derive(Clone, Debug, Serialize)]
pub struct Histogram {
    /// Bars by bin.
    pub bins: Vec<Bin>,
    /// Width of one bar.
    pub bar: f64,
    /// Horizontal lines.
    pub grid: Vec<Line>,
    /// The cap's line (across).
    pub cap: Option<Line>,
    /// The average's line (across).
    pub average: Option<Line>,
    /// Left end.
    pub left: f64,
    /// Right end.
    pub right: f64,
    /// Top of the plot.
    pub top: f64,
    /// Bottom of the plot.
    pub bottom: f64,
}

/// Loads from `first` to `last`.
#[derive(Clone, Debug, Serialize)]
pub struct Bin {
    /// Least load of the bin.
    pub first: u32,
    /// Greatest load of the bin.
    pub last: u32,
    /// Case managers before.
    pub before: u32,
    /// Case managers after.
    pub after: u32,
    /// Left edge of the first bar.
    pub x: f64,
    /// Left edge of the second bar.
    pub x_after: f64,
    /// Middle of the bin.
    pub middle: f64,
    /// Top of the first bar.
    pub y_before: f64,
    /// Its height.
    pub h_before: f64,
    /// Top of the second bar.
    pub y_after: f64,
    /// Its height.
    pub h_after: f64,
}

/// Members in a bin of the histogram.
const BIN: u32 = 5;
const FLOOR: f64 = 220.0;
/// Room above the bars for the names of the lines.
const HEADROOM: f64 = 22.0;

/// The histogram. A bin holds the loads (0), 1-5, 6-10 ... so that a limit divisible by five ends a bin.
#[must_use]
pub fn histogram(caseloads: &[Caseload], limits: Limits) -> Histogram {
    let bin_of = |load: u32| load.div_ceil(BIN) as usize;
    let greatest = caseloads.iter().map(|row| row.before.max(row.after)).chain(limits.cap).max().unwrap_or(0);
    let mut counts = vec![(0_u32, 0_u32); bin_of(greatest) + 2];
    for row in caseloads {
        counts[bin_of(row.before)].0 += 1;
        counts[bin_of(row.after)].1 += 1;
    }
    let most = counts.iter().map(|(before, after)| *before.max(after)).max().unwrap_or(0).max(1);
    let step = (RIGHT - LEFT) / counts.len() as f64;
    let bar = tenths(step * 0.38);
    let height = |value: u32| tenths((FLOOR - TOP - HEADROOM) * f64::from(value) / f64::from(most));
    let bin = |(at, &(before, after)): (usize, &(u32, u32))| {
        let x = LEFT + step * at as f64;
        let last = at as u32 * BIN;
        Bin {
            first: if at == 0 { 0 } else { last - BIN + 1 },
            last,
            before,
            after,
            x: tenths(x + step * 0.11),
            x_after: tenths(x + step * 0.51),
            middle: tenths(x + step / 2.0),
            y_before: tenths(FLOOR - height(before)),
            h_before: height(before),
            y_after: tenths(FLOOR - height(after)),
            h_after: height(after),
        }
    };
    // A limit stands at the right edge of the bin it ends.
    let across =
        |value: u32| Line { value, at: tenths(LEFT + step * (1.0 + f64::from(value) / f64::from(BIN))) };
    let every = (most / 4).max(1);
    Histogram {
        bins: counts.iter().enumerate().map(bin).collect(),
        bar,
        grid: (0..=most)
            .step_by(every as usize)
            .map(|value| Line { value, at: tenths(FLOOR - height(value)) })
            .collect(),
        cap: limits.cap.map(across),
        average: limits.average.map(across),
        left: LEFT,
        right: RIGHT,
        top: TOP,
        bottom: FLOOR,
    }
}
