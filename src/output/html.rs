//! `report.html`: one file that opens offline, prints, and needs no script. Ids only, never names.
//!
//! This file gathers what the report says; the words and the markup stand in `models/report/report.html.j2`, which
//! escapes every value. [`charts`] and [`map`] compute coordinates and no markup.
//!
//! Long because one function a section of the report, in the order of the page.

pub mod charts;
pub mod curve;
pub mod map;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cost::{Term, Terms};
use crate::output::Published;
use crate::output::figures::{count, decimal, hours, measured, months, share};
use crate::output::folder::{Staged, WriteError};
use crate::output::hiring;
use crate::output::page::{self, STYLE};
use crate::output::summary::proof;
use crate::plan::affected::Group;
use crate::plan::hinges::{Hinge, Hinges};
use crate::plan::identity::sha256;
use crate::plan::metrics::{Bands, Pair};
use crate::plan::{Reason, Transfer};
use crate::program::{Denominator, Scope, Words, capitalized};
use crate::units::Cost;

/// The report's name in the plan folder.
pub const FILE: &str = "report.html";

const TEMPLATE: &str = include_str!("../../models/report/report.html.j2");
/// Rows of the tables of dear moves and of near-equal alternatives.
const EXAMPLES: usize = 8;

/// What the template may use.
#[derive(Serialize)]
struct Report<'a> {
    style: &'a str,
    plan_id: &'a str,
    program: &'a str,
    jurisdiction: &'a str,
    program_status: &'static str,
    source: &'a str,
    words: &'a crate::program::Words,
    languages: &'static BTreeMap<String, String>,
    as_of: String,
    effective_on: String,
    verdict: Verdict,
    rules: Vec<RuleRow>,
    loads: Vec<FigureRow>,
    tenure: Vec<FigureRow>,
    experience: Vec<FigureRow>,
    arrows: charts::Arrows,
    histogram: charts::Histogram,
    map: Option<map::Map>,
    counties: Vec<CountyRow>,
    reasons: Vec<ReasonRow>,
    affected: Vec<AffectedTable>,
    second_moves: SecondMoves,
    hiring: Option<hiring::Section>,
    driving: Vec<FigureRow>,
    terms: Vec<FigureRow>,
    dear: Vec<MoveRow>,
    close: Vec<MoveRow>,
    runner_ups: RunnerUps,
    hinges: Option<[Vec<[String; 2]>; 3]>,
    caseloads: Vec<CaseloadRow>,
    unplaced: Vec<[String; 2]>,
    cure: Vec<String>,
    proof: Vec<[String; 2]>,
    inputs: &'a [(String, String)],
}

#[derive(Serialize)]
struct Verdict {
    met: bool,
    members: String,
    placed_all: bool,
    unplaced: String,
    cap: Option<CapWords>,
    average: Option<AverageWords>,
    broken: Vec<String>,
    moved: String,
    moved_share: String,
    stay: String,
    first: String,
    optimal: bool,
    proof: String,
}

#[derive(Serialize)]
struct CapWords {
    limit: String,
    over_before: String,
    over_after: u32,
}

#[derive(Serialize)]
struct AverageWords {
    after: String,
    before: String,
    limit: String,
    met: bool,
    denominator: &'static str,
}

#[derive(Serialize)]
struct RuleRow {
    rule: String,
    scope: String,
    limit: String,
    before: String,
    after: String,
    met: bool,
    soft: bool,
    changeable: bool,
    how: String,
    citation: String,
}

#[derive(Serialize)]
struct FigureRow {
    label: String,
    before: String,
    after: String,
}

#[derive(Serialize)]
struct CountyRow {
    name: String,
    members: String,
    moved: String,
    share: String,
    average_load: String,
}

#[derive(Serialize)]
struct ReasonRow {
    code: &'static str,
    members: String,
    share: String,
    width: f64,
}

#[derive(Serialize)]
struct AffectedTable {
    by: &'static str,
    groups: Vec<GroupRow>,
}

#[derive(Serialize)]
struct GroupRow {
    label: String,
    members: String,
    moved: String,
    share: String,
    interval: String,
    driving: String,
    width: f64,
}

#[derive(Serialize)]
struct SecondMoves {
    months: u32,
    count: String,
    more: bool,
    rows: Vec<SecondMoveRow>,
}

#[derive(Serialize)]
struct SecondMoveRow {
    member: String,
    last: String,
    now: String,
    reason: &'static str,
}

#[derive(Serialize)]
struct MoveRow {
    transfer: String,
    member: String,
    cost: String,
    because: String,
}

#[derive(Serialize)]
struct RunnerUps {
    known: String,
    within_an_hour: String,
    any: bool,
}

#[derive(Serialize)]
struct CaseloadRow {
    manager: String,
    before: u32,
    taken: u32,
    given: u32,
    after: u32,
    cap: u32,
    headroom: i64,
    driving: String,
}

/// Renders the report and writes it.
///
/// # Errors
/// When the template fails (a defect, reported under the report's path) or the file cannot be written.
pub fn write(staged: &Staged, published: &Published<'_>) -> Result<(), WriteError> {
    let text = render(published).map_err(|error| staged.broken(FILE, format!("{error:#}")))?;
    staged.write(FILE, text.as_bytes())
}

/// The report as a page.
///
/// # Errors
/// When the template uses something that is not in the context: a defect.
pub fn render(published: &Published<'_>) -> Result<String, minijinja::Error> {
    page::filled(&[(FILE, TEMPLATE), ("hiring.html", hiring::SECTION)], report(published))
}

fn report<'a>(published: &Published<'a>) -> Report<'a> {
    let Published { roster, rules, plan, plan_id, inputs, .. } = *published;
    let id = |transfer: &Transfer| roster.member(transfer.member).id.to_string();
    let move_row = |transfer: &Transfer, cost| MoveRow {
        transfer: transfer.id.clone(),
        member: id(transfer),
        cost: hours(cost),
        because: transfer.because.clone(),
    };
    let mut dear: Vec<&Transfer> = plan.transfers.iter().filter(|row| row.from.is_some()).collect();
    dear.sort_by_key(|row| (-row.cost_delta.0, row.member));
    let mut close: Vec<_> = plan.transfers.iter().filter_map(|row| Some((row.runner_up?.extra, row))).collect();
    close.sort_by_key(|(extra, row)| (*extra, row.member));
    let within = close.iter().filter(|(extra, _)| extra.0 < 3600).count();
    let limits = charts::Limits { cap: cap_limit(published), average: average_limit(published) };
    Report {
        style: STYLE,
        plan_id,
        program: &rules.program.title,
        jurisdiction: &rules.program.jurisdiction,
        program_status: match rules.program.status {
            crate::program::Status::Cited => "cited",
            crate::program::Status::Example => "example",
        },
        source: &rules.program.citation.source,
        words: &rules.program.words,
        languages: crate::plan::languages::names(),
        as_of: rules.as_of.to_string(),
        effective_on: rules.effective_on.to_string(),
        verdict: verdict(published),
        rules: plan.verified.outcomes().iter().map(|row| rule_row(row, &rules.program.words)).collect(),
        loads: load_rows(published),
        tenure: tenure_rows(published),
        experience: experience_rows(published),
        arrows: charts::arrows(roster, &plan.caseloads, limits),
        histogram: charts::histogram(&plan.caseloads, limits),
        map: map::of(&plan.counties),
        counties: plan.counties.iter().map(county_row).collect(),
        reasons: reason_rows(published),
        affected: affected_tables(published),
        second_moves: second_moves(published),
        hiring: published.hiring.map(|curve| hiring::section(curve, rules, 3)),
        driving: driving_rows(published),
        terms: term_rows(published),
        dear: dear.iter().take(EXAMPLES).map(|row| move_row(row, row.cost_delta)).collect(),
        close: close.iter().take(EXAMPLES).map(|(extra, row)| move_row(row, *extra)).collect(),
        runner_ups: RunnerUps {
            known: count(close.len() as i64),
            within_an_hour: count(within as i64),
            any: !close.is_empty(),
        },
        hinges: plan
            .hinges
            .as_ref()
            .map(|hinges| hinge_rows(hinges, &rules.program.words))
            .filter(|both| both.iter().any(|rows| !rows.is_empty())),
        caseloads: caseload_rows(published),
        unplaced: unplaced_rows(published),
        cure: plan.verified.tolerated().iter().map(crate::plan::needs::dates::cure).collect(),
        proof: proof_rows(published),
        inputs,
    }
}

/// Rules, places and hires, each with what it would save a year.
fn hinge_rows(hinges: &Hinges, words: &Words) -> [Vec<[String; 2]>; 3] {
    let row = |hinge: &Hinge| {
        let most = hours(hinge.at_most);
        let saves = if hinge.at_least == hinge.at_most { most } else { format!("{} to {most}", hours(hinge.at_least)) };
        [words.speak(&hinge.name), saves]
    };
    [&hinges.rules, &hinges.places, &hinges.hires].map(|rows| rows.iter().map(row).collect())
}

/// The lowest cap of the program, for the charts' line.
fn cap_limit(published: &Published<'_>) -> Option<u32> {
    published.rules.program.lowest_cap().map(super::super::program::limit::Limit::floor)
}

/// The average over the whole roster, for the charts' line.
fn average_limit(published: &Published<'_>) -> Option<u32> {
    published.rules.program.lowest_average().map(super::super::program::limit::Limit::floor)
}

fn verdict(published: &Published<'_>) -> Verdict {
    let Published { roster, rules, plan, .. } = *published;
    let loads = &plan.metrics.loads;
    let (members, moved) = (roster.members().len(), plan.moved());
    let average = rules.program.averages.iter().find(|average| average.is_plain() && average.scope == Scope::All);
    let of = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| decimal(value, 1));
    Verdict {
        met: plan.verified.meets_every_rule(),
        members: count(members as i64),
        placed_all: loads.after.without == 0,
        unplaced: count(i64::from(loads.after.without)),
        cap: cap_limit(published).map(|limit| CapWords {
            limit: count(i64::from(limit)),
            over_before: count(i64::from(loads.before.over_cap)),
            over_after: loads.after.over_cap,
        }),
        average: average.map(|average| AverageWords {
            after: of(loads.after.averages.of(average.denominator)),
            before: of(loads.before.averages.of(average.denominator)),
            limit: average.limit.to_string(),
            met: plan.verified.outcomes().iter().filter(|row| row.rule == average.name).all(|row| row.met),
            denominator: average.denominator.word(),
        }),
        broken: plan.verified.outcomes().iter().filter(|row| !row.holds()).map(|row| row.rule.clone()).collect(),
        moved: count(moved as i64),
        moved_share: share(moved as u32, members as u32),
        stay: count((loads.after.members as usize).saturating_sub(plan.transfers.len()) as i64),
        first: count(plan.first_assignments() as i64),
        optimal: plan.verified.terms().total() == plan.verified.bound(),
        proof: proof(published),
    }
}

fn rule_row(row: &crate::verify::RuleOutcome, words: &crate::program::Words) -> RuleRow {
    RuleRow {
        rule: row.rule.clone(),
        scope: row.scope.clone(),
        limit: measured(row.limit),
        before: measured(row.before),
        after: measured(row.after),
        met: row.met,
        soft: row.soft,
        changeable: row.changeable,
        how: words.speak(&row.how),
        citation: row.citation.clone(),
    }
}

fn figure(label: impl Into<String>, before: impl Into<String>, after: impl Into<String>) -> FigureRow {
    FigureRow { label: label.into(), before: before.into(), after: after.into() }
}

fn number(label: &str, pair: Pair<u32>) -> FigureRow {
    figure(label, count(i64::from(pair.before)), count(i64::from(pair.after)))
}

fn load_rows(published: &Published<'_>) -> Vec<FigureRow> {
    let loads = &published.plan.metrics.loads;
    let pair =
        |of: fn(&crate::plan::metrics::Loads) -> u32| Pair { before: of(&loads.before), after: of(&loads.after) };
    let own = &published.rules.program.words;
    let (members, caseload, case_managers) = (&own.members, &own.caseload, &own.case_managers);
    let mut rows = vec![
        number(&format!("Greatest {caseload}"), pair(|loads| loads.max)),
        number(&format!("Nine of ten {case_managers} have at most"), pair(|loads| loads.p90)),
        number(&format!("Middle {caseload} (median)"), pair(|loads| loads.median)),
        number(&format!("{} over their cap", capitalized(case_managers)), pair(|loads| loads.over_cap)),
        number(&format!("{} counted", capitalized(case_managers)), pair(|loads| loads.managers)),
        number(&format!("{} without a {}", capitalized(members), own.case_manager), pair(|loads| loads.without)),
    ];
    let words = |denominator| match denominator {
        Denominator::Headcount => "Average, per head at work (headcount)".to_owned(),
        Denominator::FilledFte => "Average, per full-time equivalent (filled_fte)".to_owned(),
        Denominator::FteLessLeave => "Average, per full-time equivalent not on leave (fte_less_leave)".to_owned(),
        Denominator::WithMembers => format!("Average, per head with {members} (with_members)"),
        Denominator::Serving => "Average, per head who may serve the category (serving)".to_owned(),
    };
    let judged: Vec<_> = published.rules.program.averages.iter().map(|average| average.denominator).collect();
    for denominator in Denominator::ALL {
        let of = |loads: &crate::plan::metrics::Loads| {
            loads.averages.of(denominator).map_or_else(|| "–".to_owned(), |value| decimal(value, 2))
        };
        let note = if judged.contains(&denominator) { " – judged" } else { "" };
        rows.push(figure(format!("{}{note}", words(denominator)), of(&loads.before), of(&loads.after)));
    }
    rows
}

fn band_rows(bands: Pair<Bands>) -> Vec<FigureRow> {
    let row = |label: &str, of: fn(&Bands) -> u32| {
        let cell = |bands: &Bands| format!("{} ({})", count(i64::from(of(bands))), share(of(bands), bands.known()));
        figure(label, cell(&bands.before), cell(&bands.after))
    };
    let mut rows = vec![
        row("Less than 1 year", |bands| bands.under_1),
        row("1 to 3 years", |bands| bands.from_1_to_3),
        row("3 to 5 years", |bands| bands.from_3_to_5),
        row("5 years or more", |bands| bands.from_5),
    ];
    if bands.before.unknown + bands.after.unknown > 0 {
        rows.push(number("Date not stated", Pair { before: bands.before.unknown, after: bands.after.unknown }));
    }
    rows
}

fn in_months(value: Option<u32>) -> String {
    value.map_or_else(|| "–".to_owned(), months)
}

fn tenure_rows(published: &Published<'_>) -> Vec<FigureRow> {
    let metrics = &published.plan.metrics;
    let Pair { before, after } = metrics.relationships;
    let mut rows =
        vec![figure("Middle relationship (median)", in_months(before.median_months), in_months(after.median_months))];
    rows.extend(band_rows(Pair { before: before.members, after: after.members }));
    for kept in metrics.kept {
        let years = if kept.years == 1 { "1 year".to_owned() } else { format!("{} years", kept.years) };
        let after = format!("{} kept ({})", count(i64::from(kept.kept)), share(kept.kept, kept.of));
        rows.push(figure(format!("Relationships of at least {years}"), count(i64::from(kept.of)), after));
    }
    rows
}

fn experience_rows(published: &Published<'_>) -> Vec<FigureRow> {
    let Pair { before, after } = published.plan.metrics.experience;
    let words = &published.rules.program.words;
    let mut rows = vec![figure(
        format!("Middle {} with {} (median)", words.case_manager, words.members),
        in_months(before.median_months),
        in_months(after.median_months),
    )];
    rows.extend(band_rows(Pair { before: before.members, after: after.members }));
    rows
}

fn county_row(row: &crate::plan::affected::CountyFacts) -> CountyRow {
    CountyRow {
        name: row.name.clone(),
        members: count(i64::from(row.members)),
        moved: count(i64::from(row.moved)),
        share: share(row.moved, row.members),
        average_load: decimal(row.average_load, 1),
    }
}

fn reason_rows(published: &Published<'_>) -> Vec<ReasonRow> {
    let mut counts: BTreeMap<Reason, u32> = BTreeMap::new();
    for transfer in &published.plan.transfers {
        *counts.entry(transfer.reason).or_default() += 1;
    }
    let all = published.plan.transfers.len() as u32;
    let most = counts.values().copied().max().unwrap_or(1);
    let row = |(reason, members): (Reason, u32)| ReasonRow {
        code: reason.word(),
        members: count(i64::from(members)),
        share: share(members, all),
        width: charts::tenths(f64::from(members) * 100.0 / f64::from(most)),
    };
    counts.into_iter().map(row).collect()
}

/// Bars are drawn against the group with the greatest share, so that differences are seen.
fn affected_tables(published: &Published<'_>) -> Vec<AffectedTable> {
    let groups = published.plan.affected.iter().flat_map(|dimension| &dimension.groups);
    let part = |group: &Group| f64::from(group.moved) / f64::from(group.members.max(1));
    let greatest = groups.map(part).fold(f64::MIN_POSITIVE, f64::max);
    let table = |dimension: &crate::plan::affected::Dimension| AffectedTable {
        by: dimension.by,
        groups: dimension
            .groups
            .iter()
            .map(|group| GroupRow {
                label: group.label.clone(),
                members: count(i64::from(group.members)),
                moved: count(i64::from(group.moved)),
                share: share(group.moved, group.members),
                interval: interval(group.interval),
                driving: hours(group.added_driving),
                width: charts::tenths(part(group) * 100.0 / greatest),
            })
            .collect(),
    };
    published.plan.affected.iter().map(table).collect()
}

/// `3.1–4.2 %`.
fn interval((low, high): (f64, f64)) -> String {
    format!("{}–{} %", decimal(low * 100.0, 1), decimal(high * 100.0, 1))
}

fn second_moves(published: &Published<'_>) -> SecondMoves {
    let all = &published.plan.second_moves;
    let program = &published.rules.program;
    let row = |second: &crate::plan::second_moves::SecondMove| SecondMoveRow {
        member: second.member_id.clone(),
        last: second.last_moved_on.to_string(),
        now: second.moved_on.to_string(),
        reason: second.reason.word(),
    };
    SecondMoves {
        months: program.rates.repeat_change_months.max(program.moves.min_months_between),
        count: count(all.len() as i64),
        more: all.len() > EXAMPLES,
        rows: all.iter().take(EXAMPLES).map(row).collect(),
    }
}

fn driving_rows(published: &Published<'_>) -> Vec<FigureRow> {
    let metrics = &published.plan.metrics;
    let Pair { before, after } = metrics.driving;
    let minutes =
        |value: Option<i64>| value.map_or_else(|| "–".to_owned(), |minutes| format!("{} min", count(minutes)));
    let words = &published.rules.program.words;
    let per_provider = |value: f64| if value == 0.0 { "–".to_owned() } else { decimal(value, 2) };
    vec![
        figure(format!("Driving to homes of {}, a year", words.members), hours(before.total), hours(after.total)),
        figure("Middle one-way trip (median)", minutes(before.median_minutes), minutes(after.median_minutes)),
        figure("Longest one-way trip", minutes(before.worst_minutes), minutes(after.worst_minutes)),
        figure(
            format!("{} a provider works with, on average", capitalized(&words.case_managers)),
            per_provider(metrics.managers_per_provider.before),
            per_provider(metrics.managers_per_provider.after),
        ),
        figure(
            format!("{} who change to another supervisor's team", capitalized(&words.members)),
            "–",
            count(i64::from(metrics.team_crossings)),
        ),
    ]
}

/// Terms that are not nothing, the dearest first. Members without a case manager are in the verdict: priced, they would
/// drown everything else before.
fn term_rows(published: &Published<'_>) -> Vec<FigureRow> {
    let Pair { before, after } = published.plan.metrics.costs;
    let words = &published.rules.program.words;
    let unserved = Pair { before: before.of(Term::Unserved), after: after.of(Term::Unserved) };
    let shown = |term: Term| term != Term::Unserved && (after.of(term) != Cost::ZERO || before.of(term) != Cost::ZERO);
    let mut terms: Vec<_> = after.iter().filter(|(term, _)| shown(*term)).collect();
    terms.sort_by_key(|(term, cost)| (-cost.0, *term));
    let mut rows: Vec<FigureRow> = terms
        .iter()
        .map(|(term, cost)| figure(words.speak(term.words()), hours(before.of(*term)), hours(*cost)))
        .collect();
    let total = |terms: &Terms, unserved| hours(terms.total() - unserved);
    rows.push(figure("all together", total(&before, unserved.before), total(&after, unserved.after)));
    rows
}

fn caseload_rows(published: &Published<'_>) -> Vec<CaseloadRow> {
    let row = |row: &crate::plan::Caseload| CaseloadRow {
        manager: published.roster.manager(row.manager).id.to_string(),
        before: row.before,
        taken: row.taken,
        given: row.given,
        after: row.after,
        cap: row.cap,
        headroom: row.headroom(),
        driving: hours(Cost::minutes(row.minutes_per_year)),
    };
    published.plan.caseloads.iter().map(row).collect()
}

fn unplaced_rows(published: &Published<'_>) -> Vec<[String; 2]> {
    let row = |row: &crate::verify::Unplaced| {
        let why: Vec<String> = row.ruled_out.iter().map(|(reason, managers)| format!("{reason}: {managers}")).collect();
        [published.roster.member(row.member).id.to_string(), why.join("; ")]
    };
    published.plan.verified.unplaced().iter().map(row).collect()
}

fn proof_rows(published: &Published<'_>) -> Vec<[String; 2]> {
    let Published { rules, plan, .. } = *published;
    let verified = &plan.verified;
    let row = |label: &str, value: String| [label.to_owned(), value];
    let seconds = |cost: Cost| format!("{} s a year ({})", count(cost.0), hours(cost));
    vec![
        row("Cost of the plan", seconds(verified.terms().total())),
        row("Bound: no plan within the rules costs less", seconds(verified.bound())),
        row("Gap", format!("{:.4} %", verified.gap() * 100.0)),
        row("Certificate", format!("form “{}”, in certificate.json", verified.certificate().form)),
        row("Engine", plan.report.engine.to_owned()),
        row("Seed", plan.report.seed.to_string()),
        row("Program file, SHA-256", sha256(rules.program_text.as_bytes())),
    ]
}
