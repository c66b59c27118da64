//! The hiring curve for people and programs: sentences, `hire.csv`, `hire.json`, and `hire.html`, one page that opens
//! offline. Ids only, never names.

mod sentences;

use serde::Serialize;

use crate::output::csv::{cell, table};
use crate::output::figures::{count, decimal, hours};
use crate::output::folder::{Staged, WriteError};
use crate::output::html::curve::{CurveChart, chart};
use crate::output::page::{self, STYLE};
use crate::plan::metrics::Averages;
use crate::program::{Denominator, Rules, Words};
use crate::whatif::hiring::{Curve, Figures, Point, Standing};

pub use sentences::sentences;

/// The file by which a folder of this command is recognized.
pub const MARKER: &str = "hire.json";

const TEMPLATE: &str = include_str!("../../models/report/hire.html.j2");
/// The part that the report has too.
pub(super) const SECTION: &str = include_str!("../../models/report/hiring.html.j2");

/// The heads of [`rows`].
pub const HEADS: [&str; 14] = [
    "hires",
    "where",
    "rules",
    "moved",
    "high-need",
    "kept 1/3/5 y",
    "driving",
    "worst",
    "max load",
    "average",
    "staff time",
    "gap",
    "a year",
    "from",
];

/// The curve as cells, a row for each number of hires: the table of terminal and page.
#[must_use]
pub fn rows(curve: &Curve, rules: &Rules) -> Vec<[String; 14]> {
    curve.points.iter().map(|point| row(point, rules)).collect()
}

fn row(point: &Point, rules: &Rules) -> [String; 14] {
    let standing = match point.standing {
        Standing::Met => "met".to_owned(),
        Standing::Unmet => "unmet".to_owned(),
        Standing::Infeasible if point.short > 0 => format!("{} short", count(point.short.into())),
        Standing::Infeasible => "no plan".to_owned(),
    };
    let figures = point.figures.as_ref();
    let of = |words: &dyn Fn(&Figures) -> String| figures.map_or_else(|| "–".to_owned(), words);
    let kept = |figures: &Figures| figures.kept.map(|kept| count(kept.kept.into())).join(" / ");
    let average = |figures: &Figures| {
        average(&figures.loads.averages, rules).map_or_else(|| "–".to_owned(), |average| decimal(average, 2))
    };
    [
        point.hires.to_string(),
        places(point),
        standing,
        of(&|figures| count(figures.moved.into())),
        of(&|figures| count(figures.high_need_moved.into())),
        of(&kept),
        of(&|figures| hours(figures.driving)),
        of(&|figures| figures.worst_minutes.map_or_else(|| "–".to_owned(), |minutes| format!("{minutes} min"))),
        of(&|figures| figures.loads.max.to_string()),
        of(&average),
        of(&|figures| hours(figures.cost)),
        figures.map_or_else(|| "–".to_owned(), |_| percent(point.gap)),
        point.annual_cost.filter(|_| point.hires > 0).map_or_else(|| "–".to_owned(), money),
        point.compliant_on.map_or_else(|| "–".to_owned(), |day| day.to_string()),
    ]
}

/// The average that the program judges over the whole roster; heads when it judges none.
#[must_use]
pub fn average(averages: &Averages, rules: &Rules) -> Option<f64> {
    let judged = rules.program.averages.first().map_or(Denominator::Headcount, |average| average.denominator);
    averages.of(judged)
}

/// `Polk, IA (2), Linn, IA`; `–` when nobody is hired.
#[must_use]
pub fn places(point: &Point) -> String {
    if point.sites.is_empty() {
        return "–".to_owned();
    }
    let word = |site: &crate::whatif::hiring::Opening| {
        let is_county = site.id.len() == 5 && site.id.bytes().all(|byte| byte.is_ascii_digit());
        let name =
            if is_county || site.name == site.id { site.name.clone() } else { format!("{} {}", site.id, site.name) };
        if site.hires == 1 { name } else { format!("{name} x{}", site.hires) }
    };
    point.sites.iter().map(word).collect::<Vec<_>>().join("; ")
}

/// `0.34 %`; `proven` for nothing.
fn percent(gap: f64) -> String {
    if gap == 0.0 { "proven".to_owned() } else { format!("{} %", decimal((gap * 10_000.0).ceil() / 100.0, 2)) }
}

/// Whole units of the currency.
fn money(hundredths: i64) -> String {
    count((hundredths + 50).div_euclid(100))
}

/// Writes the folder's three files.
///
/// # Errors
/// When a file cannot be written.
pub fn write(staged: &Staged, curve: &Curve, rules: &Rules) -> Result<(), WriteError> {
    staged.write_json(MARKER, &answer(curve, &rules.program.words))?;
    table(staged, "hire.csv", |out| {
        out.write_record(COLUMNS)?;
        curve.points.iter().try_for_each(|point| out.write_record(record(point)))
    })?;
    let page = page(curve, rules).map_err(|error| staged.broken("hire.html", format!("{error:#}")))?;
    staged.write("hire.html", page.as_bytes())
}

/// The curve with its sentences.
#[derive(Serialize)]
pub struct Answer<'a> {
    /// The form of this file.
    schema_version: u32,
    #[serde(flatten)]
    curve: &'a Curve,
    /// What it says.
    sentences: Vec<String>,
}

/// What `hire.json` and `--format json` say.
#[must_use]
pub fn answer<'a>(curve: &'a Curve, words: &Words) -> Answer<'a> {
    Answer { schema_version: 1, curve, sentences: sentences(curve, words) }
}

const COLUMNS: [&str; 28] = [
    "hires",
    "sites",
    "standing",
    "short",
    "short_at_least",
    "unmet",
    "moved",
    "high_need_moved",
    "stay",
    "kept_1_year",
    "kept_3_years",
    "kept_5_years",
    "driving_seconds_a_year",
    "worst_minutes",
    "max_load",
    "median_load",
    "over_cap",
    "average_headcount",
    "average_filled_fte",
    "average_fte_less_leave",
    "average_with_members",
    "cost_seconds_a_year",
    "bound_seconds_a_year",
    "gap",
    "language_unmet",
    "program_unmet",
    "annual_cost",
    "compliant_on",
];

fn record(point: &Point) -> Vec<String> {
    let figures = point.figures.as_ref();
    let of = |value: &dyn Fn(&Figures) -> String| figures.map_or_else(String::new, value);
    let ratio = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
    let averages = |of: fn(&Averages) -> Option<f64>| figures.and_then(|figures| of(&figures.loads.averages));
    let standing = match point.standing {
        Standing::Met => "met",
        Standing::Unmet => "unmet",
        Standing::Infeasible => "infeasible",
    };
    let sites = point.sites.iter().map(|site| format!("{}:{}", site.id, site.hires)).collect::<Vec<_>>().join(";");
    vec![
        point.hires.to_string(),
        cell(&sites),
        standing.to_owned(),
        point.short.to_string(),
        point.short_at_least.to_string(),
        cell(&point.unmet.join(";")),
        of(&|figures| figures.moved.to_string()),
        of(&|figures| figures.high_need_moved.to_string()),
        of(&|figures| figures.stay.to_string()),
        of(&|figures| figures.kept[0].kept.to_string()),
        of(&|figures| figures.kept[1].kept.to_string()),
        of(&|figures| figures.kept[2].kept.to_string()),
        of(&|figures| figures.driving.0.to_string()),
        of(&|figures| figures.worst_minutes.map_or_else(String::new, |minutes| minutes.to_string())),
        of(&|figures| figures.loads.max.to_string()),
        of(&|figures| figures.loads.median.to_string()),
        of(&|figures| figures.loads.over_cap.to_string()),
        ratio(averages(|averages| averages.headcount)),
        ratio(averages(|averages| averages.filled_fte)),
        ratio(averages(|averages| averages.fte_less_leave)),
        ratio(averages(|averages| averages.with_members)),
        of(&|figures| figures.cost.0.to_string()),
        of(&|_| point.bound.0.to_string()),
        of(&|_| format!("{:.6}", point.gap)),
        of(&|figures| figures.language_unmet.to_string()),
        of(&|figures| figures.program_unmet.to_string()),
        point.annual_cost.map_or_else(String::new, |cost| format!("{}.{:02}", cost / 100, cost % 100)),
        point.compliant_on.map_or_else(String::new, |day| day.to_string()),
    ]
}

/// The curve as a part of a page: the words and markup are `models/report/hiring.html.j2`.
#[derive(Serialize)]
pub struct Section {
    /// Of the headings.
    level: u8,
    words: Words,
    from: &'static str,
    candidates: String,
    verdict: String,
    sentences: Vec<String>,
    heads: [&'static str; 14],
    rows: Vec<[String; 14]>,
    chart: Option<CurveChart>,
}

/// The curve under headings of a level.
#[must_use]
pub fn section(curve: &Curve, rules: &Rules, level: u8) -> Section {
    let mut sentences = sentences(curve, &rules.program.words);
    let verdict = sentences.remove(0);
    Section {
        level,
        words: rules.program.words.clone(),
        from: curve.candidates_from,
        candidates: count(curve.candidates.into()),
        verdict,
        sentences,
        heads: HEADS,
        rows: rows(curve, rules),
        chart: chart(curve),
    }
}

#[derive(Serialize)]
struct Page<'a> {
    style: &'a str,
    program: &'a str,
    as_of: String,
    effective_on: String,
    hiring: Section,
}

fn page(curve: &Curve, rules: &Rules) -> Result<String, minijinja::Error> {
    let page = Page {
        style: STYLE,
        program: &rules.program.title,
        as_of: rules.as_of.to_string(),
        effective_on: rules.effective_on.to_string(),
        hiring: section(curve, rules, 2),
    };
    page::filled(&[("hire.html", TEMPLATE), ("hiring.html", SECTION)], page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_rounded_up_and_money_to_whole_units() {
        assert_eq!((percent(0.0), percent(0.00123)), ("proven".to_owned(), "0.13 %".to_owned()));
        assert_eq!(money(7_000_050), "70,001");
    }
}
