//! Who gets a letter: the member, the parent, the guardian or the representative; and who gets none, and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::ids::ManagerIx;
use crate::plan::Transfer;
use crate::program::{LetterSettings, MemberCopy, MissingInsert};
use crate::roster::{GuardianRelation, LetterFormat, MailingAddress, Manager, Member, MemberContact, Roster};

use super::context::{Address, Contact, Former, Letter, Named, Recipient};
use super::held::{Held, HoldReason};
use super::language::Language;
use super::plain_text::{cell, one_line};
use super::templates::digest;
use super::{Job, LettersError, address};

/// Members younger than this are written to through their parents: the age of majority.
const MAJORITY_YEARS: i32 = 18;

/// To whom a letter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientKind {
    /// The member.
    Member,
    /// "To the parent or guardian of ..."
    Parent,
    /// The guardian, by name.
    Guardian,
    /// The authorized representative, by name.
    Representative,
}

impl RecipientKind {
    /// The word of `index.csv` and of templates.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Parent => "parent",
            Self::Guardian => "guardian",
            Self::Representative => "representative",
        }
    }

    /// First part of the template's name.
    #[must_use]
    pub const fn template(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Parent | Self::Guardian | Self::Representative => "guardian",
        }
    }
}

/// A letter ready to be set.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// `L-` and ten hexadecimal digits: plan, member, recipient and template.
    pub letter_id: String,
    /// The transfer's place in the plan.
    pub transfer: usize,
    /// To whom.
    pub recipient: RecipientKind,
    /// Tag of the language table.
    pub language: String,
    /// Standard or large print.
    pub format: LetterFormat,
    /// ZIP of the address, by which the batch is sorted.
    pub zip: String,
    /// Template's name.
    pub template: String,
    /// What the template gets.
    pub context: Letter,
}

/// A letter, or the reason why there is none.
pub type Drafted = Result<Prepared, Held>;

/// Letter by letter in order of transfers, each with its transfer's place; every transfer has one or two.
///
/// # Errors
/// When an insert that must be there is not, and the setting says to stop.
pub fn prepare(job: &Job<'_>) -> Result<Vec<(usize, Drafted)>, LettersError> {
    let templates = job.typesetter.templates();
    // Template by template: its hash with the language's own words and inserts, or nothing when no font can set it.
    let facts: BTreeMap<&str, Option<String>> = templates
        .languages()
        .map(|(name, tag)| {
            let hash =
                job.languages.find(tag).filter(|_| job.typesetter.can_set_template(name)).map(|(_, language)| {
                    digest(&[
                        &templates.hash(name),
                        &language.title,
                        &language.to_parent,
                        &language.said.identity(),
                        &job.stationery.inserts.hash(tag),
                    ])
                });
            (name, hash)
        })
        .collect();
    let mut all = Vec::new();
    for (at, transfer) in job.transfers.iter().enumerate() {
        let member = job.roster.member(transfer.member);
        let contact = job.roster.contact(transfer.member);
        for recipient in recipients_of(member, contact, &job.rules.letters) {
            let hold = |reason| Held { member: transfer.member, transfer_id: transfer.id.clone(), recipient, reason };
            let drafted = Draft { job, transfer, recipient }.letter(&facts).map_err(hold);
            all.push((at, drafted.map(|letter| Prepared { transfer: at, ..letter })));
        }
    }
    let missing = |(_, drafted): &(usize, Drafted)| {
        drafted.as_ref().is_err_and(|held: &Held| held.reason == HoldReason::MissingInsert)
    };
    let settings = &job.rules.letters;
    if settings.missing_insert == MissingInsert::Stop && all.iter().any(missing) {
        let count = all.iter().filter(|drafted| missing(drafted)).count();
        return Err(LettersError::Supplied {
            path: settings.inserts.clone(),
            message: format!(
                "{count} letters lack one of the required inserts ({}) in their language; put it there as \
                 NAME.LANGUAGE.txt, or set letters.missing_insert = \"hold\"",
                settings.required_inserts.join(", ")
            ),
        });
    }
    Ok(all)
}

/// To whom letters about this member go: the parent, guardian or representative where there is one, and the member, when
/// nobody else is or the setting says so.
pub fn recipients_of(member: &Member, contact: &MemberContact, settings: &LetterSettings) -> Vec<RecipientKind> {
    let first = recipient_of(member, contact, settings.sent_on);
    let copy = match settings.member_copy {
        MemberCopy::Never => false,
        MemberCopy::Adults => !is_minor(member, settings.sent_on),
        MemberCopy::Always => true,
    };
    if first != RecipientKind::Member && copy { vec![first, RecipientKind::Member] } else { vec![first] }
}

fn is_minor(member: &Member, day: NaiveDate) -> bool {
    member.birth_date.is_some_and(|born| age(born, day) < MAJORITY_YEARS)
}

fn recipient_of(member: &Member, contact: &MemberContact, day: NaiveDate) -> RecipientKind {
    match contact.guardian_relation {
        Some(GuardianRelation::Guardian) => RecipientKind::Guardian,
        Some(GuardianRelation::Representative) => RecipientKind::Representative,
        Some(GuardianRelation::Parent) => RecipientKind::Parent,
        None if is_minor(member, day) => RecipientKind::Parent,
        None if cell(contact.guardian_name.as_deref()).is_some() => RecipientKind::Guardian,
        None => RecipientKind::Member,
    }
}

fn age(born: NaiveDate, day: NaiveDate) -> i32 {
    day.year() - born.year() - i32::from((day.month(), day.day()) < (born.month(), born.day()))
}

/// Where mail to the recipient goes: the guardian's address when there is one, else the member's.
pub fn address_of(contact: &MemberContact, kind: RecipientKind) -> &MailingAddress {
    let own = &contact.guardian_address;
    if kind == RecipientKind::Member || cell(own.line1.as_deref()).is_none() { &contact.address } else { own }
}

/// The lines of the address block and the ZIP.
///
/// # Errors
/// When a name or a part of the address is missing.
pub fn block_of(
    member: &Member,
    contact: &MemberContact,
    kind: RecipientKind,
    language: &Language,
) -> Result<(Vec<String>, String), HoldReason> {
    let name = cell(contact.name.as_deref()).ok_or(HoldReason::NoName)?;
    let mut lines = match kind {
        RecipientKind::Member => vec![name],
        RecipientKind::Parent => vec![one_line(&language.to_parent), name],
        RecipientKind::Guardian | RecipientKind::Representative => {
            vec![cell(contact.guardian_name.as_deref()).ok_or(HoldReason::NoName)?]
        }
    };
    let address = address_of(contact, kind);
    let home_zip = std::ptr::eq(address, &raw const contact.address).then_some(member.zip.as_deref()).flatten();
    let (postal, zip) = address::postal_lines(address, home_zip).ok_or(HoldReason::NoAddress)?;
    lines.extend(postal);
    Ok((lines, zip))
}

/// The short code at the foot: a hash of the transfer row, which tells nothing by itself. `7F3A-91C2`.
pub fn code_of(plan_id: &str, member_id: &str, from: Option<&str>, to: &str, transfer_id: &str) -> String {
    let hash = digest(&[plan_id, transfer_id, member_id, from.unwrap_or_default(), to]).to_uppercase();
    format!("{}-{}", &hash[..4], &hash[4..8])
}

/// One letter in the making.
struct Draft<'a> {
    job: &'a Job<'a>,
    transfer: &'a Transfer,
    recipient: RecipientKind,
}

impl Draft<'_> {
    /// The letter; `facts` has the hash of every template that can be set.
    fn letter(&self, facts: &BTreeMap<&str, Option<String>>) -> Result<Prepared, HoldReason> {
        let Job { roster, rules, plan_id, typesetter, .. } = self.job;
        let (transfer, recipient) = (self.transfer, self.recipient);
        let (member, contact) = (roster.member(transfer.member), roster.contact(transfer.member));
        may_be_mailed(member)?;
        if contact.letter_format == LetterFormat::Braille {
            return Err(HoldReason::Braille);
        }
        let (tag, language) = self.job.languages.find(&member.language).ok_or(HoldReason::LanguageWithoutTemplate)?;
        let template = typesetter.templates().name(recipient, tag).ok_or(HoldReason::LanguageWithoutTemplate)?;
        let enclosed = self.job.stationery.inserts.of(tag);
        let lacks = |name: &String| !enclosed.iter().any(|insert| insert.name == *name);
        if rules.letters.required_inserts.iter().any(lacks) {
            return Err(HoldReason::MissingInsert);
        }
        let (lines, zip) = block_of(member, contact, recipient, language)?;
        let manager = roster.manager(transfer.to);
        let from = transfer.from.map(|from| roster.manager(from));
        let change = transfer.takes_effect(rules.effective_on);
        let mut letter = Letter {
            code: code_of(plan_id, &member.id, from.map(|from| &*from.id), &manager.id, &transfer.id),
            language: tag.to_owned(),
            format: contact.letter_format.word(),
            reason: transfer.reason.word(),
            first_assignment: transfer.from.is_none(),
            sent_on: rules.letters.sent_on.into(),
            effective_on: change.into(),
            handoff_on: transfer.handoff_on.map(Into::into),
            recipient: Recipient {
                kind: recipient.word(),
                name: match recipient {
                    RecipientKind::Member => cell(contact.name.as_deref()),
                    _ => cell(contact.guardian_name.as_deref()),
                },
            },
            address: Address { lines, size_pt: 0.0 },
            member: Named { name: cell(contact.name.as_deref()).ok_or(HoldReason::NoName)? },
            from: from.and_then(|from| former(from, rules.letters.sent_on, change)),
            to: contact_of(manager).ok_or(HoldReason::NoManagerContact)?,
            supervisor: supervisor_of(roster, transfer.to),
            words: language.said.clone(),
            organization: self.job.organization_in(tag),
            window: Arc::clone(&self.job.window),
        };
        let hash = facts.get(&*template).and_then(Option::as_deref).ok_or(HoldReason::UnsettableCharacter)?;
        if !self.job.can_set(&letter) {
            return Err(HoldReason::UnsettableCharacter);
        }
        letter.address.size_pt = address::fitting_size(&letter.address.lines, &self.job.window, typesetter.fonts())
            .ok_or(HoldReason::AddressDoesNotFit)?;
        if !typesetter.words_fit(&letter, contact.letter_format) {
            return Err(HoldReason::WordTooLong);
        }
        let id = digest(&[plan_id, &member.id, recipient.word(), hash]);
        Ok(Prepared {
            letter_id: format!("L-{}", &id[..10]),
            transfer: 0,
            recipient,
            language: tag.to_owned(),
            format: contact.letter_format,
            zip,
            template,
            context: letter,
        })
    }
}

/// Is there nothing in the roster against mailing?
fn may_be_mailed(member: &Member) -> Result<(), HoldReason> {
    match member.mail_hold.as_deref() {
        Some(reason) if reason.to_ascii_lowercase().contains("confidential") => Err(HoldReason::ConfidentialAddress),
        Some(_) => Err(HoldReason::MailHold),
        None => Ok(()),
    }
}

/// The supervisor of a case manager's team, when name and phone are known.
pub fn supervisor_of(roster: &Roster, manager: ManagerIx) -> Option<Contact> {
    let team = roster.team_of(manager)?;
    Some(Contact {
        name: cell(team.supervisor_name.as_deref())?,
        phone: cell(team.supervisor_phone.as_deref())?,
        tty: None,
        email: cell(team.supervisor_email.as_deref()),
        hours: None,
    })
}

/// How a case manager is reached; `None` without name or phone.
pub fn contact_of(manager: &Manager) -> Option<Contact> {
    Some(Contact {
        name: cell(manager.name.as_deref())?,
        phone: cell(manager.phone.as_deref())?,
        tty: cell(manager.tty.as_deref()),
        email: cell(manager.email.as_deref()),
        hours: cell(manager.hours.as_deref()),
    })
}

fn former(manager: &Manager, sent_on: NaiveDate, effective_on: NaiveDate) -> Option<Former> {
    let last = manager.available_until;
    Some(Former {
        name: cell(manager.name.as_deref())?,
        here_today: last.is_none_or(|last| last >= sent_on),
        here_until_change: last.is_none_or(|last| last.succ_opt().is_none_or(|next| next >= effective_on)),
    })
}
