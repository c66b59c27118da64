//! What makes a letter readable by a screen reader, for every kind, format and language: tags, title, language, reading
//! order, headings. Read with a PDF library that neither makes nor compares letters.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::tests::{Run, contact, day, folder, tables, text, transfers};
use crate::plan::Reason;
use crate::program::MemberCopy;
use crate::roster::{GuardianRelation, LetterFormat};

/// An element of the structure tree: its tag, and what it holds in order.
#[derive(Debug)]
struct Element {
    tag: String,
    language: Option<String>,
    kids: Vec<Kid>,
}

#[derive(Debug)]
enum Kid {
    Element(Element),
    /// A piece of content: page and number.
    Content(ObjectId, i64),
}

struct Reader<'a> {
    document: &'a Document,
}

impl Reader<'_> {
    fn dict<'d>(&'d self, object: &'d Object) -> Option<&'d Dictionary> {
        self.document.dereference(object).ok()?.1.as_dict().ok()
    }

    fn element(&self, dict: &Dictionary, page: Option<ObjectId>) -> Element {
        let page = dict.get(b"Pg").and_then(Object::as_reference).ok().or(page);
        let tag =
            dict.get(b"S").and_then(Object::as_name).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        let language = dict.get(b"Lang").and_then(Object::as_str).ok();
        let mut kids = Vec::new();
        if let Ok(k) = dict.get(b"K") {
            self.kids(k, page, &mut kids);
        }
        Element { tag, language: language.map(|tag| String::from_utf8_lossy(tag).into_owned()), kids }
    }

    fn kids(&self, object: &Object, page: Option<ObjectId>, kids: &mut Vec<Kid>) {
        let object = self.document.dereference(object).map_or(object, |(_, object)| object);
        match object {
            Object::Array(items) => items.iter().for_each(|item| self.kids(item, page, kids)),
            Object::Integer(number) => kids.push(Kid::Content(page.unwrap_or_default(), *number)),
            Object::Dictionary(dict) if dict.has(b"MCID") => {
                let page = dict.get(b"Pg").and_then(Object::as_reference).ok().or(page);
                let number = dict.get(b"MCID").and_then(Object::as_i64).unwrap_or(-1);
                kids.push(Kid::Content(page.unwrap_or_default(), number));
            }
            Object::Dictionary(dict) if dict.has(b"S") => kids.push(Kid::Element(self.element(dict, page))),
            other => panic!("something unknown in the structure tree: {other:?}"),
        }
    }
}

impl Element {
    /// Every element in reading order, with the tags above it.
    fn walk<'e>(&'e self, above: &mut Vec<&'e str>, each: &mut dyn FnMut(&'e Self, &[&'e str])) {
        each(self, above);
        above.push(&self.tag);
        for kid in &self.kids {
            if let Kid::Element(element) = kid {
                element.walk(above, each);
            }
        }
        above.pop();
    }

    /// Every piece of content in reading order.
    fn contents(&self) -> Vec<(ObjectId, i64)> {
        let of = |kid: &Kid| match kid {
            Kid::Element(element) => element.contents(),
            Kid::Content(page, number) => vec![(*page, *number)],
        };
        self.kids.iter().flat_map(of).collect()
    }
}

/// A file's structure tree.
fn tree(document: &Document) -> Element {
    let reader = Reader { document };
    let root = document.catalog().and_then(|catalog| catalog.get(b"StructTreeRoot"));
    let root = root.ok().and_then(|root| reader.dict(root)).unwrap_or_else(|| panic!("no structure tree"));
    assert!(root.has(b"ParentTree"));
    reader.element(root, None)
}

/// Checks a file of letters and gives the headings in order, level and all.
fn checked(name: &str, pdf: &[u8], language: &str, title: &str, letters: usize) -> Vec<usize> {
    let document = Document::load_mem(pdf).unwrap_or_else(|error| panic!("{name}: {error}"));
    let catalog = document.catalog().unwrap_or_else(|error| panic!("{name}: {error}"));
    let reader = Reader { document: &document };
    let flag = |dict: &[u8], key: &[u8]| {
        let dict = catalog.get(dict).ok().and_then(|dict| reader.dict(dict));
        dict.and_then(|dict| dict.get(key).and_then(Object::as_bool).ok()).unwrap_or(false)
    };
    assert!(flag(b"MarkInfo", b"Marked"), "{name}: not marked as tagged");
    assert!(flag(b"ViewerPreferences", b"DisplayDocTitle"), "{name}: the title is not shown");
    assert_eq!(catalog.get(b"Lang").and_then(Object::as_str).ok(), Some(language.as_bytes()), "{name}");
    let metadata = catalog.get(b"Metadata").and_then(|object| document.dereference(object));
    let metadata = metadata.and_then(|(_, object)| object.as_stream()).and_then(lopdf::Stream::get_plain_content);
    let metadata = String::from_utf8_lossy(&metadata.unwrap_or_default()).into_owned();
    assert!(metadata.contains("<pdfuaid:part>1</pdfuaid:part>"), "{name}: {metadata}");
    assert!(metadata.contains(title), "{name}: {metadata}");

    // Every piece of text on a page is an artifact (the foot) or has a number in the structure tree.
    let pages = document.get_pages();
    let order: BTreeMap<ObjectId, u32> = pages.iter().map(|(number, id)| (*id, *number)).collect();
    let mut numbered: BTreeSet<(u32, i64)> = BTreeSet::new();
    for (number, id) in &pages {
        let page = document.get_dictionary(*id).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.has(b"StructParents"), "{name}: page {number} is not in the tree");
        assert_eq!(page.get(b"Tabs").and_then(Object::as_name).ok(), Some(&b"S"[..]), "{name}: page {number}");
        let content = Content::decode(&document.get_page_content(*id));
        let content = content.unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut marked: Vec<bool> = Vec::new();
        for operation in &content.operations {
            match operation.operator.as_str() {
                "BMC" | "BDC" => {
                    let artifact = operation.operands.first().and_then(|tag| tag.as_name().ok()) == Some(b"Artifact");
                    let place = operation.operands.get(1).and_then(|list| list.as_dict().ok());
                    let place = place.and_then(|list| list.get(b"MCID").and_then(Object::as_i64).ok());
                    numbered.extend(place.map(|place| (*number, place)));
                    marked.push(artifact || place.is_some());
                }
                "EMC" => assert!(marked.pop().is_some(), "{name}: page {number}"),
                "Tj" | "TJ" | "'" | "\"" => {
                    assert!(marked.iter().any(|marked| *marked), "{name}: unmarked text on page {number}");
                }
                _ => {}
            }
        }
        assert!(marked.is_empty(), "{name}: page {number}");
    }

    // The tree goes through all of it, page by page, in the order in which it is drawn.
    let tree = tree(&document);
    let read: Vec<(u32, i64)> = tree.contents().iter().map(|(page, number)| (order[page], *number)).collect();
    assert_eq!(read.iter().copied().collect::<BTreeSet<_>>(), numbered, "{name}: something is not in the tree");
    assert!(read.is_sorted_by(|a, b| a < b), "{name}: not read in the order of the page: {read:?}");

    // Headings by level, lists whole, and nothing but known tags.
    let known = [
        "",
        "Document",
        "Part",
        "Div",
        "Sect",
        "P",
        "H1",
        "H2",
        "L",
        "LI",
        "Lbl",
        "LBody",
        "Span",
        "Strong",
        "Em",
        "Table",
        "TR",
        "TH",
        "TD",
        "THead",
        "TBody",
        "NonStruct",
    ];
    let mut headings = Vec::new();
    tree.walk(&mut Vec::new(), &mut |element, above| {
        assert!(known.contains(&element.tag.as_str()), "{name}: {} is not expected", element.tag);
        match element.tag.as_str() {
            "H1" => headings.push(1),
            "H2" => headings.push(2),
            "LI" => assert_eq!(above.last(), Some(&"L"), "{name}: an item outside a list"),
            "LBody" => assert_eq!(above.last(), Some(&"LI"), "{name}: {above:?}"),
            _ => {}
        }
        if matches!(element.tag.as_str(), "P" | "H1" | "H2" | "LBody") {
            assert!(!element.contents().is_empty(), "{name}: an empty {}", element.tag);
        }
    });
    assert_eq!(headings.first(), Some(&1), "{name}");
    assert!(headings.iter().filter(|level| **level == 1).count() >= letters, "{name}: {headings:?}");
    headings
}

#[test]
fn every_kind_format_and_language_is_an_accessible_document() {
    let notice = "Help in your language\n\nCall us. It is free.\n\n# More\n- [es] Llame al 711.\n";
    let beside = folder(&[("letters/inserts/language-assistance.txt", notice.as_bytes())]);
    for (language, title) in [("en", "About your case manager"), ("es", "Sobre la persona a cargo de su caso")] {
        for with_insert in [false, true] {
            let mut tables = tables(12);
            for (at, member) in tables.members.iter_mut().enumerate() {
                member.language = language.into();
                tables.contacts[at] = contact(at);
                let own = &mut tables.contacts[at];
                own.letter_format = if at % 2 == 0 { LetterFormat::Standard } else { LetterFormat::LargePrint };
                own.guardian_relation = [
                    None,
                    Some(GuardianRelation::Parent),
                    Some(GuardianRelation::Guardian),
                    Some(GuardianRelation::Representative),
                ][at / 2 % 4];
                own.guardian_name = own.guardian_relation.and_then(|_| text("Ann Lee"));
            }
            tables.managers[0].available_until = Some(day("2026-11-01"));
            let mut transfers = transfers(12);
            for transfer in &mut transfers[8..] {
                transfer.from = None;
                transfer.reason = Reason::FirstAssignment;
            }
            let mut run = Run::new(tables, transfers);
            run.rules.letters.member_copy = MemberCopy::Adults;
            if with_insert {
                run = run.beside(beside.path());
            }
            let (outcome, files) = run.must();
            assert_eq!(outcome.held, Vec::new());
            let kinds: BTreeSet<(&str, &str)> = outcome.written.iter().map(|row| (row.recipient, row.format)).collect();
            assert_eq!(kinds.len(), 8, "four kinds in two formats: {kinds:?}");
            for batch in &outcome.batches {
                let name = batch.file_name();
                let headings = checked(&name, &files[&name], language, title, batch.letters.len());
                // One title a letter, five headings below it; the insert has a title and a heading.
                let one: &[usize] = if with_insert { &[1, 2, 2, 2, 2, 2, 1, 2] } else { &[1, 2, 2, 2, 2, 2] };
                assert_eq!(headings, one.repeat(batch.letters.len()), "{name}");
            }
        }
    }
}

#[test]
fn words_of_another_language_are_marked_as_such() {
    let mut tables = tables(1);
    tables.members[0].language = "es".into();
    let mut transfers = transfers(1);
    transfers[0].from = None;
    transfers[0].reason = Reason::FirstAssignment;
    let (outcome, files) = Run::new(tables, transfers).must();
    let document = Document::load_mem(&files[&outcome.batches[0].file_name()]).unwrap_or_else(|e| panic!("{e}"));
    let mut languages = BTreeSet::new();
    tree(&document).walk(&mut Vec::new(), &mut |element, _| languages.extend(element.language.clone()));
    // Words inside a paragraph carry their language with their content.
    for id in document.get_pages().values() {
        let content = Content::decode(&document.get_page_content(*id)).unwrap_or_else(|error| panic!("{error}"));
        let lists = content.operations.iter().filter_map(|operation| operation.operands.get(1)?.as_dict().ok());
        let tags = lists.filter_map(|list| list.get(b"Lang").and_then(Object::as_str).ok());
        languages.extend(tags.map(|tag| String::from_utf8_lossy(tag).into_owned()));
    }
    assert!(languages.contains("en"), "{languages:?}");
}
