//! Letters from outside: the command from a made-up roster to files on disk, read back here with another PDF library.
//! What a hand-made plan or a crossed letter leads to is tested beside the code (`src/letters/tests.rs`).

#![cfg(feature = "letters")]
#![allow(clippy::unwrap_used)] // a test may stop

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use caseload::letters::{Organization, OrganizationError};
use lopdf::{Dictionary, Document, Object};
use tempfile::TempDir;

/// A roster and its plan, made by the commands.
struct Planned {
    folder: TempDir,
}

impl Planned {
    fn new() -> Self {
        let planned = Self::roster();
        planned.plan("plan", &[]);
        planned
    }

    fn roster() -> Self {
        let planned = Self { folder: tempfile::tempdir().unwrap() };
        let made = planned.run(&["generate", "--members", "300", "--managers", "0", "--seed", "5", "--out", "roster"]);
        assert!(made.status.success(), "{}", said(&made));
        planned
    }

    /// Runs the command in the folder.
    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_caseload"));
        command.env("NO_COLOR", "1").env("COLUMNS", "100").current_dir(&self.folder).args(args).output().unwrap()
    }

    fn plan(&self, out: &str, more: &[&str]) {
        let run = self.run(&[&["plan", "roster", "--out", out], more].concat());
        // 1: some rule that no plan can meet is unmet; the plan stands.
        assert!(matches!(run.status.code(), Some(0 | 1)), "{}", said(&run));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The rows of a table, by column.
    fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.path(name)).unwrap();
        reader.deserialize().map(|row| row.unwrap()).collect()
    }

    /// Rows by their first column's value.
    fn by(&self, name: &str, key: &str) -> BTreeMap<String, BTreeMap<String, String>> {
        self.table(name).into_iter().map(|row| (row[key].clone(), row)).collect()
    }

    /// Each printed letter: its row of the index, and its text without white space.
    fn letters(&self, folder: &str) -> Vec<(BTreeMap<String, String>, String)> {
        let mut files: BTreeMap<String, Document> = BTreeMap::new();
        let mut letters = Vec::new();
        for row in self.table(&format!("{folder}/index.csv")) {
            let batch = row["batch"].clone();
            let path = self.path(folder).join(&batch);
            let file = files.entry(batch).or_insert_with(|| Document::load(path).unwrap());
            let first: u32 = row["first_page"].parse().unwrap();
            let pages: Vec<u32> = (first..first + row["pages"].parse::<u32>().unwrap()).collect();
            let text = file.extract_text(&pages).unwrap();
            letters.push((row, text));
        }
        letters
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// All files below a folder but the one that tells the time.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.file_name() != "timings.json" {
                found.insert(entry.path().strip_prefix(folder).unwrap().to_owned(), fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

fn same(one: &Path, other: &Path) {
    let (one, other) = (contents(one), contents(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(*bytes == other[name], "{} differs", name.display());
    }
}

fn is_pdf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "pdf")
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect()
}

/// A dictionary of the catalog.
fn entry(document: &Document, key: &[u8]) -> Dictionary {
    let value = document.catalog().unwrap().get(key).unwrap();
    document.dereference(value).unwrap().1.as_dict().unwrap().clone()
}

#[test]
fn every_transfer_is_printed_or_held_and_every_file_is_what_the_index_says() {
    let planned = Planned::new();
    let transfers = planned.table("plan/transfers.csv");
    let index = planned.by("plan/letters/index.csv", "transfer_id");
    let held = planned.by("plan/letters/held.csv", "transfer_id");
    assert!(index.len() > 20 && !held.is_empty(), "{} printed, {} held: too few to tell", index.len(), held.len());
    assert_eq!(index.len() + held.len(), transfers.len());
    for transfer in &transfers {
        let id = &transfer["transfer_id"];
        let (printed, held) = (index.get(id), held.get(id));
        assert!(printed.is_some() != held.is_some(), "{id}: printed or held, one of them");
        let row = printed.or(held).unwrap();
        assert_eq!(row["member_id"], transfer["member_id"]);
        assert_eq!(transfer["letter_id"], printed.map_or("", |row| &row["letter_id"]));
    }

    let mut pages_of: BTreeMap<&str, usize> = BTreeMap::new();
    for row in index.values() {
        *pages_of.entry(&row["batch"]).or_default() += row["pages"].parse::<usize>().unwrap();
    }
    let letters = contents(&planned.path("plan/letters"));
    let manifest: serde_json::Value = serde_json::from_slice(&letters[Path::new("manifest.json")]).unwrap();
    assert_eq!(manifest["letters"], index.len());
    assert_eq!(manifest["held"], held.len());
    assert_eq!(letters.keys().filter(|path| is_pdf(path)).count(), pages_of.len());
    for (name, pages) in pages_of {
        let document = Document::load_mem(&letters[Path::new(name)]).unwrap();
        assert_eq!(document.get_pages().len(), pages, "{name}");
        accessible(&document, name);
    }
}

/// What PDF/UA-1 asks for and a machine can see.
fn accessible(document: &Document, name: &str) {
    let (language, title) = match name.split('-').next() {
        Some("es") => ("es", "Sobre la persona a cargo de su caso"),
        _ => ("en", "About your case manager"),
    };
    let catalog = document.catalog().unwrap();
    assert!(entry(document, b"MarkInfo").get(b"Marked").unwrap().as_bool().unwrap());
    assert!(entry(document, b"ViewerPreferences").get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
    assert!(entry(document, b"StructTreeRoot").has(b"ParentTree"));
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), language.as_bytes(), "{name}");
    let metadata = catalog.get(b"Metadata").and_then(|value| document.dereference(value)).unwrap().1;
    let metadata = metadata.as_stream().unwrap().get_plain_content().unwrap();
    let metadata = String::from_utf8_lossy(&metadata);
    assert!(metadata.contains("<pdfuaid:part>1</pdfuaid:part>"), "{metadata}");
    assert!(metadata.contains(title), "{name}: {metadata}");
}

#[test]
fn a_letter_names_its_member_and_the_new_case_manager_and_tells_nothing_else() {
    let planned = Planned::new();
    let members = planned.by("roster/members.csv", "member_id");
    let managers = planned.by("roster/managers.csv", "manager_id");
    let transfers = planned.by("plan/transfers.csv", "transfer_id");
    let needs = ["low", "moderate", "high", "intensive"].map(str::to_owned);
    let programs = members.values().map(|row| row["program"].to_lowercase()).filter(|code| !code.is_empty());
    let settings = members.values().map(|row| row["setting"].to_lowercase()).filter(|code| !code.is_empty());
    let secrets: BTreeSet<String> = needs.into_iter().chain(programs).chain(settings).collect();
    assert!(secrets.len() > 8, "{secrets:?}");
    let ids: Vec<&String> = members.keys().chain(managers.keys()).chain(transfers.keys()).collect();

    for (row, text) in planned.letters("plan/letters") {
        let transfer = &transfers[&row["transfer_id"]];
        let (member, manager) = (&members[&row["member_id"]], &managers[&transfer["to_manager_id"]]);
        let seen = without_spaces(&text);
        for value in [&member["name"], &manager["name"], &manager["phone"], &row["code"]] {
            assert!(seen.contains(&without_spaces(value)), "{}: {value} is missing in {text}", row["letter_id"]);
        }
        let read = words(&text);
        let common =
            if row["language"] == "es" { ["caso", "cargo", "emergencia"] } else { ["case", "manager", "emergency"] };
        assert!(common.iter().all(|word| read.contains(*word)), "words run together: {text}");
        // A street or a family may be called High or Low.
        let personal = member.iter().filter(|(column, _)| !matches!(&***column, "need" | "program" | "setting"));
        let from = managers.get(&transfer["from_manager_id"]).map(|from| from["name"].clone()).unwrap_or_default();
        let own: String = personal
            .map(|(_, value)| value.as_str())
            .chain([&*manager["name"], &from])
            .fold(String::new(), |all, value| all + " " + value);
        let told: Vec<String> = read.difference(&words(&own)).filter(|word| secrets.contains(*word)).cloned().collect();
        assert!(told.is_empty(), "{}: tells {told:?}", row["letter_id"]);
    }
    for (name, bytes) in contents(&planned.path("plan/letters")).iter().filter(|(name, _)| is_pdf(name)) {
        let everything = whole(&Document::load_mem(bytes).unwrap());
        for id in &ids {
            assert!(!everything.contains(id.as_str()), "{}: {id}", name.display());
        }
    }
}

#[test]
fn every_provider_is_told_of_its_members_that_move_and_of_no_others() {
    let planned = Planned::new();
    let members = planned.by("roster/members.csv", "member_id");
    let managers = planned.by("roster/managers.csv", "manager_id");
    let transfers = planned.by("plan/transfers.csv", "member_id");
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for service in planned.table("roster/services.csv") {
        if transfers.contains_key(&service["member_id"]) {
            told.entry(service["provider_id"].clone()).or_default().insert(service["member_id"].clone());
        }
    }
    assert!(told.len() > 5, "{told:?}");
    let (printed, held) =
        (planned.table("plan/handoff/providers.csv"), planned.table("plan/handoff/providers-held.csv"));
    let listed: BTreeSet<&String> = printed.iter().chain(&held).map(|row| &row["provider_id"]).collect();
    assert_eq!(listed, told.keys().collect());
    assert!(printed.len() + held.len() == told.len() && printed.len() > 5);
    for row in &printed {
        let file = Document::load(planned.path("plan/handoff").join(&row["batch"])).unwrap();
        let first: u32 = row["first_page"].parse().unwrap();
        let pages: Vec<u32> = (first..first + row["pages"].parse::<u32>().unwrap()).collect();
        let text = without_spaces(&file.extract_text(&pages).unwrap());
        let own = &told[&row["provider_id"]];
        assert_eq!(row["members"], own.len().to_string());
        for id in own {
            let manager = &managers[&transfers[id]["to_manager_id"]];
            let line = without_spaces(&format!("{}{}{}", members[id]["name"], manager["name"], manager["phone"]));
            assert!(text.contains(&line), "{}: {line} is missing in {text}", row["notice_id"]);
        }
        assert!(!text.contains(transfers.values().next().unwrap()["transfer_id"].as_str()));
    }
    // Names stand in the notices themselves only.
    for (path, bytes) in contents(&planned.path("plan/handoff")).iter().filter(|(path, _)| !is_pdf(path)) {
        let table = String::from_utf8_lossy(bytes);
        for member in members.values().filter(|member| !member["name"].is_empty()) {
            assert!(!table.contains(&member["name"]), "{}: {}", path.display(), member["member_id"]);
        }
    }
    let letters = planned.run(&["plan", "roster", "--out", "none", "--no-letters"]);
    assert!(matches!(letters.status.code(), Some(0 | 1)));
    assert!(!contents(&planned.path("none/handoff")).keys().any(|path| is_pdf(path)));
}

/// Every page's text, and every object that is not a drawing or a font, as text.
fn whole(document: &Document) -> String {
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    let mut text = document.extract_text(&pages).unwrap();
    for object in document.objects.values() {
        match object {
            Object::Stream(stream) if stream.dict.has_type(b"Metadata") => {
                text += &String::from_utf8_lossy(&stream.get_plain_content().unwrap());
            }
            Object::Stream(stream) => write!(text, "{:?}", stream.dict).unwrap(),
            other => write!(text, "{other:?}").unwrap(),
        }
    }
    text
}

#[test]
fn the_same_folder_twice_and_for_one_or_two_threads() {
    let planned = Planned::roster();
    planned.plan("one", &["--threads", "1"]);
    planned.plan("two", &["--threads", "2"]);
    planned.plan("again", &["--threads", "2"]);
    same(&planned.path("one"), &planned.path("two"));
    same(&planned.path("two"), &planned.path("again"));
}

#[test]
fn names_that_look_like_code_arrive_literally() {
    let hostile =
        ["#read(\"/etc/passwd\")", "{{7*7}} \\ `z`", "=HYPERLINK(\"x\")", "<img onerror> &amp; $x$ *b* _i_ @y"];
    let planned = Planned::roster();
    let path = planned.path("roster/members.csv");
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let header = reader.headers().unwrap().clone();
    let name = header.iter().position(|column| column == "name").unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut writer = csv::Writer::from_path(&path).unwrap();
    writer.write_record(&header).unwrap();
    for (at, row) in rows.iter().enumerate() {
        let cells = row.iter().enumerate();
        writer.write_record(cells.map(|(column, cell)| if column == name { hostile[at % 4] } else { cell })).unwrap();
    }
    writer.flush().unwrap();
    planned.plan("plan", &["--no-report"]);
    let members = planned.by("roster/members.csv", "member_id");
    let mut seen = BTreeSet::new();
    for (row, text) in planned.letters("plan/letters") {
        let name = &members[&row["member_id"]]["name"];
        assert!(without_spaces(&text).contains(&without_spaces(name)), "{name} is missing in {text}");
        seen.insert(name.clone());
    }
    assert_eq!(seen.len(), hostile.len(), "each name is in some letter");
    let held: Vec<_> = planned.table("plan/letters/held.csv").into_iter().map(|row| row["reason"].clone()).collect();
    assert!(!held.iter().any(|reason| reason == "unsettable_character" || reason == "no_name"), "{held:?}");
}

#[test]
fn letters_are_printed_again_from_the_folder_with_the_same_bytes() {
    let planned = Planned::roster();
    planned.plan("plan", &["--organization", "molina-iowa", "--as-of", "2026-12-01"]);
    let run = planned.run(&["letters", "plan", "roster", "--out", "again"]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    same(&planned.path("plan/letters"), &planned.path("again"));

    // In place only by force, and then nothing else of the folder changes.
    let before = contents(&planned.path("plan"));
    let run = planned.run(&["letters", "plan", "roster"]);
    assert_eq!(run.status.code(), Some(74), "{}", said(&run));
    assert!(said(&run).contains("--force"), "{}", said(&run));
    let run = planned.run(&["letters", "plan", "roster", "--force", "--format", "json"]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    assert!(before == contents(&planned.path("plan")));
    let told: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(told["letters"], planned.table("plan/letters/index.csv").len());
    assert_eq!(told["held"], planned.table("plan/letters/held.csv").len());
    assert_eq!(told["warnings"].as_array().unwrap().len(), 0, "{told}");

    // From another sender: the same letters by id and code, other words.
    let run = planned.run(&["letters", "plan", "roster", "--out", "iowa", "--organization", "iowa-total-care"]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    assert!(fs::read(planned.path("iowa/index.csv")).unwrap() == fs::read(planned.path("again/index.csv")).unwrap());
    let (_, text) = &planned.letters("iowa")[0];
    assert!(text.contains("Iowa Total Care") && !text.contains("Molina"), "{text}");
    let run = planned.run(&["letters", "plan", "roster", "--out", "none", "--organization", "molina"]);
    assert_eq!(run.status.code(), Some(2), "{}", said(&run));
    assert!(!planned.path("none").exists());
}

#[test]
fn what_lies_beside_the_roster_is_used_and_its_mistakes_end_the_run_with_nothing_written() {
    let planned = Planned::roster();
    fs::create_dir_all(planned.path("roster/letters/inserts")).unwrap();
    let notice = planned.path("roster/letters/inserts/nondiscrimination.txt");
    fs::write(&notice, "Our duty\n\nDiscrimination is against the law.\n").unwrap();
    planned.plan("plan", &["--no-report"]);
    let letters = planned.letters("plan/letters");
    assert!(!letters.is_empty());
    for (row, text) in letters {
        assert_eq!(row["inserts"], "nondiscrimination");
        assert!(without_spaces(&text).contains("Discriminationisagainstthelaw."), "{text}");
    }
    let run = planned.run(&["letters", "plan", "roster", "--out", "again"]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    same(&planned.path("plan/letters"), &planned.path("again"));

    fs::write(&notice, "Only a title\n").unwrap();
    for args in [vec!["plan", "roster", "--out", "other"], vec!["letters", "plan", "roster", "--out", "other"]] {
        let run = planned.run(&args);
        assert_eq!(run.status.code(), Some(2), "{}", said(&run));
        assert!(said(&run).contains("nondiscrimination.txt: there is no text after the title"), "{}", said(&run));
        assert!(!planned.path("other").exists());
    }
}

#[test]
fn letters_of_a_folder_that_does_not_verify_are_refused() {
    let planned = Planned::new();
    let refused = |args: &[&str]| {
        let run = planned.run(&[&["letters", "plan", "roster", "--out", "again"], args].concat());
        assert_eq!(run.status.code(), Some(1), "{}", said(&run));
        assert!(!planned.path("again").exists());
        said(&run)
    };
    let edited = |name: &str, edit: &dyn Fn(String) -> String| {
        let path = planned.path(name);
        let text = fs::read_to_string(&path).unwrap();
        let other = edit(text.clone());
        assert_ne!(text, other);
        fs::write(path, other).unwrap();
        text
    };
    let transfer = planned.table("plan/transfers.csv").remove(0);
    let row = |manager: &str| format!("{},{}\n", transfer["member_id"], transfer[manager]);

    let swap = |text: String| text.replace(&row("to_manager_id"), &row("from_manager_id"));
    let text = edited("plan/assignments.csv", &swap);
    let words = refused(&["--corrected"]);
    assert!(words.contains("No letter was printed") && words.contains(&transfer["member_id"]), "{words}");
    fs::write(planned.path("plan/assignments.csv"), text).unwrap();

    let text = edited("plan/plan.json", &|text| text.replacen("\"plan_id\": \"", "\"plan_id\": \"0", 1));
    assert!(refused(&[]).contains("plan_id"));
    fs::write(planned.path("plan/plan.json"), text).unwrap();

    // A corrected address: refused until one says so, then printed with the plan's own ids.
    let members = planned.by("roster/members.csv", "member_id");
    let printed = planned.letters("plan/letters").remove(0).0;
    let street = &members[&printed["member_id"]]["address_line1"];
    edited("roster/members.csv", &|text| text.replace(street, "4711 Corrected Lane"));
    let words = refused(&[]);
    assert!(words.contains("P07") && words.contains("--corrected"), "{words}");
    assert!(!words.contains("4711"), "{words}");
    let run = planned.run(&["letters", "plan", "roster", "--out", "again", "--corrected"]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    assert!(said(&run).contains("members.csv: changed since"), "{}", said(&run));
    let again = planned.letters("again");
    let (row, text) = again.iter().find(|(row, _)| row["letter_id"] == printed["letter_id"]).unwrap();
    assert_eq!(row["code"], printed["code"]);
    assert!(without_spaces(text).contains("4711CorrectedLane"), "{text}");
}

#[test]
fn only_a_folder_of_letters_is_replaced() {
    let planned = Planned::new();
    fs::create_dir(planned.path("mine")).unwrap();
    fs::write(planned.path("mine/manifest.json"), "{}").unwrap();
    let run = planned.run(&["letters", "plan", "roster", "--out", "mine", "--force"]);
    assert_eq!(run.status.code(), Some(74), "{}", said(&run));
    assert_eq!(fs::read(planned.path("mine/manifest.json")).unwrap(), b"{}");
}

#[test]
fn the_three_iowa_plans_have_the_contacts_they_published() {
    let contacts: Vec<(String, String, String)> = ["iowa-total-care", "molina-iowa", "wellpoint-iowa"]
        .iter()
        .map(|name| {
            let plan = Organization::load(name, Path::new(".")).unwrap();
            assert!(plan.return_address.is_empty() && plan.tty.is_none() && plan.grievance_phone.is_none());
            (plan.name, plan.phone, plan.email.unwrap())
        })
        .collect();
    let published = [
        ("Iowa Total Care", "1-833-404-1061", "itc_ltss@iowatotalcare.com"),
        ("Molina", "1-844-236-0894", "IA_CM@molinahealthcare.com"),
        ("WellPoint", "1-833-731-2140", "LTSS_Iowa@elevancehealth.com"),
    ];
    assert_eq!(contacts, published.map(|(name, phone, email)| (name.to_owned(), phone.to_owned(), email.to_owned())));
}

#[test]
fn a_profile_of_ones_own_is_read_from_its_file_and_its_mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.toml"), "name = \"Own Plan\"\nphone = \"1-800-555-0100\"\n").unwrap();
    std::fs::write(folder.path().join("bad.toml"), "name = \"Own Plan\"\nphone = \" \"\n").unwrap();
    std::fs::write(folder.path().join("odd.toml"), "name = \"Own\"\nphone = \"1\"\nfax = \"2\"\n").unwrap();
    assert_eq!(Organization::load("own.toml", folder.path()).unwrap().name, "Own Plan");
    let message = |name: &str| Organization::load(name, folder.path()).unwrap_err().to_string();
    assert!(message("bad.toml").contains("`name` and `phone` must not be blank"));
    assert!(message("odd.toml").contains("fax"));
    assert!(matches!(Organization::load("none.toml", folder.path()), Err(OrganizationError::Unreadable { .. })));
    assert!(message("molina").contains("shipped are: example, iowa-total-care, molina-iowa, wellpoint-iowa"));
}
