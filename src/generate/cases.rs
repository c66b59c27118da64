//! Events and dates of a case, for the programs that go by them: outreach, authorizations, reviews, discharges. Numbers
//! of their own, so that programs without them are drawn as ever.

use chrono::{Datelike, NaiveDate};

use crate::generate::Sketch;
use crate::generate::draw::Draw;
use crate::roster::Member;

/// Adds what the program's people have.
pub fn add(draw: &mut Draw, sketch: &Sketch, member: &mut Member) {
    let shares = &sketch.population.case;
    let as_of = sketch.frame.as_of;
    let some = |within: u32| within > 0;
    if draw.chance(shares.never_contacted) {
        member.last_contact_on = None;
        // Newly opened: nobody has tried yet, and the relationship is a line in a list.
        member.assigned_on =
            member.assigned_on.map(|_| draw.before(as_of, 0, 14).max(member.birth_date.unwrap_or(as_of)));
    } else if some(shares.attempted_within) {
        let attempt = draw.before(as_of, 1, shares.attempted_within);
        member.case.last_attempt_on = Some(member.last_contact_on.map_or(attempt, |contact| contact.max(attempt)));
    }
    if some(shares.outreach_within) {
        member.next_outreach_on = Some(draw.after(as_of, 1, shares.outreach_within));
    }
    if some(shares.authorized_units) {
        authorize(draw, sketch, member);
    }
    if some(shares.review_within) {
        // A few are overdue.
        let late = draw.chance(200);
        let due = if late { draw.before(as_of, 1, 10) } else { draw.after(as_of, 1, shares.review_within) };
        member.case.review_due_on = Some(due);
    }
    if member.setting.as_deref().is_some_and(|setting| shares.discharge_settings.iter().any(|one| one == setting)) {
        let [least, most] = shares.discharge_within;
        member.case.discharge_due_on = Some(draw.after(as_of, least, most));
    }
    let since = |draw: &mut Draw, [least, most]: [u32; 2]| draw.before(as_of, least, most);
    let born = member.birth_date.unwrap_or(as_of);
    if some(shares.opened_within[1]) {
        member.case.opened_on = Some(since(draw, shares.opened_within).max(born));
        member.assigned_on = member.assigned_on.max(member.assigned_on.and(member.case.opened_on));
        member.last_contact_on = member.last_contact_on.max(member.last_contact_on.and(member.assigned_on));
    }
    if draw.chance(shares.left_institution) {
        member.case.left_institution_on = Some(since(draw, shares.left_institution_within).max(born));
    }
    let is_young = shares.duplicates_under_age == 0 || age(born, as_of) < shares.duplicates_under_age;
    if is_young && let Some((service, _)) = shares.duplicates.iter().find(|(_, share)| draw.chance(*share)) {
        member.other_case_management = Some(service.as_str().into());
    }
}

/// Units authorized for the calendar year, and used about as fast as the year goes by.
fn authorize(draw: &mut Draw, sketch: &Sketch, member: &mut Member) {
    let shares = &sketch.population.case;
    let more = draw.chance(shares.authorized_more);
    let units = shares.authorized_units * if more { draw.within(5, 8) } else { 4 } / 4;
    let [least, most] = shares.used_percent;
    let gone = f64::from(sketch.frame.as_of.ordinal()) / 365.0;
    let used = f64::from(units) * gone * f64::from(draw.within(least, most)) / 100.0;
    member.authorized_units = Some(f64::from(units));
    member.used_units = Some(used.round().min(f64::from(units)));
}

/// Whole years.
fn age(born: NaiveDate, day: NaiveDate) -> u32 {
    crate::program::category::age_on(born, day)
}
