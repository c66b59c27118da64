//! Rows for staff who merge letters into a template of their own: one a letter that may be mailed, with the same facts a
//! letter of ours shows and nothing else. A letter that we hold for a reason of typesetting (no template in the language,
//! Braille, a character no font has, ...) is among them with that reason; one that must not or cannot be mailed is not.

use super::Job;
use super::held::HoldReason;
use super::plain_text::cell;
use super::recipient::{Drafted, RecipientKind, address_of, contact_of, supervisor_of};
use crate::plan::Transfer;
use crate::program::Words;

/// Letters a word processor takes in the name of a field.
const LONGEST_FIELD: usize = 40;

/// The columns, as a template names its fields, where people are called members and case managers.
pub const COLUMNS: [&str; 26] = [
    "letter_id",
    "our_letter",
    "recipient",
    "recipient_name",
    "address_line1",
    "address_line2",
    "city",
    "state",
    "zip",
    "language",
    "format",
    "member_name",
    "present_case_manager",
    "new_case_manager",
    "new_phone",
    "new_tty",
    "new_email",
    "new_hours",
    "supervisor_name",
    "supervisor_phone",
    "reason",
    "letter_date",
    "effective_on",
    "handoff_on",
    "organization",
    "organization_phone",
];

/// The columns in the program's words: `new_service_coordinator`. Names a word processor would not take as a field, or
/// would take for another, stay as they are.
#[must_use]
pub fn columns(words: &Words) -> [String; COLUMNS.len()] {
    let own = COLUMNS.map(|name| {
        let spoken = words.speak(&name.replace('_', " "));
        let parts: Vec<&str> =
            spoken.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
        let field = parts.join("_");
        if field.chars().count() > LONGEST_FIELD { name.to_owned() } else { field }
    });
    let unique: std::collections::BTreeSet<String> = own.iter().map(|name| name.to_lowercase()).collect();
    if unique.len() == own.len() { own } else { COLUMNS.map(str::to_owned) }
}

/// One letter, column by column.
pub type MergeRow = [String; COLUMNS.len()];

/// The rows, in order of transfers.
pub(super) fn rows(job: &Job<'_>, drafted: &[(usize, Drafted)]) -> Vec<MergeRow> {
    drafted
        .iter()
        .filter_map(|(at, drafted)| match drafted {
            Ok(letter) => row(job, &job.transfers[*at], letter.recipient, &letter.letter_id, "printed"),
            Err(held) if may_go(held.reason) => row(job, &job.transfers[*at], held.recipient, "", held.reason.word()),
            Err(_) => None,
        })
        .collect()
}

/// Is it held only because we cannot print it?
const fn may_go(reason: HoldReason) -> bool {
    match reason {
        HoldReason::Braille
        | HoldReason::LanguageWithoutTemplate
        | HoldReason::MissingInsert
        | HoldReason::UnsettableCharacter
        | HoldReason::AddressDoesNotFit
        | HoldReason::WordTooLong => true,
        HoldReason::ConfidentialAddress
        | HoldReason::MailHold
        | HoldReason::NoName
        | HoldReason::NoAddress
        | HoldReason::NoManagerContact => false,
    }
}

/// `None` when a name, the address or the new case manager's phone is missing.
fn row(
    job: &Job<'_>,
    transfer: &Transfer,
    recipient: RecipientKind,
    letter_id: &str,
    our_letter: &str,
) -> Option<MergeRow> {
    let (roster, rules) = (job.roster, job.rules);
    let (member, contact) = (roster.member(transfer.member), roster.contact(transfer.member));
    let member_name = cell(contact.name.as_deref())?;
    let recipient_name = match recipient {
        RecipientKind::Member => member_name.clone(),
        RecipientKind::Parent => cell(contact.guardian_name.as_deref()).unwrap_or_default(),
        RecipientKind::Guardian | RecipientKind::Representative => cell(contact.guardian_name.as_deref())?,
    };
    let address = address_of(contact, recipient);
    let home_zip = std::ptr::eq(address, &raw const contact.address).then_some(member.zip.as_deref()).flatten();
    let to = contact_of(roster.manager(transfer.to))?;
    let from = transfer.from.and_then(|from| cell(roster.manager(from).name.as_deref()));
    let supervisor = supervisor_of(roster, transfer.to);
    let (supervisor_name, supervisor_phone) = supervisor.map(|one| (one.name, one.phone)).unwrap_or_default();
    let sender = &job.stationery.organization;
    Some([
        letter_id.to_owned(),
        our_letter.to_owned(),
        recipient.word().to_owned(),
        recipient_name,
        cell(address.line1.as_deref())?,
        cell(address.line2.as_deref()).unwrap_or_default(),
        cell(address.city.as_deref())?,
        cell(address.state.as_deref())?,
        cell(address.zip.as_deref().or(home_zip))?,
        member.language.to_string(),
        contact.letter_format.word().to_owned(),
        member_name,
        from.unwrap_or_default(),
        to.name,
        to.phone,
        to.tty.unwrap_or_default(),
        to.email.unwrap_or_default(),
        to.hours.unwrap_or_default(),
        supervisor_name,
        supervisor_phone,
        transfer.reason.word().to_owned(),
        rules.letters.sent_on.to_string(),
        transfer.takes_effect(rules.effective_on).to_string(),
        transfer.handoff_on.map_or_else(String::new, |on| on.to_string()),
        sender.name.clone(),
        sender.phone.clone(),
    ])
}
