//! Letters that cannot cross: every finished file is parsed again by a PDF reader that shares nothing with the
//! typesetter, and compared with the roster and the plan (not with what the template was given).

use std::collections::BTreeMap;
use std::fmt;

use hayro_interpret::font::Glyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, TransformExt, interpret_page,
};
use hayro_syntax::Pdf;
use hayro_syntax::page::Page;
use kurbo::{Affine, BezPath, Point, Rect, Shape};

use super::Job;
use super::fonts::Fonts;
use super::inserts::Insert;
use super::language::Language;
use super::plain_text::{cell, is_right_to_left};
use super::recipient::{RecipientKind, block_of, code_of, recipients_of};
use super::render::PageCount;
use super::window::Window;

const POINTS_PER_INCH: f64 = 72.0;
/// A glyph's em box in its own thousandths: what is taken as its height.
const EM_BELOW: f64 = -250.0;
const EM_ABOVE: f64 = 800.0;
/// Rounding of positions in a PDF, in points.
const SLACK: f64 = 0.5;
/// A baseline this many type sizes below the last one starts a new paragraph.
const PARAGRAPH_EMS: f64 = 1.45;

/// A letter that does not say what the plan says. Ids only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Which letter.
    pub letter_id: String,
    /// What is wrong with it.
    pub what: &'static str,
}

impl fmt::Display for Miss {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "letter {}: {}", self.letter_id, self.what)
    }
}

/// What a letter must say, from the roster and the plan.
#[derive(Debug)]
pub struct Expected {
    /// Which letter.
    pub letter_id: String,
    /// Name, address: all that may stand in the window.
    pub address: String,
    /// The code at the foot of every page.
    pub code: String,
    /// What its own pages must say, each with the words for a letter that does not.
    pub says: Vec<(String, &'static str)>,
}

impl Expected {
    /// Of the letter to that recipient about the transfer at that place of the plan.
    pub fn of(job: &Job<'_>, language: &Language, transfer: usize, recipient: RecipientKind, letter_id: &str) -> Self {
        let transfer = &job.transfers[transfer];
        let (member, contact) = (job.roster.member(transfer.member), job.roster.contact(transfer.member));
        let manager = job.roster.manager(transfer.to);
        let text = |value: Option<&str>| cell(value).unwrap_or_default();
        let from = transfer.from.map(|from| &*job.roster.manager(from).id);
        let is_written_to = recipients_of(member, contact, &job.rules.letters).contains(&recipient);
        let block = block_of(member, contact, recipient, language).ok().filter(|_| is_written_to);
        Self {
            letter_id: letter_id.to_owned(),
            address: block.map(|(lines, _)| lines.concat()).unwrap_or_default(),
            code: code_of(job.plan_id, &member.id, from, &manager.id, &transfer.id),
            says: vec![
                (text(contact.name.as_deref()), "the member's name is not in it"),
                (text(manager.name.as_deref()), "the new case manager's name is not in it"),
                (text(manager.phone.as_deref()), "the new case manager's phone is not in it"),
            ],
        }
    }
}

/// A letter as it was read.
#[derive(Debug)]
pub struct ReadLetter {
    /// The text of its own pages, a paragraph an item, the address left out.
    pub paragraphs: Vec<String>,
}

/// Reads a file of letters with `count` pages each and compares them with what they must say.
///
/// # Errors
/// The first letter that differs.
pub fn compare(
    pdf: &[u8],
    expected: &[Expected],
    count: PageCount,
    inserts: &[&Insert],
    window: &Window,
    fonts: &Fonts,
) -> Result<Vec<ReadLetter>, Miss> {
    let miss = |expected: &Expected, what| Miss { letter_id: expected.letter_id.clone(), what };
    let Some(head) = expected.first() else { return Ok(Vec::new()) };
    let file = Pdf::new(pdf.to_vec()).map_err(|_| miss(head, "the file cannot be read back"))?;
    if file.pages().len() != expected.len() * count.all {
        return Err(miss(head, "the file has another number of pages than its letters"));
    }
    if count.inserts != inserts.len() {
        return Err(miss(head, "an insert is missing, or there is one too many"));
    }
    let cache = InterpreterCache::new();
    let mut letters = Vec::with_capacity(expected.len());
    for (at, one) in expected.iter().enumerate() {
        let (mut text, mut enclosed) = (String::new(), String::new());
        let mut paragraphs = Vec::new();
        for number in 0..count.all {
            let page = &file.pages()[at * count.all + number];
            let reader = read(&file, page, &cache, (number == 0).then_some(window));
            if reader.unreadable {
                return Err(miss(one, "a character cannot be read back"));
            }
            if reader.intruder {
                return Err(miss(one, "something other than the address stands in the envelope's window"));
            }
            if number == 0 && fonts.as_seen(&reader.in_window.text) != fonts.as_seen(&one.address) {
                return Err(miss(one, "the window shows another name or address than the roster"));
            }
            if !fonts.as_seen(&reader.outside.text).contains(&fonts.as_seen(&one.code)) {
                return Err(miss(one, "the code at the foot is another one's"));
            }
            if number < count.own {
                text += &reader.outside.text;
                paragraphs.append(&mut reader.paragraphs());
            } else {
                enclosed += &reader.outside.text;
                enclosed.push('\n');
            }
        }
        let seen = fonts.as_seen(&text);
        for (value, what) in &one.says {
            if value.is_empty() || !seen.contains(&fonts.as_seen(value)) {
                return Err(miss(one, what));
            }
        }
        if !inserts.iter().all(|insert| is_whole(insert, &enclosed, fonts)) {
            return Err(miss(one, "an insert is not whole"));
        }
        letters.push(ReadLetter { paragraphs });
    }
    Ok(letters)
}

/// The text of each page, blank where a page cannot be read; `None` when the file cannot be.
pub fn page_texts(pdf: &[u8]) -> Option<Vec<String>> {
    let file = Pdf::new(pdf.to_vec()).ok()?;
    let cache = InterpreterCache::new();
    let text = |page| Some(read(&file, page, &cache, None)).filter(|reader| !reader.unreadable);
    Some(file.pages().iter().map(|page| text(page).map(|reader| reader.outside.text).unwrap_or_default()).collect())
}

/// Reads a page.
fn read<'a>(file: &'a Pdf, page: &'a Page<'a>, cache: &InterpreterCache<'a>, window: Option<&Window>) -> Reader {
    let (width, height) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, area, cache, file.xref(), InterpreterSettings::default());
    let mut reader = Reader::new(window);
    interpret_page(page, &mut context, &mut reader);
    reader.end_line();
    reader
}

/// Does the text have everything the insert says? Words of the bundled font in their order (other lines may stand
/// between them, as the foot of a page does), letters of other scripts in their number: their order on paper is not that
/// of the text.
fn is_whole(insert: &Insert, text: &str, fonts: &Fonts) -> bool {
    let seen = fonts.as_seen(text);
    let mut rest = &*seen;
    let mut follows = |word: &str| match rest.split_once(&*fonts.as_seen(word)) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    };
    let plain = |text: &&str| text.chars().all(|c| fonts.is_bundled(c));
    let ordered = insert.texts().filter(plain).flat_map(str::split_whitespace).all(&mut follows);
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    for c in seen.chars() {
        *counts.entry(c).or_default() += 1;
    }
    let letters: Vec<char> = insert.texts().flat_map(|text| fonts.as_seen(text).chars().collect::<Vec<_>>()).collect();
    ordered
        && letters.iter().all(|c| {
            counts.get_mut(c).is_some_and(|left| {
                let enough = *left > 0;
                *left = left.saturating_sub(1);
                enough
            })
        })
}

/// Text put together again from glyphs, which come in the order of the page: a run from right to left is turned back.
#[derive(Debug, Default)]
struct Line {
    text: String,
    /// Where the run from right to left begins.
    run: Option<usize>,
    /// Spaces and signs after such a run, which belong to it only when it goes on.
    pending: Vec<String>,
}

impl Line {
    fn put(&mut self, glyph: &str) {
        let rtl = glyph.chars().any(is_right_to_left);
        let neutral = !glyph.chars().any(char::is_alphanumeric);
        match self.run {
            Some(start) if rtl => {
                for sign in std::mem::take(&mut self.pending) {
                    self.text.insert_str(start, &sign);
                }
                self.text.insert_str(start, glyph);
            }
            Some(_) if neutral => self.pending.push(glyph.to_owned()),
            _ => {
                self.end();
                self.run = rtl.then_some(self.text.len());
                self.text += glyph;
            }
        }
    }

    fn end(&mut self) {
        self.text += &std::mem::take(&mut self.pending).concat();
        self.run = None;
    }
}

/// Listens to the drawing of one page.
struct Reader {
    /// Where the address may stand, and the zone nothing else may touch; on first pages.
    zones: Option<(Rect, Rect)>,
    in_window: Line,
    outside: Line,
    /// Baseline of the last glyph in the window.
    last_in_window: Option<f64>,
    /// Baseline and size of the last glyph outside the window.
    last: Option<(f64, f64)>,
    unreadable: bool,
    intruder: bool,
}

impl Reader {
    fn new(window: Option<&Window>) -> Self {
        let zones = window.map(|w| {
            let inner = Rect::from_origin_size(
                (w.left_in * POINTS_PER_INCH, w.top_in * POINTS_PER_INCH),
                (w.width_in * POINTS_PER_INCH, w.height_in * POINTS_PER_INCH),
            );
            (inner.inflate(SLACK, SLACK), inner.inflate(w.clear_in * POINTS_PER_INCH, w.clear_in * POINTS_PER_INCH))
        });
        Self {
            zones,
            in_window: Line::default(),
            outside: Line::default(),
            last_in_window: None,
            last: None,
            unreadable: false,
            intruder: false,
        }
    }

    /// The last line is complete.
    fn end_line(&mut self) {
        self.in_window.end();
        self.outside.end();
    }

    fn glyph(&mut self, text: &str, area: Rect, baseline: f64) {
        if let Some((inner, clear)) = self.zones
            && overlap(area, clear)
        {
            self.intruder |= !inside(area, inner) && !text.trim().is_empty();
            if self.last_in_window.replace(baseline).is_some_and(|last| (last - baseline).abs() > SLACK) {
                self.in_window.end();
            }
            self.in_window.put(text);
            return;
        }
        let size = area.height() * 1000.0 / (EM_ABOVE - EM_BELOW);
        if let Some((last, last_size)) = self.last
            && (baseline - last).abs() > 0.2 * size
        {
            let far = (baseline - last).abs() > PARAGRAPH_EMS * size.min(last_size) || baseline < last;
            self.outside.end();
            self.outside.text += if far || (size - last_size).abs() > 0.1 { "\n" } else { " " };
        }
        self.last = Some((baseline, size));
        self.outside.put(text);
    }

    fn mark(&mut self, area: Rect) {
        if let Some((_, clear)) = self.zones {
            self.intruder |= overlap(area, clear);
        }
    }

    fn paragraphs(&self) -> Vec<String> {
        let tidy = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        self.outside.text.lines().map(tidy).filter(|line| !line.is_empty()).collect()
    }
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x0 < b.x1 && a.x1 > b.x0 && a.y0 < b.y1 && a.y1 > b.y0
}

fn inside(a: Rect, b: Rect) -> bool {
    a.x0 >= b.x0 && a.x1 <= b.x1 && a.y0 >= b.y0 && a.y1 <= b.y1
}

impl<'a> Device<'a> for Reader {
    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn draw_path(&mut self, path: &BezPath, transform: Affine, _: &Paint<'a>, _: &PathDrawMode) {
        self.mark(transform.transform_rect_bbox(path.bounding_box()));
    }

    fn draw_image(&mut self, _: Image<'a, '_>, transform: Affine) {
        self.mark(transform.transform_rect_bbox(Rect::new(0.0, 0.0, 1.0, 1.0)));
    }

    fn draw_glyph(
        &mut self,
        glyph: &Glyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        _: &Paint<'a>,
        _: &GlyphDrawMode,
    ) {
        let whole = transform * glyph_transform;
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width().map_or(500.0, f64::from),
            Glyph::Type3(_) => 500.0,
        };
        let area = whole.transform_rect_bbox(Rect::new(0.0, EM_BELOW, advance, EM_ABOVE));
        let baseline = (whole * Point::ORIGIN).y;
        match glyph.as_unicode() {
            Some(BfString::Char(c)) => self.glyph(c.encode_utf8(&mut [0; 4]), area, baseline),
            Some(BfString::String(text)) => self.glyph(&text, area, baseline),
            None => self.unreadable = true,
        }
    }
}
