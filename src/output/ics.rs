//! Calendar invitations for joint handoffs (RFC 5545, RFC 5546): one event a file, METHOD:REQUEST, the same bytes every
//! time. Both case managers are asked; of the member there is neither name nor id, only the transfer's number.

use chrono::{NaiveDateTime, NaiveTime};
use icalendar::{Calendar, Component, Event, EventLike, Property};

use crate::handoff::Entry;
use crate::plan::Transfer;
use crate::program::Rules;
use crate::roster::{HandoffMethod, Manager, Roster};

/// The text of an invitation. Times are local to whoever reads them (floating): slots are hours of the working day.
/// `earlier` is the invitation it replaces: calendars take a new time only under a higher SEQUENCE (RFC 5546 section
/// 2.1.4).
#[must_use]
pub fn invitation(
    roster: &Roster,
    rules: &Rules,
    plan_id: &str,
    transfer: &Transfer,
    entry: &Entry,
    earlier: Option<&str>,
) -> String {
    let what = match entry.method {
        HandoffMethod::InPerson => "Handoff in person",
        _ => "Handoff by phone",
    };
    let starts = NaiveDateTime::new(entry.on, entry.starts);
    let mut event = Event::new();
    event
        .uid(&format!("{plan_id}-{}@caseload", transfer.id))
        .timestamp(rules.as_of.and_time(NaiveTime::MIN).and_utc())
        .starts(starts)
        .ends(NaiveDateTime::new(entry.on, entry.ends))
        .summary(&format!("{what}, transfer {}", transfer.id))
        .description(
            &rules.program.words.speak(&format!(
                "Both case managers hand the member over. See transfer {} in schedule.csv.",
                transfer.id
            )),
        )
        .add_property("SEQUENCE", sequence(starts, earlier).to_string())
        .add_property("STATUS", "CONFIRMED")
        .add_property("CLASS", "PRIVATE");
    let people: Vec<&Manager> =
        transfer.from.into_iter().chain([transfer.to]).map(|manager| roster.manager(manager)).collect();
    if let Some(organizer) = people.iter().find_map(|manager| address(manager)) {
        event.append_property(Property::new("ORGANIZER", organizer));
    }
    for manager in people {
        if let Some(address) = address(manager) {
            let mut attendee = Property::new("ATTENDEE", address);
            attendee
                .add_parameter("CUTYPE", "INDIVIDUAL")
                .add_parameter("ROLE", "REQ-PARTICIPANT")
                .add_parameter("PARTSTAT", "NEEDS-ACTION")
                .add_parameter("RSVP", "TRUE");
            event.append_multi_property(attendee.done());
        }
    }
    let mut calendar = Calendar::empty();
    calendar
        .append_property(Property::new("VERSION", "2.0"))
        .append_property(Property::new("PRODID", "-//caseload//handoff//EN"))
        .append_property(Property::new("METHOD", "REQUEST"))
        .push(event.done());
    calendar.to_string()
}

/// 0 for the first invitation, one more for each one that moved it.
fn sequence(starts: NaiveDateTime, earlier: Option<&str>) -> u32 {
    let Some(earlier) = earlier else { return 0 };
    let value = |name: &str| {
        let is_it = |line: &&str| line.split([':', ';']).next() == Some(name);
        earlier.lines().find(is_it).and_then(|line| line.rsplit(':').next())
    };
    let before = value("SEQUENCE").and_then(|number| number.trim().parse().ok()).unwrap_or(0);
    let is_moved = value("DTSTART") != Some(&*starts.format("%Y%m%dT%H%M%S").to_string());
    before + u32::from(is_moved)
}

/// `mailto:` and the e-mail, when it is one: a line break or a space would make another property of it.
fn address(manager: &Manager) -> Option<String> {
    let email = manager.email.as_deref()?;
    let is_plain = |char: char| !char.is_control() && !char.is_whitespace() && !"\"<>,;:".contains(char);
    (email.contains('@') && email.chars().all(is_plain)).then(|| format!("mailto:{email}"))
}
