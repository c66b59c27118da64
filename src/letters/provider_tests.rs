//! Notices to providers: who gets one, what is in it, and that no line is another one's.

use std::collections::BTreeSet;

use super::provider::{ProviderHoldReason, ProviderOutcome};
use super::templates::Templates;
use super::tests::{Files, Run, tables, text, transfers};
use super::{LettersError, provider};
use crate::ids::{MemberIx, ProviderIx};
use crate::roster::{MailingAddress, Provider, RosterTables, Service};

fn provider(id: usize) -> Provider {
    Provider {
        id: format!("P{id:03}").into(),
        name: format!("Prairie Home Care {id}").into(),
        kind: None,
        place: None,
        address: MailingAddress {
            line1: text(&format!("{} Main Street", 10 + id)),
            line2: None,
            city: text("Ames"),
            state: text("IA"),
            zip: text("50010"),
        },
        phone: None,
        email: None,
        fax: None,
    }
}

fn with_providers(members: usize, providers: usize, links: &[(usize, usize)]) -> RosterTables {
    let service = |&(member, provider): &(usize, usize)| Service {
        member: MemberIx::new(member),
        provider: ProviderIx::new(provider),
        visits_per_month: Some(2.0),
    };
    RosterTables {
        providers: (0..providers).map(provider).collect(),
        services: links.iter().map(service).collect(),
        ..tables(members)
    }
}

fn printed(run: &Run) -> Result<(ProviderOutcome, Files), LettersError> {
    let mut files = Files::new();
    let outcome = provider::print(&run.job()?, &mut |path, bytes| {
        files.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    })?;
    Ok((outcome, files))
}

fn must(run: &Run) -> (ProviderOutcome, Files) {
    printed(run).unwrap_or_else(|error| panic!("{error}"))
}

fn words(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap_or_else(|error| panic!("{error}"));
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_provider_gets_one_notice_with_its_own_members_only() {
    // Member 4 is not transferred; provider 2 works with nobody who is.
    let run = Run::new(with_providers(5, 3, &[(0, 0), (1, 0), (1, 1), (2, 1), (4, 2)]), transfers(4));
    let (outcome, files) = must(&run);
    let rows: Vec<(&str, usize)> = outcome.written.iter().map(|row| (row.provider_id.as_str(), row.members)).collect();
    assert_eq!(rows.iter().copied().collect::<BTreeSet<_>>(), BTreeSet::from([("P000", 2), ("P001", 2)]));
    assert_eq!(outcome.held, Vec::new());
    let pdf = &files["providers-en-standard-1p-001.pdf"];
    let text = words(pdf);
    for name in ["Delgado-A", "Delgado-B", "Delgado-C"] {
        assert!(text.contains(name), "{name} is missing in {text}");
    }
    assert!(!text.contains("Delgado-E") && !text.contains("Delgado-D"), "{text}");
    let everything = format!("{:?}", lopdf::Document::load_mem(pdf)).to_lowercase() + &text.to_lowercase();
    for secret in ["aids", "waiver", "m0000", "intensive", "1961"] {
        assert!(!everything.contains(secret), "{secret}");
    }
    for name in ["providers.csv", "providers-held.csv"] {
        assert!(!String::from_utf8_lossy(&files[name]).contains("Delgado"), "{name}");
    }
    assert!(files == must(&run).1, "the same bytes twice");
}

#[test]
fn many_members_run_over_several_pages_and_none_is_lost() {
    let links: Vec<(usize, usize)> = (0..120).map(|member| (member, 0)).collect();
    let (outcome, files) = must(&Run::new(with_providers(120, 1, &links), transfers(120)));
    let row = &outcome.written[0];
    assert!(row.pages > 2 && row.members == 120, "{row:?}");
    // The head of the table stands on every page it runs over.
    assert!(words(&files[&row.batch]).matches("New case manager").count() >= row.pages - 1);
}

#[test]
fn a_notice_without_address_goes_by_fax_or_is_held_with_its_reason() {
    let mut tables = with_providers(3, 6, &[(0, 0), (0, 1), (0, 2), (0, 4), (1, 3), (2, 5)]);
    for at in [0, 1] {
        tables.providers[at].address.line1 = None;
    }
    tables.providers[0].fax = text("515-555-0177");
    tables.providers[2].name = "\u{5C71}\u{7530}".into();
    tables.contacts[1].name = None;
    tables.providers[4].name = "Very Long Name of a Provider ".repeat(6).into();
    tables.contacts[2].name = text(&"x".repeat(300));
    let (outcome, files) = must(&Run::new(tables, transfers(3)));
    assert_eq!(outcome.written.iter().map(|row| row.delivery).collect::<Vec<_>>(), ["fax"]);
    assert!(words(&files["providers-en-standard-1p-001.pdf"]).contains("515-555-0177"));
    let reasons: Vec<ProviderHoldReason> = outcome.held.iter().map(|held| held.reason).collect();
    assert_eq!(
        reasons,
        [
            ProviderHoldReason::NoAddress,
            ProviderHoldReason::UnsettableCharacter,
            ProviderHoldReason::NoName,
            ProviderHoldReason::AddressDoesNotFit,
            ProviderHoldReason::WordTooLong,
        ]
    );
    let held = String::from_utf8_lossy(&files["providers-held.csv"]).into_owned();
    assert!(held.starts_with("provider_id,members,reason,fix\nP001,1,no_address,"), "{held}");
}

#[test]
fn names_that_look_like_code_arrive_literally() {
    let hostile =
        ["#read(\"/etc/passwd\")", "{{7*7}}", "=HYPERLINK(\"x\")", "<img onerror>", "*b* _i_ $x$", "Ann\u{202E}Lee"];
    let links: Vec<(usize, usize)> = (0..hostile.len()).map(|member| (member, 0)).collect();
    let mut tables = with_providers(hostile.len(), 1, &links);
    for (at, name) in hostile.iter().enumerate() {
        tables.contacts[at].name = text(name);
    }
    tables.providers[0].name = "#panic() [a](b)".into();
    let (outcome, _) = must(&Run::new(tables, transfers(hostile.len())));
    // The read-back has compared every line with the roster.
    assert_eq!((outcome.written.len(), outcome.held.len()), (1, 0));
}

#[test]
fn a_line_that_is_another_ones_stops_the_notices() {
    let mut run = Run::new(with_providers(2, 1, &[(0, 0), (1, 0)]), transfers(2));
    let template = Templates::shipped().text("provider.en.typ").to_owned();
    for (good, bad) in [
        ("row.manager, number(row.phone)", "notice.members.last().manager, number(row.phone)"),
        ("row.manager, number(row.phone)", "row.manager, number(notice.members.first().phone)"),
        ("..notice.members.map(", "..notice.members.slice(1).map("),
    ] {
        let broken = template.replace(good, bad);
        assert_ne!(broken, template);
        run.stationery.templates = Templates::shipped().with("provider.en.typ", &broken);
        let message = printed(&run).map(|_| ()).map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(message.contains("another case manager or phone"), "{message}");
        assert!(!message.contains("Delgado"));
    }
}
