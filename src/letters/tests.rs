//! Letters from hand-made transfers: what is printed, what is held, and that nothing crosses.
//!
//! Long because every way in which letters could cross or leak is tried side by side.
#![allow(clippy::case_sensitive_file_extension_comparisons)] // names the program itself wrote

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::*;
use crate::ids::{ManagerIx, MemberIx, TeamIx};
use crate::plan::Reason;
use crate::program::Settings;
use crate::program::settings::Overrides;
use crate::roster::{
    GuardianRelation, LetterFormat, MailingAddress, Manager, Member, MemberContact, Need, RosterTables, Team,
};
use crate::units::Cost;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

fn rules() -> Rules {
    let overrides =
        Overrides { as_of: Some(day("2026-11-23")), effective_on: Some(day("2026-12-15")), ..Overrides::default() };
    match Settings::resolve(std::path::Path::new("/nowhere"), &overrides, day("2026-11-23")) {
        Ok(settings) => settings.rules,
        Err(error) => panic!("{error}"),
    }
}

fn text(value: &str) -> Option<Box<str>> {
    (!value.is_empty()).then(|| value.into())
}

fn member(id: usize) -> Member {
    Member {
        id: format!("M{id:05}").into(),
        need: Need::High,
        urgent: false,
        birth_date: Some(day("1961-05-04")),
        program: Some("aids-hiv-waiver".into()),
        setting: None,
        home: None,
        zip: None,
        county: None,
        language: "en".into(),
        household: None,
        manager: Some(ManagerIx::new(0)),
        assigned_on: None,
        last_contact_on: None,
        next_outreach_on: None,
        assessment_due_on: None,
        visits_per_year: None,
        contacts_per_month: None,
        hours_per_year: None,
        authorized_units: None,
        used_units: None,
        other_case_management: None,
        mail_hold: None,
        case: crate::roster::CaseFacts::default(),
    }
}

fn contact(id: usize) -> MemberContact {
    MemberContact {
        name: text(&format!("Maria Delgado-{}", (b'A' + (id % 26) as u8) as char)),
        address: MailingAddress {
            line1: text(&format!("{} Prairie Lane", 100 + id)),
            line2: None,
            city: text("Des Moines"),
            state: text("IA"),
            zip: text(&format!("{:05}", 50301 + (id * 7) % 40)),
        },
        ..MemberContact::default()
    }
}

fn manager(id: usize, name: &str) -> Manager {
    Manager {
        id: format!("C{id:03}").into(),
        name: text(name),
        phone: text(&format!("515-555-01{id:02}")),
        email: text("case.manager@example.org"),
        tty: None,
        hours: None,
        team: Some(TeamIx::new(0)),
        base: None,
        zip: None,
        county: None,
        fte_thousandths: 1000,
        hired_on: None,
        manager_since: None,
        available_from: None,
        available_until: None,
        languages: vec!["en".into()],
        programs: Vec::new(),
        qualifications: Vec::new(),
        max_caseload: None,
        accepts_new: true,
        counties: Vec::new(),
        hours_per_year: None,
        absence: crate::roster::Absence::default(),
    }
}

fn tables(members: usize) -> RosterTables {
    RosterTables {
        members: (0..members).map(member).collect(),
        contacts: (0..members).map(contact).collect(),
        managers: vec![manager(0, "Robert Lee"), manager(1, "Ana Ruiz"), manager(2, "Nguyễn Thị Hồng")],
        teams: vec![Team {
            id: "North".into(),
            supervisor_name: text("Carla Johnson"),
            supervisor_phone: text("515-555-0199"),
            supervisor_email: None,
            region: None,
        }],
        ..RosterTables::default()
    }
}

fn transfers(members: usize) -> Vec<Transfer> {
    let one = |at: usize| Transfer {
        id: format!("T{:05}", at + 1),
        member: MemberIx::new(at),
        from: Some(ManagerIx::new(0)),
        to: ManagerIx::new(1 + at % 2),
        reason: Reason::OverCap,
        because: String::new(),
        need: Need::High,
        tenure_months: None,
        minutes_before: None,
        minutes_after: None,
        cost_delta: Cost::ZERO,
        runner_up: None,
        wave: None,
        handoff_on: None,
        handoff_method: None,
        letter_id: None,
    };
    (0..members).map(one).collect()
}

/// Confuses two letters.
type Mix = fn(&mut Prepared, &mut Prepared);

type Files = BTreeMap<String, Vec<u8>>;

struct Run {
    roster: Roster,
    rules: Rules,
    transfers: Vec<Transfer>,
    organization: Organization,
    templates: Templates,
}

impl Run {
    fn new(tables: RosterTables, transfers: Vec<Transfer>) -> Self {
        let organization = Organization::load("example", std::path::Path::new("/nowhere"));
        Self {
            roster: Roster::new(tables),
            rules: rules(),
            transfers,
            organization: organization.unwrap_or_else(|error| panic!("{error}")),
            templates: Templates::shipped(),
        }
    }

    fn job(&self) -> Job<'_> {
        Job {
            roster: &self.roster,
            rules: &self.rules,
            transfers: &self.transfers,
            plan_id: "P-test",
            organization: &self.organization,
            templates: self.templates.clone(),
        }
    }

    fn run(&self) -> Result<(Outcome, Files), LettersError> {
        let mut files = Files::new();
        let outcome = self.job().run(
            &mut |path, bytes| {
                files.insert(path.to_owned(), bytes.to_vec());
                Ok(())
            },
            &|_, _| {},
        )?;
        Ok((outcome, files))
    }

    fn must(&self) -> (Outcome, Files) {
        self.run().unwrap_or_else(|error| panic!("{error}"))
    }
}

fn pdf(files: &Files) -> &[u8] {
    files.iter().find(|(name, _)| name.ends_with(".pdf")).map_or(&[], |(_, bytes)| bytes)
}

#[test]
fn every_transfer_has_a_letter_that_reads_back() {
    let mut tables = tables(6);
    tables.contacts[1].letter_format = LetterFormat::LargePrint;
    tables.contacts[2].guardian_relation = Some(GuardianRelation::Parent);
    tables.members[3].birth_date = Some(day("2015-01-01"));
    tables.contacts[4].guardian_relation = Some(GuardianRelation::Guardian);
    tables.contacts[4].guardian_name = text("Елена Шевченко");
    let mut transfers = transfers(6);
    transfers[5].from = None;
    transfers[5].reason = Reason::FirstAssignment;
    let run = Run::new(tables, transfers);
    let (outcome, _) = run.must();
    assert_eq!(outcome.written.len(), 6);
    assert!(outcome.held.is_empty());
    assert_eq!(outcome.warnings, Vec::<String>::new());
    let kinds: Vec<&str> = {
        let mut rows: Vec<_> = outcome.written.iter().collect();
        rows.sort_by_key(|row| &row.member_id);
        rows.iter().map(|row| row.recipient).collect()
    };
    assert_eq!(kinds, ["member", "member", "parent", "parent", "guardian", "member"]);
    let grades: Vec<f64> =
        outcome.batches.iter().flat_map(|b| &b.letters).filter_map(|letter| letter.reading_grade).collect();
    assert_eq!(grades.len(), 6);
    assert!(grades.iter().all(|grade| (1.0..=6.0).contains(grade)), "{grades:?}");
    let ids = letter_ids(&run.roster, &run.rules, &run.transfers, "P-test", &run.organization);
    assert_eq!(ids.ok(), Some(outcome.letter_ids));
}

#[test]
fn files_are_accessible_documents() {
    let (_, files) = Run::new(tables(3), transfers(3)).must();
    let document = lopdf::Document::load_mem(pdf(&files)).unwrap_or_else(|error| panic!("{error}"));
    let catalog = document.catalog().unwrap_or_else(|error| panic!("{error}"));
    let dict = |key: &[u8]| {
        let value = catalog.get(key).and_then(|value| document.dereference(value)).map(|(_, value)| value.clone());
        value.and_then(|value| value.as_dict().cloned()).unwrap_or_default()
    };
    assert!(dict(b"MarkInfo").get(b"Marked").and_then(lopdf::Object::as_bool).unwrap_or(false));
    assert!(dict(b"ViewerPreferences").get(b"DisplayDocTitle").and_then(lopdf::Object::as_bool).unwrap_or(false));
    assert!(!dict(b"StructTreeRoot").is_empty());
    assert_eq!(catalog.get(b"Lang").and_then(lopdf::Object::as_str).ok(), Some(&b"en"[..]));
    let metadata = catalog
        .get(b"Metadata")
        .and_then(lopdf::Object::as_reference)
        .and_then(|id| document.get_object(id))
        .and_then(lopdf::Object::as_stream)
        .map(|stream| String::from_utf8_lossy(&stream.get_plain_content().unwrap_or_default()).into_owned())
        .unwrap_or_default();
    assert!(metadata.contains("pdfuaid"), "{metadata}");
    assert!(metadata.contains("About your case manager"));
    let tags: Vec<String> = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok())
        .filter_map(|dict| dict.get(b"S").and_then(lopdf::Object::as_name).ok())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    let count = |tag: &str| tags.iter().filter(|name| *name == tag).count();
    assert_eq!((count("H1"), count("H2")), (3, 15));
    assert!(count("LI") >= 3 * 6 && count("P") > 3);
}

#[test]
fn no_program_need_or_id_is_in_any_file() {
    let (_, files) = Run::new(tables(3), transfers(3)).must();
    let document = lopdf::Document::load_mem(pdf(&files)).unwrap_or_else(|error| panic!("{error}"));
    let everything = format!("{document:?}").to_lowercase();
    for secret in ["aids", "waiver", "m00001", "intensive"] {
        assert!(!everything.contains(secret), "{secret}");
        assert!(files.keys().all(|name| !name.to_lowercase().contains(secret)));
    }
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with(".pdf")) {
        assert!(!String::from_utf8_lossy(bytes).contains("Delgado"), "{name}");
    }
}

#[test]
fn the_same_bytes_twice_and_for_one_or_two_workers() {
    let run = Run::new(tables(30), transfers(30));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap_or_else(|error| panic!("{error}")).install(|| run.must().1)
    };
    let first = with(1);
    assert!(first == with(2), "one or two workers");
    assert!(first == with(2), "twice");
}

#[test]
fn names_that_look_like_code_arrive_literally() {
    let hostile = [
        "#read(\"/etc/passwd\")",
        "{{7*7}}",
        "=HYPERLINK(\"x\")",
        "<img onerror>",
        "*b* _i_ $x$ @y \\ `z`",
        "Ann\u{202E}Lee",
    ];
    let mut tables = tables(hostile.len() + 1);
    for (at, name) in hostile.iter().enumerate() {
        tables.contacts[at].name = text(name);
    }
    let long = "Wilhelmina ".repeat(28);
    tables.contacts[hostile.len()].name = text(&long);
    tables.contacts[hostile.len()].guardian_relation = Some(GuardianRelation::Guardian);
    tables.contacts[hostile.len()].guardian_name = text("Ann Lee");
    tables.managers[1].name = text("#panic(\"x\") [a](b)");
    let (outcome, _) = Run::new(tables, transfers(hostile.len() + 1)).must();
    // The read-back has compared each name with the roster; here only that none was held back.
    assert_eq!(outcome.held, Vec::new());
    assert_eq!(outcome.written.len(), hostile.len() + 1);
}

#[test]
fn what_cannot_be_mailed_is_held_with_its_reason() {
    let mut tables = tables(11);
    tables.contacts[10].guardian_relation = Some(GuardianRelation::Guardian);
    tables.contacts[10].guardian_name = text("Ann Lee");
    tables.contacts[10].name = text(&"x".repeat(300));
    tables.members[0].mail_hold = Some("confidential address".into());
    tables.members[1].mail_hold = Some("deceased".into());
    tables.contacts[2].name = text(" ");
    tables.contacts[3].address.line1 = None;
    tables.contacts[4].letter_format = LetterFormat::Braille;
    tables.members[5].language = "vi".into();
    tables.managers[1].phone = None;
    tables.contacts[7].name = text("山田 太郎");
    tables.contacts[9].name = text(&"Maximiliana ".repeat(9));
    let mut transfers = transfers(11);
    transfers[10].to = ManagerIx::new(2);
    let (outcome, files) = Run::new(tables, transfers).must();
    let reasons: Vec<&str> = outcome.held.iter().map(|held| held.reason.word()).collect();
    let words: Vec<&str> = HoldReason::ALL.iter().map(|reason| reason.word()).collect();
    // Member 8 has the manager without a phone as well as member 6.
    let expected = [&words[..8], &["no_manager_contact", words[8], words[9]]].concat();
    assert_eq!(reasons, expected);
    assert!(outcome.written.is_empty() && pdf(&files).is_empty());
    let held = String::from_utf8_lossy(&files["held.csv"]).into_owned();
    assert_eq!(held.lines().count(), 12);
    assert!(held.starts_with("member_id,transfer_id,recipient,reason,fix\n"));
}

#[test]
fn crossed_letters_stop_the_batch() {
    let run = Run::new(tables(2), transfers(2));
    let job = run.job();
    let languages = Languages::parse(run.templates.text("languages.toml").unwrap_or_default());
    let languages = languages.unwrap_or_else(|error| panic!("{error}"));
    let window = Window::named(run.templates.text("windows.toml").unwrap_or_default(), "number-10");
    let window = window.unwrap_or_else(|error| panic!("{error}"));
    let swap = |mix: &dyn Fn(&mut Prepared, &mut Prepared)| {
        let mut letters: Vec<Prepared> = job.prepare().into_iter().flatten().flatten().collect();
        let (first, second) = letters.split_at_mut(1);
        mix(&mut first[0], &mut second[0]);
        batches::typeset(&job, &languages, &window, letters, &|_, _| {}).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(swap(&|_, _| {}), Ok(()));
    let mixes: [(Mix, &str); 5] = [
        (|a, b| std::mem::swap(&mut a.context.address, &mut b.context.address), "another name or address"),
        (|a, b| std::mem::swap(&mut a.context.member, &mut b.context.member), "member's name"),
        (|a, b| std::mem::swap(&mut a.context.to.name, &mut b.context.to.name), "manager's name"),
        (|a, b| std::mem::swap(&mut a.context.to.phone, &mut b.context.to.phone), "manager's phone"),
        (|a, b| std::mem::swap(&mut a.context.code, &mut b.context.code), "code at the foot"),
    ];
    for (mix, what) in mixes {
        let message = swap(&mix).err().unwrap_or_default();
        assert!(message.contains(what), "{what}: {message}");
        assert!(!message.contains("Delgado"));
    }
}

#[test]
fn whatever_stands_in_the_window_stops_the_batch() {
    let layout = Templates::shipped().text("_layout.typ").unwrap_or_default().to_owned();
    let mut run = Run::new(tables(1), transfers(1));
    for intruder in
        ["place(top + left, dy: 1.5in, dx: 3in)[x]", "place(top + left, dy: 1.5in, dx: 3.2in, rect(width: 9pt))"]
    {
        run.templates = Templates::shipped().with(
            "_layout.typ",
            &layout.replace(
                "let organization = letter.organization",
                &format!("let organization = letter.organization\n{intruder}"),
            ),
        );
        let message = run.run().map(|_| ()).map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(message.contains("window"), "{message}");
    }
}

#[test]
fn a_template_that_uses_an_unknown_or_unfilled_field_is_refused() {
    let member = Templates::shipped().text("member.en.typ").unwrap_or_default().to_owned();
    let mut run = Run::new(tables(1), transfers(1));
    for field in ["letter.diagnosis", "letter.to.tty", "letter.member.id"] {
        run.templates = Templates::shipped()
            .with("member.en.typ", &member.replace("Dear #letter", &format!("#{field} Dear #letter")));
        let message = run.run().map(|_| ()).map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(message.starts_with("models/letters/member.en.typ: "), "{message}");
    }
}

#[test]
fn shipped_organizations_say_what_was_published() {
    assert_eq!(Organization::shipped_names(), ["example", "iowa-total-care", "molina-iowa", "wellpoint-iowa"]);
    for name in Organization::shipped_names() {
        let mut run = Run::new(tables(1), transfers(1));
        run.organization = Organization::load(name, std::path::Path::new("/nowhere")).unwrap_or_else(|e| panic!("{e}"));
        let (outcome, _) = run.must();
        assert_eq!(outcome.written.len(), 1);
    }
    let error =
        Organization::load("molina-iow", std::path::Path::new("/nowhere")).map(|_| ()).map_err(|e| e.to_string());
    assert!(error.err().unwrap_or_default().contains("did you mean `molina-iowa`?"));
}
