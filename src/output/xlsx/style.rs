//! How cells look: one small set of formats for all sheets, dark text on white, meaning never by colour alone.

use std::collections::BTreeSet;

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatUnderline};

use crate::program::Words;

/// Ink of headings.
pub const INK: Color = Color::RGB(0x1F_2A_37);
/// Before, in charts and bars.
pub const BEFORE: Color = Color::RGB(0x9A_A5_B1);
/// After, in charts and bars.
pub const AFTER: Color = Color::RGB(0x1F_5F_8B);
/// Behind the numbers before, as a bar.
pub const BEFORE_BAR: Color = Color::RGB(0xD5_DB_E2);
/// Behind the numbers after, as a bar.
pub const AFTER_BAR: Color = Color::RGB(0xA9_CF_E8);
/// A cell to fill in.
const INPUT: Color = Color::RGB(0xFF_F8_DC);
const PALE: Color = Color::RGB(0xEE_F2_F6);
const LINE: Color = Color::RGB(0xC9_D1_DA);

/// The formats of a workbook, and the words of its headings.
pub struct Style {
    words: Words,
    /// Text at the top of a cell.
    pub text: Format,
    /// Text that wraps.
    pub wrap: Format,
    /// Short words in the middle.
    pub centre: Format,
    /// Whole numbers.
    pub whole: Format,
    /// Numbers with up to two decimals.
    pub number: Format,
    /// Shares.
    pub percent: Format,
    /// Days.
    pub day: Format,
    /// A cell to fill in.
    pub input: Format,
    /// A cell to fill in with more than a word.
    pub input_wrap: Format,
    /// A cell to fill in with a day.
    pub input_day: Format,
    /// Header of a table.
    pub header: Format,
    /// Title of a sheet.
    pub title: Format,
    /// Heading of a part.
    pub heading: Format,
    /// A remark below or beside.
    pub note: Format,
    /// The word for a rule that is met.
    pub pass: Format,
    /// The word for a rule that is not.
    pub fail: Format,
    /// The verdict of the whole plan, met.
    pub pass_banner: Format,
    /// The verdict of the whole plan, not met.
    pub fail_banner: Format,
    /// Above the cap, by condition.
    pub red: Format,
    /// Between average and cap, by condition.
    pub amber: Format,
    /// Approved, by condition.
    pub green: Format,
}

impl Style {
    /// All of them, with the usual words.
    #[must_use]
    pub fn new() -> Self {
        Self::of(&Words::default())
    }

    /// All of them, with a program's words.
    #[must_use]
    pub fn of(words: &Words) -> Self {
        let base = || Format::new().set_font_size(10).set_align(FormatAlign::Top);
        let input = || base().set_background_color(INPUT).set_border(FormatBorder::Hair).set_border_color(LINE);
        let word = |ink: u32, paper: u32| {
            base().set_bold().set_align(FormatAlign::Center).set_font_color(ink).set_background_color(paper)
        };
        let banner = |ink: u32, paper: u32| {
            Format::new()
                .set_bold()
                .set_font_size(14)
                .set_align(FormatAlign::VerticalCenter)
                .set_indent(1)
                .set_font_color(ink)
                .set_background_color(paper)
        };
        let condition = |ink: u32, paper: u32| Format::new().set_font_color(ink).set_background_color(paper);
        Self {
            words: words.clone(),
            // A step in, so that a word does not touch the number before it.
            text: base().set_indent(1),
            wrap: base().set_indent(1).set_text_wrap(),
            centre: base().set_align(FormatAlign::Center),
            whole: base().set_num_format("#,##0"),
            number: base().set_num_format("#,##0.00"),
            percent: base().set_num_format("0.0%"),
            day: base().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
            input: input().set_align(FormatAlign::Center),
            input_wrap: input().set_text_wrap(),
            input_day: input().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
            header: Format::new()
                .set_bold()
                .set_font_size(10)
                .set_font_color(Color::White)
                .set_background_color(INK)
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_align(FormatAlign::Center)
                .set_border(FormatBorder::Thin)
                .set_border_color(LINE),
            title: Format::new().set_bold().set_font_size(16).set_font_color(INK),
            heading: Format::new()
                .set_bold()
                .set_font_size(11)
                .set_font_color(INK)
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(LINE),
            note: base().set_font_color(0x52_60_6D).set_italic().set_underline(FormatUnderline::None),
            pass: word(0x0B_53_2A, 0xDD_F3_E4),
            fail: word(0x8B_1A_1A, 0xFB_E3_E1),
            pass_banner: banner(0x0B_53_2A, 0xDD_F3_E4),
            fail_banner: banner(0x8B_1A_1A, 0xFB_E3_E1),
            red: condition(0x8B_1A_1A, 0xFB_D5_D2),
            amber: condition(0x6B_4A_00, 0xFF_E9_B8),
            green: condition(0x0B_53_2A, 0xDD_F3_E4),
        }
    }

    /// Headings of one table in the program's words; the usual ones where the program's would make two alike.
    #[must_use]
    pub fn headings(&self, titles: &[&str]) -> Vec<String> {
        let own: Vec<String> = titles.iter().map(|title| self.words.speak(title)).collect();
        let different: BTreeSet<String> = own.iter().map(|title| title.to_lowercase()).collect();
        if different.len() == own.len() { own } else { titles.iter().map(ToString::to_string).collect() }
    }

    /// The pale band of a label.
    #[must_use]
    pub fn label(&self) -> Format {
        self.text.clone().set_background_color(PALE).set_bold()
    }

    /// The word PASS or FAIL.
    #[must_use]
    pub fn verdict(&self, met: bool) -> (&'static str, &Format) {
        if met { ("PASS", &self.pass) } else { ("FAIL", &self.fail) }
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::new()
    }
}
