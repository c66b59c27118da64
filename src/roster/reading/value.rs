//! Cells as values: dates, numbers, ZIP codes, language tags. Nothing here knows where a cell stands.

use chrono::NaiveDate;

/// A real day written `YYYY-MM-DD`, from 1850 on. `9999-12-31` is one: extracts use it for "until further notice".
pub(super) fn date(cell: &str) -> Option<NaiveDate> {
    let bytes = cell.as_bytes();
    let shaped = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
    if !shaped || ![&bytes[..4], &bytes[5..7], &bytes[8..]].iter().all(|part| part.iter().all(u8::is_ascii_digit)) {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let year = number(&bytes[..4]);
    if year < 1850 {
        return None;
    }
    NaiveDate::from_ymd_opt(year as i32, number(&bytes[5..7]), number(&bytes[8..]))
}

/// What a date in another common form was meant to be: `2/13/2026` (month first, as in the US), `2026/2/13`,
/// `20260213`, `2026-02-13 00:00:00`.
pub(super) fn meant_date(cell: &str) -> Option<String> {
    let day = cell.split([' ', 'T']).next()?;
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [month, day, year] if year.len() == 4 => (*year, *month, *day),
        [all] if all.len() == 8 && all.is_ascii() => (&all[..4], &all[4..6], &all[6..]),
        _ => return None,
    };
    let meant = format!("{year}-{month:0>2}-{day:0>2}");
    (meant != cell && date(&meant).is_some()).then_some(meant)
}

/// A number in digits with at most one point: no sign, no exponent, no thousands separator, no `NaN`.
pub(super) fn number(cell: &str) -> Option<f64> {
    let shaped = cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !shaped || cell.len() > 20 {
        return None;
    }
    cell.parse().ok()
}

/// Degrees: as [`number`], with a sign.
pub(super) fn degrees(cell: &str) -> Option<f64> {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    number(digits).map(|value| if cell.starts_with('-') { -value } else { value })
}

/// A ZIP code as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zip {
    digits: [u8; 5],
    /// Were leading zeros put back?
    pub(super) repaired: bool,
}

impl Zip {
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits).unwrap_or("")
    }
}

/// Five digits, `12345-6789` and `123456789` cut to five, and three or four digits with the zeros a spreadsheet drops.
pub(super) fn zip(cell: &str) -> Option<Zip> {
    let bytes = cell.as_bytes();
    let five = match bytes.iter().position(|byte| *byte == b'-') {
        Some(dash) if bytes.len() == dash + 5 && bytes[dash + 1..].iter().all(u8::is_ascii_digit) => &bytes[..dash],
        Some(_) => return None,
        None if bytes.len() == 9 => &bytes[..5],
        None => bytes,
    };
    if !(3..=5).contains(&five.len()) || !bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') {
        return None;
    }
    let mut digits = [b'0'; 5];
    digits[5 - five.len()..].copy_from_slice(five);
    Some(Zip { digits, repaired: five.len() < 5 })
}

/// Languages people write out, and their tags.
const LANGUAGES: [(&str, &str); 24] = [
    ("amharic", "am"),
    ("arabic", "ar"),
    ("asl", "ase"),
    ("bosnian", "bs"),
    ("burmese", "my"),
    ("chinese", "zh"),
    ("english", "en"),
    ("french", "fr"),
    ("german", "de"),
    ("hindi", "hi"),
    ("hmong", "hmn"),
    ("karen", "kar"),
    ("korean", "ko"),
    ("lao", "lo"),
    ("mandarin", "zh"),
    ("nepali", "ne"),
    ("portuguese", "pt"),
    ("russian", "ru"),
    ("serbian", "sr"),
    ("somali", "so"),
    ("spanish", "es"),
    ("swahili", "sw"),
    ("tagalog", "tl"),
    ("vietnamese", "vi"),
];

/// The tag of a language that was written out.
pub(super) fn meant_language(cell: &str) -> Option<&'static str> {
    let word = cell.to_lowercase();
    LANGUAGES.iter().find(|(name, _)| *name == word).map(|(_, tag)| *tag)
}

/// Is it shaped like a language tag (BCP 47 with a primary tag of two or three letters)?
pub(super) fn is_language(cell: &str) -> bool {
    let mut parts = cell.split('-');
    let primary = parts.next().is_some_and(|tag| (2..=3).contains(&tag.len()));
    primary
        && cell.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && cell.bytes().take_while(|byte| *byte != b'-').all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()))
        && cell.len() <= 35
}

/// `en`, `zh-Hans`, `es-MX`: case as the standard writes it, so that spellings of one language are equal.
pub(super) fn language(cell: &str) -> String {
    let part = |(at, part): (usize, &str)| match (at, part.len()) {
        (1.., 2) => part.to_uppercase(),
        (1.., 4) => part[..1].to_uppercase() + &part[1..].to_lowercase(),
        _ => part.to_lowercase(),
    };
    cell.split('-').enumerate().map(part).collect::<Vec<_>>().join("-")
}

/// `yes` or `no` in the usual spellings.
pub(super) fn yes_no(cell: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if is(["yes", "y", "true", "1"]) {
        Some(true)
    } else if is(["no", "n", "false", "0"]) {
        Some(false)
    } else {
        None
    }
}

/// Position of a word in a list; case makes no difference, a space or hyphen counts as `_`.
pub(super) fn word(cell: &str, words: &[&str]) -> Option<usize> {
    let same = |word: &&str| {
        let folded = |byte: u8| if byte == b' ' || byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
        word.len() == cell.len() && word.bytes().zip(cell.bytes()).all(|(a, b)| a == folded(b))
    };
    words.iter().position(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_real_days_written_year_first() {
        assert_eq!(date("2024-02-29"), NaiveDate::from_ymd_opt(2024, 2, 29));
        for wrong in ["2026-02-29", "2026-2-9", "0026-01-01", "2026/01/01", "2026-01-01 ", "２０２６-01-01", ""] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
        assert_eq!(meant_date("2/13/2026").as_deref(), Some("2026-02-13"));
        assert_eq!(meant_date("20260213").as_deref(), Some("2026-02-13"));
        assert_eq!(meant_date("2026-02-13 00:00:00").as_deref(), Some("2026-02-13"));
        assert_eq!(meant_date("2026-02-30"), None);
        assert_eq!(meant_date("13/02/2026"), None);
    }

    #[test]
    fn numbers_are_digits_and_a_point() {
        assert_eq!((number("12"), number("0.5"), number(".5")), (Some(12.0), Some(0.5), Some(0.5)));
        for wrong in ["", ".", "-1", "+1", "1e5", "NaN", "inf", "1,000", "0x10", "1.2.3", "١"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
        assert_eq!((degrees("-93.6"), degrees("+41"), degrees("--1")), (Some(-93.6), Some(41.0), None));
    }

    #[test]
    fn a_zip_gets_its_zeros_back_and_loses_its_extension() {
        for (cell, five, repaired) in [
            ("50309", "50309", false),
            ("50309-1234", "50309", false),
            ("503091234", "50309", false),
            ("1001", "01001", true),
            ("601", "00601", true),
            ("1001-0001", "01001", true),
        ] {
            let found = zip(cell);
            assert_eq!(found.as_ref().map(|zip| (zip.as_str(), zip.repaired)), Some((five, repaired)), "{cell}");
        }
        for wrong in ["", "12", "5030A", "123456", "50309-", "50309-12", "-1234", "12345-67890", "１２３"] {
            assert_eq!(zip(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn language_tags_have_one_spelling() {
        assert!(is_language("en") && is_language("zh-Hans") && is_language("es-419") && is_language("hmn"));
        assert!(!is_language("Spanish") && !is_language("e") && !is_language("en-") && !is_language("12"));
        assert_eq!((language("EN"), language("ZH-hans-cn")), ("en".to_owned(), "zh-Hans-CN".to_owned()));
        assert_eq!(meant_language("Spanish"), Some("es"));
    }

    #[test]
    fn words_are_matched_as_people_write_them() {
        assert_eq!(word("Large Print", &["standard", "large_print"]), Some(1));
        assert_eq!(word("larg", &["standard", "large_print"]), None);
        assert_eq!((yes_no("Y"), yes_no("FALSE"), yes_no("maybe")), (Some(true), Some(false), None));
    }
}
