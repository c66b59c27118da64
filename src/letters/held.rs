//! Letters that are not printed: why, and what to do about it.

use serde::Serialize;

use super::recipient::RecipientKind;
use crate::ids::MemberIx;

/// Why a letter is not printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// `mail_hold` says the address is confidential.
    ConfidentialAddress,
    /// `mail_hold` gives another reason.
    MailHold,
    /// The member's name, or that of a guardian to be named, is blank.
    NoName,
    /// Street, city, state or ZIP is blank.
    NoAddress,
    /// The format is Braille.
    Braille,
    /// No template in the member's language.
    LanguageWithoutTemplate,
    /// A notice that must go with every letter is not there in the member's language.
    MissingInsert,
    /// The new case manager's name or phone is blank.
    NoManagerContact,
    /// No font has a character of a name, of the address or of the letter itself.
    UnsettableCharacter,
    /// The address is too large for the window.
    AddressDoesNotFit,
    /// A word without a space is wider than the page's text.
    WordTooLong,
}

impl HoldReason {
    /// All, in the order they are looked for.
    pub const ALL: [Self; 11] = [
        Self::ConfidentialAddress,
        Self::MailHold,
        Self::NoName,
        Self::NoAddress,
        Self::Braille,
        Self::LanguageWithoutTemplate,
        Self::MissingInsert,
        Self::NoManagerContact,
        Self::UnsettableCharacter,
        Self::AddressDoesNotFit,
        Self::WordTooLong,
    ];

    /// The code of `held.csv`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ConfidentialAddress => "confidential_address",
            Self::MailHold => "mail_hold",
            Self::NoName => "no_name",
            Self::NoAddress => "no_address",
            Self::Braille => "braille",
            Self::LanguageWithoutTemplate => "language_without_template",
            Self::MissingInsert => "missing_insert",
            Self::NoManagerContact => "no_manager_contact",
            Self::UnsettableCharacter => "unsettable_character",
            Self::AddressDoesNotFit => "address_does_not_fit",
            Self::WordTooLong => "word_too_long",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn fix(self) -> &'static str {
        match self {
            Self::ConfidentialAddress => "Deliver by the safe route agreed with the member; never by this mailing.",
            Self::MailHold => {
                "Clear mail_hold in members.csv when mail may go out again, then run `caseload letters --corrected`."
            }
            Self::NoName => "Fill in name (and guardian_name, where a guardian or representative is to be written to).",
            Self::NoAddress => "Fill in address line 1, city, state and ZIP of the person the letter goes to.",
            Self::Braille => "Hand to the Braille service; the letter's facts are in transfers.csv.",
            Self::LanguageWithoutTemplate => {
                "Have an approved translation made and put it into the letters folder beside the roster; letters are \
                 never machine-translated."
            }
            Self::MissingInsert => {
                "Put the approved notice in this language into the folder of inserts, as NAME.LANGUAGE.txt."
            }
            Self::NoManagerContact => "Fill in name and phone of the new case manager in managers.csv.",
            Self::UnsettableCharacter => {
                "Put a font that has the script into the fonts folder beside the roster, correct the spelling, or write by \
                 hand."
            }
            Self::WordTooLong => "Correct the name, phone or e-mail that is wider than the page.",
            Self::AddressDoesNotFit => "Shorten the name or address lines to what the envelope's window shows.",
        }
    }
}

/// A letter that is not printed: a row of `held.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whose.
    pub member: MemberIx,
    /// Of which transfer.
    pub transfer_id: String,
    /// To whom it would have gone.
    pub recipient: RecipientKind,
    /// Why not.
    pub reason: HoldReason,
}
