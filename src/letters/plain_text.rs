//! Text of a roster as a letter can show it: one line, the visible characters in their order.

use unicode_normalization::UnicodeNormalization;

/// One line: white space of any kind becomes single spaces, characters are composed (an `e` and an accent become one
/// `é`), and marks that only turn the writing direction are dropped, so that they cannot shuffle what follows.
/// Everything else arrives literally.
pub fn one_line(value: &str) -> String {
    let visible: String = value.nfc().filter(|c| !turns_direction(*c)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// [`one_line`] of a cell; blank = `None`.
pub fn cell(value: Option<&str>) -> Option<String> {
    value.map(one_line).filter(|text| !text.is_empty())
}

/// Characters without ink that steer direction or hyphenation.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}')
}

/// Is it a letter of a script that runs from right to left (Hebrew, Arabic, Syriac, Thaana, N'Ko and their kin)?
pub const fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}'
        | '\u{1E800}'..='\u{1EFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_marks_and_line_breaks_go_and_everything_else_stays() {
        assert_eq!(one_line(" Ann\u{202E}\tLee\r\nJones "), "Ann Lee Jones");
        assert_eq!(one_line("#read(\"/etc/passwd\") {{7*7}} =X()"), "#read(\"/etc/passwd\") {{7*7}} =X()");
        assert_eq!(one_line("Jose\u{301}"), "José");
        assert_eq!(cell(Some("\u{200F} ")), None);
    }
}
