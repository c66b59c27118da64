//! How hard a letter is to read. Names, phones, addresses and dates are not scored, nor are headings and lists of
//! contacts: only sentences.

use std::collections::BTreeMap;

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
        ReadingFormula::Crawford => crawford(&text),
    }
}

/// Flesch-Kincaid grade level (Kincaid, Fishburne, Rogers and Chissom 1975, Research Branch Report 8-75):
/// `0.39 x words per sentence + 11.8 x syllables per word - 15.59`. Paragraphs that do not end like a sentence are
/// left out.
pub fn flesch_kincaid<S: AsRef<str>>(paragraphs: &[S]) -> Option<f64> {
    let Counts { sentences, words, syllables } = Counts::of(paragraphs, english_syllables)?;
    Some(0.39 * words / sentences + 11.8 * syllables / words - 15.59)
}

/// Crawford's grade level for Spanish (A. N. Crawford, "Fórmula y gráfico para determinar la comprensibilidad de textos
/// del nivel primario en castellano", Lectura y Vida 6 (4), 1985): `-0.205 x sentences per 100 words + 0.049 x syllables
/// per 100 words - 3.407`. Made for the primary grades, 1 to 6. Paragraphs that do not end like a sentence are left out.
pub fn crawford<S: AsRef<str>>(paragraphs: &[S]) -> Option<f64> {
    let Counts { sentences, words, syllables } = Counts::of(paragraphs, spanish_syllables)?;
    Some(-0.205 * (100.0 * sentences / words) + 0.049 * (100.0 * syllables / words) - 3.407)
}

/// What formulas count.
struct Counts {
    sentences: f64,
    words: f64,
    syllables: f64,
}

impl Counts {
    /// Of the paragraphs that end like a sentence; `None` when there is no sentence.
    fn of<S: AsRef<str>>(paragraphs: &[S], syllables_in: fn(&str) -> u32) -> Option<Self> {
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
        (sentences > 0).then(|| Self {
            sentences: f64::from(sentences),
            words: f64::from(words),
            syllables: f64::from(syllables),
        })
    }
}

/// Syllables of a Spanish word: one for each vowel, but one for a diphthong or triphthong (a weak vowel, `i u ü` and final
/// `y`, without an accent beside another vowel; an `h` between them does not part them); the `u` of `que qui gue gui` is
/// silent.
fn spanish_syllables(word: &str) -> u32 {
    let word: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    if word.is_empty() {
        return 0;
    }
    let at = |place: usize| word.get(place).copied();
    let mut count: u32 = 0;
    // The vowel before, when only an `h` or nothing stands between: is it weak?
    let mut before: Option<bool> = None;
    for (place, &c) in word.iter().enumerate() {
        let is_vowel = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'á' | 'é' | 'í' | 'ó' | 'ú' | 'ü' => true,
            'y' => place + 1 == word.len(),
            _ => false,
        };
        let after_q_or_g = place > 0 && matches!(word[place - 1], 'q' | 'g');
        let silent = c == 'u' && after_q_or_g && matches!(at(place + 1), Some('e' | 'i' | 'é' | 'í'));
        if silent || (c == 'h' && before.is_some()) {
            continue;
        }
        if !is_vowel {
            before = None;
            continue;
        }
        let weak = matches!(c, 'i' | 'u' | 'ü' | 'y');
        let accented_weak = matches!(c, 'í' | 'ú');
        let joins = before.is_some_and(|before_weak| (weak || before_weak) && !accented_weak);
        count += u32::from(!joins);
        // After an accented weak vowel a new syllable starts; a weak one after a strong one ends the diphthong's nucleus.
        before = Some(weak);
    }
    count.max(1)
}

/// Syllables of an English word by its groups of vowels: a final silent `e` does not count, a final `le` after a
/// consonant does, `-ed` only after `t` and `d`.
fn english_syllables(word: &str) -> u32 {
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
    let letters = batches.iter().flat_map(|batch| &batch.letters);
    let graded = letters.filter_map(|letter| Some((&*letter.template, letter.reading_grade?)));
    warnings_of(graded, limit)
}

fn warnings_of<'a>(letters: impl Iterator<Item = (&'a str, f64)>, limit: u32) -> Vec<String> {
    let mut above: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for (template, grade) in letters.filter(|(_, grade)| *grade > f64::from(limit)) {
        let entry = above.entry(template).or_insert((0, grade));
        *entry = (entry.0 + 1, entry.1.max(grade));
    }
    above
        .into_iter()
        .map(|(template, (count, grade))| {
            let letters = if count == 1 { "1 letter reads".to_owned() } else { format!("{count} letters read") };
            format!("{letters} at grade {grade:.2}, above the limit of {limit}: simplify {template}")
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
                .map(|word| english_syllables(word))
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

    #[test]
    fn spanish_syllables_as_they_are_spoken() {
        let words = [
            ("persona", 3),
            ("cargo", 2),
            ("caso", 2),
            ("queja", 2),
            ("guía", 2),
            ("ciudad", 2),
            ("oír", 2),
            ("todavía", 4),
            ("servicios", 3),
            ("atención", 3),
            ("planear", 3),
            ("idioma", 3),
            ("cuidado", 3),
            ("vergüenza", 3),
            ("prohibir", 2),
            ("ahora", 3),
            ("muy", 1),
            ("y", 1),
            ("ya", 1),
            ("buey", 1),
            ("leer", 2),
            ("proveedores", 5),
            ("reír", 2),
            ("construir", 2),
        ];
        for (word, count) in words {
            assert_eq!(spanish_syllables(word), count, "{word}");
        }
        assert_eq!(spanish_syllables(""), 0);
    }

    #[test]
    fn crawfords_formula_is_that_of_the_paper() {
        // 6 words, 1 sentence, 9 syllables: el ga-to se sien-ta a-quí hoy.
        let grade = crawford(&["El gato se sienta aquí hoy."]).unwrap_or(f64::NAN);
        let (sentences, syllables) = (100.0 / 6.0, 100.0 * 9.0 / 6.0);
        assert!((grade - (-0.205 * sentences + 0.049 * syllables - 3.407)).abs() < 1e-9, "{grade}");
    }

    #[test]
    fn a_grade_above_the_limit_is_warned_about_and_one_at_it_is_not() {
        let letters = [("member.en.typ", 6.0), ("member.es.typ", 6.01), ("member.es.typ", 7.5)];
        let warnings = warnings_of(letters.into_iter(), 6);
        assert_eq!(warnings, ["2 letters read at grade 7.50, above the limit of 6: simplify member.es.typ"]);
    }
}
