//! Letters that cannot cross: every finished file is parsed again by a PDF reader that shares nothing with the
//! typesetter, and compared with the roster and the plan (not with what the template was given).

use std::fmt;

use hayro_interpret::font::Glyph;
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, TransformExt, interpret_page,
};
use hayro_syntax::Pdf;
use kurbo::{Affine, BezPath, Point, Rect, Shape};

use super::Job;
use super::language::Language;
use super::plain_text::cell;
use super::recipient::{block_of, code_of, recipient_of};
use super::typesetter::Typesetter;
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
    letter_id: String,
    /// Name, address: all that may stand in the window.
    address: String,
    member: String,
    manager: String,
    phone: String,
    code: String,
}

impl Expected {
    /// Of the transfer at that place of the plan.
    pub fn of(job: &Job<'_>, language: &Language, transfer: usize, letter_id: &str) -> Self {
        let transfer = &job.transfers[transfer];
        let (member, contact) = (job.roster.member(transfer.member), job.roster.contact(transfer.member));
        let manager = job.roster.manager(transfer.to);
        let recipient = recipient_of(member, contact, job.rules.letters.sent_on);
        let text = |value: Option<&str>| cell(value).unwrap_or_default();
        let from = transfer.from.map(|from| &*job.roster.manager(from).id);
        Self {
            letter_id: letter_id.to_owned(),
            address: block_of(member, contact, recipient, language)
                .map(|(lines, _)| lines.concat())
                .unwrap_or_default(),
            member: text(contact.name.as_deref()),
            manager: text(manager.name.as_deref()),
            phone: text(manager.phone.as_deref()),
            code: code_of(job.plan_id, &member.id, from, &manager.id, &transfer.id),
        }
    }
}

/// A letter as it was read.
#[derive(Debug)]
pub struct ReadLetter {
    /// Its text, a paragraph an item, the address left out.
    pub paragraphs: Vec<String>,
}

/// Reads a file of letters with `count` pages each and compares them with what they must say.
///
/// # Errors
/// The first letter that differs.
pub fn compare(
    pdf: &[u8],
    expected: &[Expected],
    count: usize,
    window: &Window,
    typesetter: &Typesetter,
) -> Result<Vec<ReadLetter>, Miss> {
    let miss = |expected: &Expected, what| Miss { letter_id: expected.letter_id.clone(), what };
    let Some(head) = expected.first() else { return Ok(Vec::new()) };
    let file = Pdf::new(pdf.to_vec()).map_err(|_| miss(head, "the file cannot be read back"))?;
    if file.pages().len() != expected.len() * count {
        return Err(miss(head, "the file has another number of pages than its letters"));
    }
    let cache = InterpreterCache::new();
    let mut letters = Vec::with_capacity(expected.len());
    for (at, one) in expected.iter().enumerate() {
        let mut text = String::new();
        let mut paragraphs = Vec::new();
        for number in 0..count {
            let page = &file.pages()[at * count + number];
            let (width, height) = page.render_dimensions();
            let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
            let mut context = Context::new(
                page.initial_transform(true).to_kurbo(),
                area,
                &cache,
                file.xref(),
                InterpreterSettings::default(),
            );
            let mut reader = Reader::new((number == 0).then_some(window));
            interpret_page(page, &mut context, &mut reader);
            if reader.unreadable {
                return Err(miss(one, "a character cannot be read back"));
            }
            if reader.intruder {
                return Err(miss(one, "something other than the address stands in the envelope's window"));
            }
            if number == 0 && typesetter.as_seen(&reader.in_window) != typesetter.as_seen(&one.address) {
                return Err(miss(one, "the window shows another name or address than the roster"));
            }
            if !typesetter.as_seen(&reader.text).contains(&typesetter.as_seen(&one.code)) {
                return Err(miss(one, "the code at the foot is another one's"));
            }
            text += &reader.text;
            paragraphs.append(&mut reader.paragraphs());
        }
        let seen = typesetter.as_seen(&text);
        for (value, what) in [
            (&one.member, "the member's name is not in it"),
            (&one.manager, "the new case manager's name is not in it"),
            (&one.phone, "the new case manager's phone is not in it"),
        ] {
            if value.is_empty() || !seen.contains(&typesetter.as_seen(value)) {
                return Err(miss(one, what));
            }
        }
        letters.push(ReadLetter { paragraphs });
    }
    Ok(letters)
}

/// The text of every page, as it is drawn. `None`: the file or a character cannot be read.
pub fn page_texts(pdf: &[u8]) -> Option<Vec<String>> {
    let file = Pdf::new(pdf.to_vec()).ok()?;
    let cache = InterpreterCache::new();
    let mut texts = Vec::with_capacity(file.pages().len());
    for page in file.pages().iter() {
        let (width, height) = page.render_dimensions();
        let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let placed = page.initial_transform(true).to_kurbo();
        let mut context = Context::new(placed, area, &cache, file.xref(), InterpreterSettings::default());
        let mut reader = Reader::new(None);
        interpret_page(page, &mut context, &mut reader);
        if reader.unreadable {
            return None;
        }
        texts.push(reader.text);
    }
    Some(texts)
}

/// Listens to the drawing of one page.
struct Reader {
    /// Where the address may stand, and the zone nothing else may touch; on first pages.
    zones: Option<(Rect, Rect)>,
    in_window: String,
    text: String,
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
        Self { zones, in_window: String::new(), text: String::new(), last: None, unreadable: false, intruder: false }
    }

    fn glyph(&mut self, text: &str, area: Rect, baseline: f64) {
        if let Some((inner, clear)) = self.zones
            && overlap(area, clear)
        {
            self.intruder |= !inside(area, inner) && !text.trim().is_empty();
            self.in_window += text;
            return;
        }
        let size = area.height() * 1000.0 / (EM_ABOVE - EM_BELOW);
        if let Some((last, last_size)) = self.last
            && (baseline - last).abs() > 0.2 * size
        {
            let far = (baseline - last).abs() > PARAGRAPH_EMS * size.min(last_size) || baseline < last;
            self.text += if far || (size - last_size).abs() > 0.1 { "\n" } else { " " };
        }
        self.last = Some((baseline, size));
        self.text += text;
    }

    fn mark(&mut self, area: Rect) {
        if let Some((_, clear)) = self.zones {
            self.intruder |= overlap(area, clear);
        }
    }

    fn paragraphs(&self) -> Vec<String> {
        let tidy = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        self.text.lines().map(tidy).filter(|line| !line.is_empty()).collect()
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
