//! Letters from hand-made transfers: what is printed, what is held, and that nothing crosses.
//!
//! Long because every way in which letters could cross or leak is tried side by side.
#![allow(clippy::case_sensitive_file_extension_comparisons)] // names the program itself wrote

use std::fs;

use chrono::NaiveDate;

use super::recipient::Prepared;
use super::*;
use crate::ids::{ManagerIx, MemberIx, TeamIx};
use crate::plan::Reason;
use crate::program::settings::Overrides;
use crate::program::{MemberCopy, Settings};
use crate::roster::{
    GuardianRelation, LetterFormat, MailingAddress, Manager, Member, MemberContact, Need, RosterTables, Team,
};
use crate::units::Cost;

pub(super) fn day(text: &str) -> NaiveDate {
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

pub(super) fn text(value: &str) -> Option<Box<str>> {
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

pub(super) fn contact(id: usize) -> MemberContact {
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
        team: Some(TeamIx::new(0)),
        ..Manager::full_time("")
    }
}

pub(super) fn tables(members: usize) -> RosterTables {
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

pub(super) fn transfers(members: usize) -> Vec<Transfer> {
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

pub(super) type Files = BTreeMap<String, Vec<u8>>;

pub(super) struct Run {
    roster: Roster,
    pub(super) rules: Rules,
    transfers: Vec<Transfer>,
    pub(super) stationery: Stationery,
}

/// Of an organization, from what lies in that folder.
fn stationery(organization: &str, rules: &Rules, folder: &Path) -> Stationery {
    let organization = Organization::load(organization, folder).unwrap_or_else(|error| panic!("{error}"));
    Stationery::load(organization, &rules.letters, folder).unwrap_or_else(|error| panic!("{error}"))
}

impl Run {
    pub(super) fn new(tables: RosterTables, transfers: Vec<Transfer>) -> Self {
        let mut rules = rules();
        // What is installed on a computer must not decide a test.
        rules.letters.system_fonts = false;
        let stationery = stationery("example", &rules, Path::new("/nowhere"));
        Self { roster: Roster::new(tables), rules, transfers, stationery }
    }

    /// With what lies in a folder beside the roster.
    pub(super) fn beside(mut self, folder: &Path) -> Self {
        self.stationery = stationery("example", &self.rules, folder);
        self
    }

    pub(super) fn job(&self) -> Result<Job<'_>, LettersError> {
        Job::new(&self.roster, &self.rules, &self.transfers, "P-test", &self.stationery)
    }

    fn run(&self) -> Result<(Outcome, Files), LettersError> {
        let mut files = Files::new();
        let outcome = self.job()?.run(
            &mut |path, bytes| {
                files.insert(path.to_owned(), bytes.to_vec());
                Ok(())
            },
            &|_, _| {},
        )?;
        Ok((outcome, files))
    }

    pub(super) fn must(&self) -> (Outcome, Files) {
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
    let ids = letter_ids(&run.roster, &run.rules, &run.transfers, "P-test", &run.stationery);
    assert_eq!(ids.ok(), Some(outcome.letter_ids));
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
    for language in ["en", "es"] {
        let mut tables = tables.clone();
        tables.members.iter_mut().for_each(|member| member.language = language.into());
        let (outcome, files) = Run::new(tables, transfers(hostile.len() + 1)).must();
        // The read-back has compared each name with the roster; here only that none was held back.
        assert_eq!(outcome.held, Vec::new());
        assert_eq!(outcome.written.len(), hostile.len() + 1);
        // And nothing that turns the direction of writing is left in a file.
        let document = lopdf::Document::load_mem(pdf(&files)).unwrap_or_else(|error| panic!("{error}"));
        assert!(!format!("{document:?}").contains('\u{202E}'));
    }
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
    // Member 8 has the manager without a phone as well as member 6; inserts have a test of their own.
    let expected =
        [&words[..6], &["no_manager_contact", "unsettable_character", "no_manager_contact"], &words[9..]].concat();
    assert_eq!(reasons, expected);
    assert!(outcome.written.is_empty() && pdf(&files).is_empty());
    let held = String::from_utf8_lossy(&files["held.csv"]).into_owned();
    assert_eq!(held.lines().count(), 12);
    assert!(held.starts_with("member_id,transfer_id,recipient,reason,fix\n"));
}

#[test]
fn crossed_letters_stop_the_batch() {
    let run = Run::new(tables(2), transfers(2));
    let job = run.job().unwrap_or_else(|error| panic!("{error}"));
    let swap = |mix: &dyn Fn(&mut Prepared, &mut Prepared)| {
        let drafted = recipient::prepare(&job).unwrap_or_else(|error| panic!("{error}"));
        let mut letters: Vec<Prepared> = drafted.into_iter().filter_map(|(_, one)| one.ok()).collect();
        let (first, second) = letters.split_at_mut(1);
        mix(&mut first[0], &mut second[0]);
        let mut files = 0;
        let ended = batches::typeset(&job, letters, &|_, _| {}, &mut |_, _| {
            files += 1;
            Ok(())
        });
        assert_eq!(files, usize::from(ended.is_ok()), "a file that is wrong is not handed on");
        ended.map(|_| ()).map_err(|error| error.to_string())
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
    let layout = Templates::shipped().text("_layout.typ").to_owned();
    let mut run = Run::new(tables(1), transfers(1));
    for intruder in
        ["place(top + left, dy: 1.5in, dx: 3in)[x]", "place(top + left, dy: 1.5in, dx: 3.2in, rect(width: 9pt))"]
    {
        run.stationery.templates = Templates::shipped().with(
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
    let member = Templates::shipped().text("member.en.typ").to_owned();
    let mut run = Run::new(tables(1), transfers(1));
    for field in ["letter.diagnosis", "letter.to.tty", "letter.member.id"] {
        run.stationery.templates = Templates::shipped()
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
        run.stationery = stationery(name, &run.rules, Path::new("/nowhere"));
        let (outcome, _) = run.must();
        assert_eq!(outcome.written.len(), 1);
    }
    let error =
        Organization::load("molina-iow", std::path::Path::new("/nowhere")).map(|_| ()).map_err(|e| e.to_string());
    assert!(error.err().unwrap_or_default().contains("did you mean `molina-iowa`?"));
}

/// A folder beside a roster with these files.
pub(super) fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    for (name, bytes) in files {
        let path = folder.path().join(name);
        let written = fs::create_dir_all(path.parent().unwrap_or(folder.path())).and_then(|()| fs::write(path, bytes));
        written.unwrap_or_else(|error| panic!("{error}"));
    }
    folder
}

fn refused(run: Run, folder: &Path) -> String {
    let loaded = Stationery::load(run.stationery.organization.clone(), &run.rules.letters, folder);
    let ended = loaded.and_then(|stationery| Run { stationery, ..run }.run().map(|_| ()));
    match ended {
        Ok(()) => panic!("it was not refused"),
        Err(error @ LettersError::Supplied { .. }) => error.to_string(),
        Err(error) => panic!("a defect, not a mistake of the agency's: {error}"),
    }
}

#[test]
fn spanish_letters_read_back_and_are_easy_to_read() {
    let mut tables = tables(8);
    for member in &mut tables.members {
        member.language = "es-US".into();
    }
    tables.contacts[1].letter_format = LetterFormat::LargePrint;
    tables.contacts[2].guardian_relation = Some(GuardianRelation::Parent);
    tables.contacts[4].guardian_relation = Some(GuardianRelation::Guardian);
    tables.contacts[4].guardian_name = text("José Núñez Ibáñez");
    tables.managers[0].available_until = Some(day("2026-11-01"));
    let mut transfers = transfers(8);
    let reasons = [
        Reason::OverCap,
        Reason::ManagerLeaves,
        Reason::Decision,
        Reason::NotAllowed,
        Reason::Household,
        Reason::Average,
        Reason::Rebalance,
        Reason::FirstAssignment,
    ];
    for (transfer, reason) in transfers.iter_mut().zip(reasons) {
        transfer.reason = reason;
    }
    transfers[7].from = None;
    for team in [true, false] {
        let mut tables = tables.clone();
        if !team {
            tables.managers.iter_mut().for_each(|manager| manager.team = None);
        }
        let (outcome, _) = Run::new(tables, transfers.clone()).must();
        assert_eq!((outcome.written.len(), outcome.held.len()), (8, 0));
        assert_eq!(outcome.warnings, Vec::<String>::new());
        assert!(outcome.batches.iter().all(|batch| batch.language == "es"));
        let grades: Vec<f64> =
            outcome.batches.iter().flat_map(|b| &b.letters).filter_map(|letter| letter.reading_grade).collect();
        assert!(grades.len() == 8 && grades.iter().all(|grade| (1.0..=6.0).contains(grade)), "{grades:?}");
    }
}

const VIETNAMESE: &str = "[vi]\ntitle = \"V\u{1EC1} {your_case_manager}\"\nto_parent = \"K\u{ED}nh g\u{1EED}i\"\n\
    [vi.words]\nyour_case_manager = \"ng\u{1B0}\u{1EDD}i qu\u{1EA3}n l\u{FD}\"\nthe_case_manager = \"ng\u{1B0}\u{1EDD}i qu\u{1EA3}n l\u{FD}\"\n";

#[test]
fn a_language_more_changes_no_letter_of_another() {
    let run = || Run::new(tables(2), transfers(2));
    let before = run().must().1;
    let member = Templates::shipped().text("member.es.typ").replace("_words.es.typ", "_words.vi.typ");
    let words = Templates::shipped().text("_words.es.typ").to_owned();
    let beside = folder(&[
        ("letters/member.vi.typ", member.as_bytes()),
        ("letters/_words.vi.typ", words.as_bytes()),
        ("letters/languages.toml", VIETNAMESE.as_bytes()),
    ]);
    let after = run().beside(beside.path()).must().1;
    for (name, bytes) in before.iter().filter(|(name, _)| *name != "manifest.json") {
        assert!(after[name] == *bytes, "{name}");
    }

    // And it is printed; a guardian's letter has no template, and is held.
    let mut tables = tables(2);
    tables.members.iter_mut().for_each(|member| member.language = "vi".into());
    tables.contacts[1].guardian_name = text("Ann Lee");
    let (outcome, files) = Run::new(tables, transfers(2)).beside(beside.path()).must();
    assert_eq!(outcome.written[0].batch, "vi-standard-1p-001.pdf");
    assert_eq!(outcome.held[0].reason, HoldReason::LanguageWithoutTemplate);
    assert!(String::from_utf8_lossy(&files["manifest.json"]).contains("member.vi.typ"));
}

#[test]
fn the_agencys_own_wording_replaces_the_shipped_one_and_is_in_the_letters_id() {
    let shipped = Run::new(tables(1), transfers(1)).must().0;
    let member = Templates::shipped().text("member.en.typ").replace("to say hello", "to say good day");
    let beside = folder(&[("letters/member.en.typ", member.as_bytes())]);
    let own = Run::new(tables(1), transfers(1)).beside(beside.path()).must();
    assert_ne!(shipped.letter_ids, own.0.letter_ids);
    assert_eq!(own.0.letter_ids[0].as_deref(), Some(&*own.0.written[0].letter_id));
    // Words that member templates do not import leave the id alone.
    let words = Templates::shipped().text("_words.es.typ").replace("Hasta", "Antes de");
    let beside = folder(&[("letters/_words.es.typ", words.as_bytes())]);
    assert_eq!(Run::new(tables(1), transfers(1)).beside(beside.path()).must().0.letter_ids, shipped.letter_ids);
}

#[test]
fn mistakes_in_the_agencys_files_are_named_by_their_path() {
    let run = || Run::new(tables(1), transfers(1));
    let cases: [(&str, &str, &str); 7] = [
        ("letters/member.en.typ", "#let letter(letter) = [#letter.diagnosis]", "member.en.typ: line 1"),
        ("letters/membre.en.typ", "", "no letter uses a template of this name"),
        ("letters/member.vi.typ", "", "has no table [vi]"),
        ("letters/languages.toml", "[en]\ntitle = 1", "languages.toml: "),
        ("letters/inserts/notice.pdf", "%PDF", "inserts are text files"),
        ("letters/inserts/notice.txt", "Title only", "no text after the title"),
        ("letters/fonts/broken.ttf", "no font", "is not a font"),
    ];
    for (name, text, what) in cases {
        let beside = folder(&[(name, text.as_bytes())]);
        let message = refused(run(), beside.path());
        assert!(message.contains(what) && message.contains(&*beside.path().to_string_lossy()), "{name}: {message}");
    }
    // A folder that was named must be there.
    for set in [
        (|rules: &mut Rules| rules.letters.templates = "mine".to_owned()) as fn(&mut Rules),
        |rules| rules.letters.fonts = "mine".to_owned(),
        |rules| rules.letters.inserts = "mine".to_owned(),
    ] {
        let mut run = run();
        set(&mut run.rules);
        assert!(refused(run, Path::new("/nowhere")).starts_with("/nowhere/mine: "));
    }
}

#[test]
fn guardian_and_member_are_both_written_to_where_the_setting_says_so() {
    let kinds = |copy: MemberCopy| {
        let mut tables = tables(3);
        tables.contacts[0].guardian_name = text("Ann Lee");
        tables.contacts[0].guardian_relation = Some(GuardianRelation::Guardian);
        tables.contacts[0].guardian_address.line1 = text("9 Elm Street");
        tables.contacts[0].guardian_address.city = text("Ames");
        tables.contacts[0].guardian_address.state = text("IA");
        tables.contacts[0].guardian_address.zip = text("50010");
        tables.members[1].birth_date = Some(day("2015-01-01"));
        tables.contacts[1].guardian_address = tables.contacts[0].guardian_address.clone();
        tables.contacts[1].address.line1 = None;
        let mut run = Run::new(tables, transfers(3));
        run.rules.letters.member_copy = copy;
        let (outcome, _) = run.must();
        let ids: std::collections::BTreeSet<&str> = outcome.written.iter().map(|row| &*row.letter_id).collect();
        assert_eq!(ids.len(), outcome.written.len(), "each letter has its own id");
        assert!(outcome.letter_ids.iter().all(Option::is_some));
        let of = |id: &str| -> Vec<&str> {
            outcome.written.iter().filter(|row| row.transfer_id == id).map(|row| row.recipient).collect()
        };
        let held: Vec<(&str, &str)> =
            outcome.held.iter().map(|held| (held.recipient.word(), held.reason.word())).collect();
        (of("T00001").len(), of("T00002").len(), of("T00003").len(), format!("{held:?}"))
    };
    assert_eq!(kinds(MemberCopy::Never), (1, 1, 1, "[]".to_owned()));
    assert_eq!(kinds(MemberCopy::Adults), (2, 1, 1, "[]".to_owned()));
    // The child's own letter has no address: held by itself, the parents' is printed.
    assert_eq!(kinds(MemberCopy::Always), (2, 1, 1, "[(\"member\", \"no_address\")]".to_owned()));
}

const NOTICE: &str = "Discrimination is against the law\n\nWe follow the law. Call 1-800-555-0100.\n\n# Free help\n- \
                      Interpreters\n- Letters in large print\n";

#[test]
fn inserts_follow_every_letter_of_their_language_and_are_read_back() {
    let beside = folder(&[
        ("letters/inserts/nondiscrimination.en.txt", NOTICE.as_bytes()),
        ("letters/inserts/language-assistance.txt", "Help in your language\n\n[es] Llame al 711.\n".as_bytes()),
    ]);
    let mut tables = tables(4);
    tables.members[3].language = "es".into();
    tables.contacts[1].letter_format = LetterFormat::LargePrint;
    let without = Run::new(tables.clone(), transfers(4)).must().0;
    let run = Run::new(tables.clone(), transfers(4)).beside(beside.path());
    let (outcome, files) = run.must();
    let row = |outcome: &Outcome, id: &str| {
        let row = outcome.written.iter().find(|row| row.transfer_id == id);
        row.cloned().unwrap_or_else(|| panic!("{id} is not printed"))
    };
    assert_eq!(row(&outcome, "T00001").inserts, "language-assistance;nondiscrimination");
    assert_eq!(row(&outcome, "T00001").pages, row(&without, "T00001").pages + 2);
    assert_eq!(row(&outcome, "T00002").pages, row(&without, "T00002").pages + 2);
    assert_eq!(row(&outcome, "T00004").inserts, "language-assistance");
    assert_eq!(row(&outcome, "T00004").pages, row(&without, "T00004").pages + 1);
    assert_eq!(
        outcome.warnings,
        ["1 letters go without the insert nondiscrimination: there is no nondiscrimination.es.txt"]
    );
    assert!(String::from_utf8_lossy(&files["manifest.json"]).contains("nondiscrimination.en.txt"));
    // The notice is not scored: the grades are those of the letters alone.
    let grades = |outcome: &Outcome| -> Vec<Option<f64>> {
        let mut letters: Vec<_> = outcome.batches.iter().flat_map(|batch| &batch.letters).collect();
        letters.sort_by_key(|letter| letter.transfer_id.clone());
        letters.iter().map(|letter| letter.reading_grade).collect()
    };
    assert_eq!(grades(&outcome), grades(&without));
    // Another text of a notice is another letter.
    assert_ne!(outcome.letter_ids, without.letter_ids);

    // A layout that leaves inserts out, or cuts one short, is noticed.
    let layout = Templates::shipped().text("_layout.typ").replace("  enclosed\n", "");
    let inserts =
        Templates::shipped().text("_inserts.typ").replace("in insert.parts {", "in insert.parts.slice(0, 2) {");
    for (name, text) in [("_layout.typ", &layout), ("_inserts.typ", &inserts)] {
        let mut run = Run::new(tables.clone(), transfers(4)).beside(beside.path());
        assert_ne!(run.stationery.templates.text(name), text);
        run.stationery.templates = run.stationery.templates.with(name, text);
        let message = run.run().map(|_| ()).map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(message.contains("insert is"), "{name}: {message}");
    }
}

#[test]
fn a_required_insert_that_is_missing_holds_the_letter_or_stops_the_run() {
    let beside = folder(&[("letters/inserts/nondiscrimination.en.txt", NOTICE.as_bytes())]);
    let mut tables = tables(2);
    tables.members[1].language = "es".into();
    let mut run = Run::new(tables.clone(), transfers(2)).beside(beside.path());
    run.rules.letters.required_inserts = vec!["nondiscrimination".to_owned()];
    let (outcome, _) = run.must();
    assert_eq!((outcome.written.len(), outcome.held[0].reason), (1, HoldReason::MissingInsert));
    run.rules.letters.missing_insert = crate::program::MissingInsert::Stop;
    let message = refused(run, beside.path());
    assert!(message.contains("1 letters lack one of the required inserts (nondiscrimination)"), "{message}");
}

/// Ten letters of Hebrew and the space, of Noto Sans Hebrew (SIL Open Font License): `tests/fonts`.
const HEBREW: &[u8] = include_bytes!("../../tests/fonts/NotoSansHebrew-few.ttf");

#[test]
fn a_script_the_bundled_font_lacks_is_set_from_the_folder_of_fonts_and_held_without_it() {
    let mut tables = tables(3);
    tables.contacts[0].name = text("\u{5D3}\u{5D5}\u{5D3} \u{5DC}\u{5D5}\u{5D9}");
    tables.contacts[1].name = text("\u{5D3}\u{5D5}\u{5D3} Levi");
    // A letter that is not among those of the font.
    tables.contacts[2].name = text("\u{5E6}\u{5D5}\u{5D3}");
    let (outcome, _) = Run::new(tables.clone(), transfers(3)).must();
    assert_eq!(outcome.held.iter().map(|held| held.reason).collect::<Vec<_>>(), [HoldReason::UnsettableCharacter; 3]);
    let beside = folder(&[("letters/fonts/NotoSansHebrew-few.ttf", HEBREW)]);
    let (outcome, files) = Run::new(tables.clone(), transfers(3)).beside(beside.path()).must();
    let held: Vec<_> = outcome.held.iter().map(|held| (&*held.transfer_id, held.reason)).collect();
    assert_eq!(held, [("T00003", HoldReason::UnsettableCharacter)]);
    assert!(String::from_utf8_lossy(&files["manifest.json"]).contains("NotoSansHebrew-few.ttf"));
    assert!(files == Run::new(tables, transfers(3)).beside(beside.path()).must().1, "the same bytes twice");

    // Letters that need no other font have the bytes they had without it.
    let plain = Run::new(self::tables(2), transfers(2));
    let before = plain.must().1;
    let after = plain.beside(beside.path()).must().1;
    assert!(pdf(&before) == pdf(&after));
}

#[test]
fn a_letter_that_runs_from_right_to_left_reads_back() {
    // Every word of the letter in Hebrew letters the small font has.
    let word = "\u{5E9}\u{5DC}\u{5D5}\u{5DD}";
    let member = format!(
        "#import \"_layout.typ\": sheet, day, number\n#let words = (code: [{word}], date: it => [#it.day()/#it.month()])\n\
         #let letter(letter) = sheet(letter, words)[\n= {word}\n\n#letter.member.name {word} #letter.to.name {word} \
         #number(letter.to.phone) {word}.\n]\n"
    );
    let languages = format!("[he]\ntitle = \"{word}\"\nto_parent = \"{word}\"\n");
    let notice = format!("{word}\n\n{word} 1-800-555-0100 {word}\n");
    let beside = folder(&[
        ("letters/fonts/NotoSansHebrew-few.ttf", HEBREW),
        ("letters/member.he.typ", member.as_bytes()),
        ("letters/languages.toml", languages.as_bytes()),
        ("letters/inserts/notice.he.txt", notice.as_bytes()),
    ]);
    let mut tables = tables(2);
    tables.members.iter_mut().for_each(|member| member.language = "he".into());
    tables.contacts[0].name = text("\u{5D3}\u{5D5}\u{5D3} \u{5DC}\u{5D5}\u{5D9}");
    // Without the font nothing of it is printed.
    let (outcome, _) = Run::new(tables.clone(), transfers(2)).beside(beside.path()).must();
    assert_eq!(outcome.held, Vec::new());
    assert_eq!(outcome.written.len(), 2);
    fs::remove_file(beside.path().join("letters/fonts/NotoSansHebrew-few.ttf")).unwrap_or_else(|e| panic!("{e}"));
    fs::remove_file(beside.path().join("letters/inserts/notice.he.txt")).unwrap_or_else(|e| panic!("{e}"));
    let (outcome, _) = Run::new(tables, transfers(2)).beside(beside.path()).must();
    assert!(outcome.written.is_empty());
    assert!(outcome.held.iter().all(|held| held.reason == HoldReason::UnsettableCharacter));
}
