//! Coordinates of the hiring curve: cost and bound over the number of hires, and moves below. No markup and no colour.

use serde::Serialize;

use crate::output::html::charts::Line;
use crate::whatif::hiring::{Curve, Standing};

const LEFT: f64 = 64.0;
const RIGHT: f64 = 912.0;
const TOP: f64 = 18.0;
const MIDDLE: f64 = 230.0;
const BARS: f64 = 264.0;
const BOTTOM: f64 = 380.0;
const SECONDS_AN_HOUR: f64 = 3600.0;

/// The chart.
#[derive(Clone, Debug, Serialize)]
pub struct CurveChart {
    /// One for each number of hires.
    pub points: Vec<Mark>,
    /// The line through the costs, as `x,y` pairs.
    pub cost_line: String,
    /// The line through the bounds.
    pub bound_line: String,
    /// Horizontal lines of the upper part, in hours.
    pub grid: Vec<Line>,
    /// Horizontal lines of the lower part, in members.
    pub bar_grid: Vec<Line>,
    /// Where the first number that meets every rule stands.
    pub first_feasible: Option<f64>,
    /// Where the knee stands.
    pub knee: Option<f64>,
    /// Width of a bar.
    pub bar: f64,
    /// Left end.
    pub left: f64,
    /// Right end.
    pub right: f64,
    /// Top.
    pub top: f64,
    /// Bottom of the upper part.
    pub middle: f64,
    /// Bottom.
    pub bottom: f64,
}

/// One number of hires.
#[derive(Clone, Debug, Serialize)]
pub struct Mark {
    /// Hires.
    pub hires: u32,
    /// Across.
    pub x: f64,
    /// Down, of the cost; none without a plan.
    pub y: Option<f64>,
    /// Top of the bar of moves.
    pub bar_top: f64,
    /// Its height.
    pub bar_height: f64,
    /// Does it meet every rule?
    pub met: bool,
}

/// Computes it; `None` when fewer than two numbers have a plan.
#[must_use]
pub fn chart(curve: &Curve) -> Option<CurveChart> {
    let hours = |seconds: i64| seconds as f64 / SECONDS_AN_HOUR;
    let plans: Vec<_> =
        curve.points.iter().filter_map(|point| point.figures.as_ref().map(|figures| (point, figures))).collect();
    if plans.len() < 2 {
        return None;
    }
    let costs = plans.iter().map(|(point, figures)| (hours(figures.cost.0), hours(point.bound.0)));
    let (low, high) = costs.fold((f64::MAX, f64::MIN), |(low, high), (cost, bound)| (low.min(bound), high.max(cost)));
    let step = round_step((high - low) / 4.0);
    let (floor, ceiling) = ((low / step).floor() * step, (high / step).ceil() * step);
    let most = plans.iter().map(|(_, figures)| figures.moved).max().unwrap_or(0).max(1);
    let last = f64::from(curve.points.last().map_or(0, |point| point.hires)).max(1.0);
    let gap = (RIGHT - LEFT) / (last + 1.0);
    let x = |hires: u32| tenths(LEFT + gap * (f64::from(hires) + 0.5));
    let y = |hours: f64| tenths(MIDDLE - (MIDDLE - TOP) * (hours - floor) / (ceiling - floor).max(1e-9));
    let height = |moved: u32| tenths((BOTTOM - BARS) * f64::from(moved) / f64::from(most));
    let mark = |point: &crate::whatif::hiring::Point| {
        let moved = point.figures.as_ref().map_or(0, |figures| figures.moved);
        Mark {
            hires: point.hires,
            x: x(point.hires),
            y: point.figures.as_ref().map(|figures| y(hours(figures.cost.0))),
            bar_top: tenths(BOTTOM - height(moved)),
            bar_height: height(moved),
            met: point.standing == Standing::Met,
        }
    };
    let line = |of: &dyn Fn(usize) -> f64| {
        let pairs = plans.iter().enumerate().map(|(at, (point, _))| format!("{},{}", x(point.hires), y(of(at))));
        pairs.collect::<Vec<_>>().join(" ")
    };
    let lines = ((ceiling - floor) / step).round() as u32;
    let grid = |at: u32| {
        let value = floor + step * f64::from(at);
        Line { value: value.max(0.0) as u32, at: y(value) }
    };
    let every = (most / 2).max(1);
    Some(CurveChart {
        points: curve.points.iter().map(mark).collect(),
        cost_line: line(&|at| hours(plans[at].1.cost.0)),
        bound_line: line(&|at| hours(plans[at].0.bound.0)),
        grid: (0..=lines).map(grid).collect(),
        bar_grid: (0..=most)
            .step_by(every as usize)
            .map(|value| Line { value, at: tenths(BOTTOM - height(value)) })
            .collect(),
        first_feasible: curve.first_feasible.map(x),
        knee: curve.knee.map(x),
        bar: tenths(gap * 0.6),
        left: LEFT,
        right: RIGHT,
        top: TOP,
        middle: MIDDLE,
        bottom: BOTTOM,
    })
}

/// 1, 2 or 5 times a power of ten, at least one hour.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.max(1.0).log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= step).unwrap_or(10.0);
    (times * power).max(1.0)
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
