//! How hard a letter is to read. Names, phones, addresses and dates are not scored, nor are headings and lists of
//! contacts: only sentences.

use super::batches::Batch;
use super::context::Letter;
use super::language::ReadingFormula;

/// The grade of a letter's filled text; `None` when it has no sentence.
pub fn of_letter(formula: ReadingFormula, paragraphs: &[String], letter: &Letter) -> Option<f64> {
    let mut values: Vec<&str> = vec![&letter.member.name, &letter.to.name, &letter.to.phone];
    values.extend(letter.recipient.name.as_deref());
    values.extend(letter.from.as_ref().map(|from| &*from.name));
    if let Some(contact) = &letter.supervisor {
        values.extend([&*contact.name, &*contact.phone]);
    }
    let organization = &letter.organization;
    values.extend([&*organization.name, &*organization.phone]);
    for value in [
        &letter.to.email,
        &organization.phone_menu,
        &organization.email,
        &organization.tty,
        &organization.grievance_phone,
        &organization.grievance_email,
        &organization.url,
    ] {
        values.extend(value.as_deref());
    }
    // Longest first, so that a name inside a longer one does not leave half of it behind.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    let text: Vec<String> = paragraphs
        .iter()
        .map(|paragraph| values.iter().fold(paragraph.clone(), |text, value| text.replace(value, "")))
        .collect();
    match formula {
        ReadingFormula::FleschKincaid => flesch_kincaid(&text),
    }
}

/// Flesch-Kincaid grade level (Kincaid, Fishburne, Rogers and Chissom 1975, Research Branch Report 8-75):
/// `0.39 x words per sentence + 11.8 x syllables per word - 15.59`. Paragraphs that do not end like a sentence are
/// left out.
pub fn flesch_kincaid<S: AsRef<str>>(paragraphs: &[S]) -> Option<f64> {
    let (mut sentences, mut words, mut syllables) = (0_u32, 0_u32, 0_u32);
    for paragraph in paragraphs {
        let paragraph = paragraph.as_ref().trim_end();
        if !paragraph.ends_with(['.', '!', '?', ')']) {
            continue;
        }
        for sentence in paragraph.split_inclusive(['.', '!', '?']) {
            let (mut own_words, mut own_syllables) = (0, 0);
            for word in sentence.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’') {
                let count = syllables_in(word);
                own_words += u32::from(count > 0);
                own_syllables += count;
            }
            if own_words > 0 {
                sentences += 1;
                words += own_words;
                syllables += own_syllables;
            }
        }
    }
    if sentences == 0 {
        return None;
    }
    let (sentences, words, syllables) = (f64::from(sentences), f64::from(words), f64::from(syllables));
    Some(0.39 * words / sentences + 11.8 * syllables / words - 15.59)
}

/// Syllables of an English word by its groups of vowels: a final silent `e` does not count, a final `le` after a
/// consonant does, `-ed` only after `t` and `d`.
fn syllables_in(word: &str) -> u32 {
    let word: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    if word.is_empty() {
        return 0;
    }
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let mut groups = 0;
    let mut before = false;
    for &c in &word {
        groups += u32::from(vowel(c) && !before);
        before = vowel(c);
    }
    let silent = match word.as_slice() {
        [.., c, 'l', 'e'] if !vowel(*c) => false,
        [.., c, 'e'] => !vowel(*c),
        [.., c, 'e', 'd'] => !vowel(*c) && !matches!(c, 't' | 'd'),
        [.., c, 'e', 's'] => !vowel(*c) && !matches!(c, 's' | 'c' | 'g' | 'z' | 'x' | 'h' | 'l'),
        _ => false,
    };
    // `ia`, `iu`, `ua` are mostly two; the common endings with one are not.
    let text: String = word.iter().collect();
    let split = ["ia", "iu", "ua"].iter().filter(|pair| text.contains(**pair)).count() as u32;
    let joined = ["tia", "cia", "qua", "gua"].iter().filter(|part| text.contains(**part)).count() as u32;
    (groups + split.saturating_sub(joined)).saturating_sub(u32::from(silent && groups > 1)).max(1)
}

/// One warning a template whose letters read above `limit`.
pub fn warnings(batches: &[Batch], limit: u32) -> Vec<String> {
    let mut above: std::collections::BTreeMap<&str, (usize, f64)> = std::collections::BTreeMap::new();
    for letter in batches.iter().flat_map(|batch| &batch.letters) {
        if let Some(grade) = letter.reading_grade.filter(|grade| *grade >= f64::from(limit) + 1.0) {
            let entry = above.entry(&letter.template).or_insert((0, grade));
            *entry = (entry.0 + 1, entry.1.max(grade));
        }
    }
    above
        .into_iter()
        .map(|(template, (count, grade))| {
            let letters = if count == 1 { "1 letter reads".to_owned() } else { format!("{count} letters read") };
            format!("{letters} at grade {grade:.1}, above the limit of {limit}: simplify models/letters/{template}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_of_words_letters_use() {
        let counted: Vec<u32> =
            ["case", "manager", "called", "needed", "people", "little", "material", "services", "the", "free", "you"]
                .iter()
                .map(|word| syllables_in(word))
                .collect();
        assert_eq!(counted, [1, 3, 1, 2, 2, 2, 4, 3, 1, 1, 1]);
    }

    #[test]
    fn the_formula_is_that_of_the_report() {
        // 6 words, 1 sentence, 6 syllables: 0.39 x 6 + 11.8 - 15.59.
        let grade = flesch_kincaid(&["The cat sat on the mat."]).unwrap_or(f64::NAN);
        assert!((grade - (0.39 * 6.0 + 11.8 - 15.59)).abs() < 1e-9);
        assert_eq!(flesch_kincaid(&["Phone: 711"]), None);
    }
}
