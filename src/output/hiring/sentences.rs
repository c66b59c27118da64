//! What a hiring curve says, in sentences.

use crate::output::figures::{count, hours};
use crate::output::hiring::places;
use crate::program::Words;
use crate::units::Cost;
use crate::whatif::hiring::{Curve, Figures, Point};

/// What the curve says in a program's words, most important first.
#[must_use]
pub fn sentences(curve: &Curve, words: &Words) -> Vec<String> {
    let mut all = vec![verdict(curve)];
    for pair in curve.points.windows(2) {
        if let (Some(before), Some(after)) = (&pair[0].figures, &pair[1].figures) {
            all.push(step(&pair[0], before, &pair[1], after));
        }
    }
    if let Some(knee) = curve.knee {
        all.push(format!("The curve bends at {}: further hires gain clearly less than those before.", hires(knee)));
    }
    if let Some(point) = curve.points.iter().rev().find(|point| point.figures.is_some()) {
        all.extend(needs(point));
    }
    all.iter().map(|sentence| words.speak(sentence)).collect()
}

fn verdict(curve: &Curve) -> String {
    let have = format!(
        "{} members, {} case managers at work on {}",
        count(curve.members.into()),
        count(curve.at_work.into()),
        curve.effective_on
    );
    let counted = match curve.fewest_by_counting {
        Some(0) => "by counting nobody has to be hired".to_owned(),
        Some(fewest) => format!("by counting at least {} needed", are(fewest)),
        None => "by counting not even all candidates together are enough".to_owned(),
    };
    let solved = match curve.first_feasible {
        Some(0) => "a plan that meets every rule exists without any".to_owned(),
        Some(first) => {
            let point = curve.points.iter().find(|point| point.hires == first);
            let place = point.map_or_else(String::new, |point| format!(" ({})", places(point)));
            let day = point.and_then(|point| point.compliant_on);
            let day = day
                .filter(|&day| day > curve.effective_on)
                .map_or_else(String::new, |day| format!("; counting start dates and first months, from {day}"));
            format!("the first plan that meets every rule has {}{place}{day}", hires(first))
        }
        None => "no plan up to here meets every rule".to_owned(),
    };
    let earliest = match curve.earliest_compliance {
        Some(day) if day > curve.effective_on => format!(" Whoever is hired, the rules cannot hold before {day}."),
        None if curve.first_feasible.is_none() => " Hiring all candidates would not meet every rule either.".to_owned(),
        _ => String::new(),
    };
    format!("{have}: {counted}; {solved}.{earliest}")
}

/// `The 4th hire (Polk, IA) keeps 31 more relationships and saves 212 h of driving a year.`
fn step(from: &Point, before: &Figures, to: &Point, after: &Figures) -> String {
    let hired = |point: &Point, id: &str| point.sites.iter().find(|site| site.id == id).map_or(0, |site| site.hires);
    let gone: Vec<&str> =
        from.sites.iter().filter(|site| hired(to, &site.id) < site.hires).map(|site| site.name.as_str()).collect();
    let new: Vec<&str> =
        to.sites.iter().filter(|site| hired(from, &site.id) < site.hires).map(|site| site.name.as_str()).collect();
    let ordinal = ordinal(to.hires);
    if new.is_empty() {
        return format!("The {ordinal} hire would change nothing for the better.");
    }
    let place = if gone.is_empty() {
        new.join(" and ")
    } else {
        format!("{} instead of {}", new.join(" and "), gone.join(" and "))
    };
    let stay = i64::from(after.stay) - i64::from(before.stay);
    let relationships = match stay {
        0 => "keeps as many relationships".to_owned(),
        1.. => format!("keeps {} more {}", count(stay), relationship(stay)),
        _ => format!("ends {} more {}", count(-stay), relationship(-stay)),
    };
    let high = i64::from(before.high_need_moved) - i64::from(after.high_need_moved);
    let high = if high > 0 { format!(" ({} of high need)", count(high)) } else { String::new() };
    let saved = before.driving - after.driving;
    let driving = if saved.0 >= 0 {
        format!("saves {} of driving a year", hours(saved))
    } else {
        format!("costs {} more driving a year", hours(-saved))
    };
    let all = before.cost - after.cost;
    format!(
        "The {ordinal} hire ({place}) {relationships}{high} and {driving}; all together {} of staff time.",
        signed(all)
    )
}

fn signed(saved: Cost) -> String {
    if saved.0 >= 0 { format!("{} less", hours(saved)) } else { format!("{} more", hours(-saved)) }
}

fn relationship(number: i64) -> &'static str {
    if number == 1 { "relationship" } else { "relationships" }
}

fn hires(number: u32) -> String {
    if number == 1 { "1 hire".to_owned() } else { format!("{number} hires") }
}

fn are(number: u32) -> String {
    if number == 1 { "1 hire is".to_owned() } else { format!("{number} hires are") }
}

fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Language and program needs that remain with the most hires.
fn needs(point: &Point) -> Option<String> {
    let figures = point.figures.as_ref()?;
    let mut parts = Vec::new();
    if figures.language_unmet > 0 {
        parts.push(format!("{} members are with somebody who does not speak their language", figures.language_unmet));
    }
    if figures.program_unmet > 0 {
        parts.push(format!("{} with somebody who does not list their program", figures.program_unmet));
    }
    if figures.unplaced > 0 {
        parts.push(format!("{} members nobody may take", figures.unplaced));
    }
    let what = if parts.is_empty() { "every language and program need is met".to_owned() } else { parts.join(", ") };
    Some(format!("With {}: {what}.", hires(point.hires)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_numbers() {
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 102, 111].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th"
        );
    }
}
