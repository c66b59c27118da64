//! Invented people, streets, telephone numbers and businesses.

use fake::Fake;
use fake::faker::name::raw::{FirstName, LastName};
use fake::locales::{EN, FR_FR};

use crate::generate::draw::Draw;
use crate::generate::population::Population;

/// A person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
}

impl Name {
    /// Both, as written in a roster.
    #[must_use]
    pub fn full(&self) -> String {
        format!("{} {}", self.given, self.family)
    }

    /// An address at `example.org`, the domain set aside for examples, made different by `number`.
    #[must_use]
    pub fn email(&self, number: usize) -> String {
        let plain = |part: &str| part.chars().filter_map(plain_letter).collect::<String>();
        format!("{}.{}{number}@example.org", plain(&self.given), plain(&self.family))
    }
}

/// The letter without its accent, in lower case; nothing for what is not a letter.
fn plain_letter(letter: char) -> Option<char> {
    Some(match letter {
        'á' | 'Á' | 'â' | 'à' => 'a',
        'é' | 'É' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'Í' | 'î' | 'ï' => 'i',
        'ó' | 'Ó' | 'ô' => 'o',
        'ú' | 'Ú' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' | 'ć' | 'č' | 'Ć' | 'Č' => 'c',
        'đ' => 'd',
        'š' | 'Š' => 's',
        'ž' | 'Ž' => 'z',
        other if other.is_ascii_alphabetic() => other.to_ascii_lowercase(),
        _ => return None,
    })
}

/// A name as usual among speakers of a language (its position for [`Population::tag`]); `family` fixes the family's.
pub fn person(draw: &mut Draw, population: &Population, language: usize, family: Option<&str>) -> Name {
    let list = language.checked_sub(1).and_then(|at| population.language.get(at));
    let (given, own): (&str, &str) = match list {
        Some(list) if !list.given.is_empty() => (
            draw.pick(&list.given).map_or("Alex", String::as_str),
            draw.pick(&list.family).map_or("Example", String::as_str),
        ),
        Some(list) if list.tag == "fr" => {
            (FirstName(FR_FR).fake_with_rng(&mut draw.rng), LastName(FR_FR).fake_with_rng(&mut draw.rng))
        }
        _ => (FirstName(EN).fake_with_rng(&mut draw.rng), LastName(EN).fake_with_rng(&mut draw.rng)),
    };
    Name { given: given.to_owned(), family: family.unwrap_or(own).to_owned() }
}

/// Number and street, and sometimes a flat.
pub fn street(draw: &mut Draw, population: &Population, rural: bool) -> (String, Option<String>) {
    let words = &population.words;
    let (names, most) = if rural { (&words.roads, 3_999) } else { (&words.streets, 2_999) };
    let name = draw.pick(names).map_or("Main St", String::as_str);
    let line1 = format!("{} {name}", draw.within(100, most));
    let flat = !rural && draw.chance(2_400);
    let line2 = flat.then(|| format!("Apt {}{}", draw.within(1, 24), ["", "A", "B", "C"][draw.below(4)]));
    (line1, line2)
}

/// A telephone number of a state, in the range set aside for fiction.
pub fn phone(draw: &mut Draw, population: &Population, state: &str) -> String {
    let codes = population.area_codes.get(state).map_or(&[][..], Vec::as_slice);
    let code = draw.pick(codes).copied().unwrap_or(515);
    format!("{code}-555-01{:02}", draw.below(100))
}
