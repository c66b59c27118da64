//! Everything else about a member: name, age, home, guardian, dates, and how letters reach them.

use chrono::{Datelike, Days, NaiveDate};

use crate::generate::Sketch;
use crate::generate::drafts::Draft;
use crate::generate::draw::{Draw, sums};
use crate::generate::names::{self, Name};
use crate::generate::places::scattered;
use crate::generate::present::NOBODY;
use crate::ids::ManagerIx;
use crate::roster::{Code, GuardianRelation, LetterFormat, MailingAddress, Member, MemberContact, Place};

/// What the members of one household share.
#[derive(Clone, Debug)]
pub struct Home {
    household: Code,
    place: Place,
    line1: String,
    line2: Option<String>,
    family: String,
    phone: String,
}

/// Makes one member; `home` is that of the member before, and becomes this one's.
pub fn person(draw: &mut Draw, sketch: &Sketch, number: usize, home: &mut Option<Home>) -> (Member, MemberContact) {
    let draft = sketch.drafts[number];
    let program = &sketch.population.program[usize::from(draft.program)];
    let shares = &sketch.population.member;
    let birth_date = birth(draw, sketch.frame.as_of, &program.ages);
    let age = (sketch.frame.as_of - birth_date).num_days() / 365;

    let with = if draft.joined { home.take() } else { None };
    let joins = with.is_some();
    let here = with.unwrap_or_else(|| settle(draw, sketch, number, draft));
    let name = names::person(draw, &sketch.population, usize::from(draft.language), joins.then_some(&*here.family));
    let here = if joins { here } else { Home { family: name.family.clone(), ..here } };
    let in_household = joins || sketch.drafts.get(number + 1).is_some_and(|next| next.joined);
    // A piece ends a household: the next piece starts with somebody new.
    let in_household = in_household && (joins || !(number + 1).is_multiple_of(crate::generate::drafts::PIECE));

    let contact = contact(draw, sketch, draft, age, &name, &here, number);
    let manager = match sketch.present[number] {
        NOBODY => None,
        manager => Some(ManagerIx(manager)),
    };
    let grade = draft.need as usize;
    let dates = dates(draw, sketch, manager, birth_date);
    let place = draft.place as usize;
    let from_to = |draw: &mut Draw, [least, most]: [u32; 2]| f64::from(draw.within(least, most));
    let settings = sums(program.settings.iter().map(|(_, weight)| *weight));
    let setting = match age {
        // Minors live with families whatever the program's adults do.
        0..18 if program.settings.iter().any(|(setting, _)| setting == "family_home") => "family_home",
        _ => &program.settings[draw.by_weight(&settings)].0,
    };
    let mail_hold = shares.mail_hold.iter().find(|(_, share)| draw.chance(*share)).map(|(reason, _)| reason.as_str());
    let member = Member {
        id: sketch.member_id(number).into(),
        need: draft.need,
        urgent: draft.urgent,
        birth_date: Some(birth_date),
        program: Some(sketch.codes.programs[usize::from(draft.program)].clone()),
        setting: Some(setting.into()),
        home: (!draw.chance(shares.zip_only)).then_some(here.place),
        zip: Some(sketch.codes.zips[place].clone()),
        county: Some(sketch.codes.counties[place].clone()),
        language: sketch.codes.languages[usize::from(draft.language)].clone(),
        household: in_household.then(|| here.household.clone()),
        manager,
        assigned_on: dates.assigned_on,
        last_contact_on: dates.last_contact_on,
        next_outreach_on: dates.next_outreach_on,
        assessment_due_on: Some(dates.assessment_due_on),
        visits_per_year: (!draw.chance(shares.visits_blank)).then(|| from_to(draw, shares.visits_per_year[grade])),
        contacts_per_month: draw.chance(7_000).then(|| from_to(draw, shares.contacts_per_month[grade])),
        hours_per_year: draw.chance(6_000).then(|| from_to(draw, shares.hours_per_year[grade])),
        authorized_units: None,
        used_units: None,
        other_case_management: draw
            .chance(program.duplicate_service.1)
            .then(|| program.duplicate_service.0.as_str().into()),
        mail_hold: mail_hold.map(Code::from),
        case: crate::roster::CaseFacts::default(),
    };
    *home = Some(here);
    (member, contact)
}

/// A new household's home.
fn settle(draw: &mut Draw, sketch: &Sketch, number: usize, draft: Draft) -> Home {
    let place = draft.place as usize;
    let zip = sketch.places.zips[place];
    let (line1, line2) = names::street(draw, &sketch.population, sketch.places.is_rural(place));
    Home {
        household: format!("H{:06}", number + 1).into(),
        place: scattered(draw, zip.place, sketch.places.spread(place)),
        line1,
        line2,
        family: String::new(),
        phone: names::phone(draw, &sketch.population, zip.state),
    }
}

/// A birth date for an age drawn from bands of (from, to, weight).
fn birth(draw: &mut Draw, as_of: NaiveDate, bands: &[[u32; 3]]) -> NaiveDate {
    let band = draw.by_weight(&sums(bands.iter().map(|band| u64::from(band[2]))));
    let [from, to, _] = bands[band];
    let age = draw.within(from, to) as i32;
    let birthday = NaiveDate::from_yo_opt(as_of.year() - age, as_of.ordinal().min(365)).unwrap_or(as_of);
    draw.before(birthday, 20, 360)
}

fn contact(
    draw: &mut Draw,
    sketch: &Sketch,
    draft: Draft,
    age: i64,
    name: &Name,
    here: &Home,
    number: usize,
) -> MemberContact {
    let shares = &sketch.population.member;
    let zip = sketch.places.zips[draft.place as usize];
    let no_address = draw.chance(shares.no_address);
    let address = if no_address {
        MailingAddress::default()
    } else {
        MailingAddress {
            line1: Some(here.line1.as_str().into()),
            line2: here.line2.as_deref().map(Into::into),
            city: Some(zip.city.into()),
            state: Some(zip.state.into()),
            zip: Some(zip.zip.into()),
        }
    };
    let large = if age >= 65 { shares.large_print_elderly } else { shares.large_print };
    let letter_format = match () {
        () if draw.chance(shares.braille) => LetterFormat::Braille,
        () if draw.chance(large) => LetterFormat::LargePrint,
        () => LetterFormat::Standard,
    };
    let mut contact = MemberContact {
        name: Some(name.full().into()),
        address,
        phone: (!draw.chance(500)).then(|| here.phone.as_str().into()),
        email: draw.chance(shares.email).then(|| name.email(number + 1).into()),
        letter_format,
        ..MemberContact::default()
    };
    let adult_share = sketch.population.program[usize::from(draft.program)].guardian_adult;
    if age < 18 || draw.chance(adult_share) {
        guardian(draw, sketch, draft, age, name, &mut contact);
    }
    contact
}

/// A parent or guardian; many live elsewhere.
fn guardian(draw: &mut Draw, sketch: &Sketch, draft: Draft, age: i64, name: &Name, contact: &mut MemberContact) {
    let relation = match (age, draw.below(100)) {
        (0..18, 0..93) | (18..45, 0..45) => GuardianRelation::Parent,
        (65.., 0..60) => GuardianRelation::Representative,
        _ => GuardianRelation::Guardian,
    };
    let same_family = relation == GuardianRelation::Parent && draw.chance(8_500);
    let family = same_family.then_some(name.family.as_str());
    let person = names::person(draw, &sketch.population, usize::from(draft.language), family);
    contact.guardian_name = Some(person.full().into());
    contact.guardian_relation = Some(relation);
    if draw.chance(if age < 18 { 1_500 } else { 6_500 }) {
        // ZIPs next to each other in number are mostly next to each other on the map.
        let at = draft.place as usize;
        let there = (at + draw.below(9)).saturating_sub(4).min(sketch.places.zips.len() - 1);
        let there = if sketch.places.zips[there].state == sketch.places.zips[at].state { there } else { at };
        let zip = sketch.places.zips[there];
        let (line1, line2) = names::street(draw, &sketch.population, sketch.places.is_rural(there));
        contact.guardian_address = MailingAddress {
            line1: Some(line1.into()),
            line2: line2.map(Into::into),
            city: Some(zip.city.into()),
            state: Some(zip.state.into()),
            zip: Some(zip.zip.into()),
        };
    } else if contact.address.line1.is_some() {
        contact.guardian_address = contact.address.clone();
    }
}

#[allow(clippy::struct_field_names, reason = "the columns are called so")]
struct Dates {
    assigned_on: Option<NaiveDate>,
    last_contact_on: Option<NaiveDate>,
    next_outreach_on: Option<NaiveDate>,
    assessment_due_on: NaiveDate,
}

/// Dates that fit each other: no assignment before birth or before the manager's hire, no contact before it.
fn dates(draw: &mut Draw, sketch: &Sketch, manager: Option<ManagerIx>, birth_date: NaiveDate) -> Dates {
    let as_of = sketch.frame.as_of;
    let assigned_on = manager.map(|manager| {
        let days = 8.0 + draw.waiting(sketch.population.member.tenure_months_mean * 30.4);
        let drawn = as_of.checked_sub_days(Days::new(days as u64)).unwrap_or(as_of);
        let hired = sketch.staff.managers[manager.at()].hired_on.unwrap_or(drawn);
        drawn.max(hired).max(birth_date)
    });
    let last_contact_on = assigned_on.map(|since| draw.before(as_of, 1, 95).max(since));
    let assessment_due_on = if draw.chance(120) { draw.before(as_of, 1, 20) } else { draw.after(as_of, 3, 364) };
    let next_outreach_on = draw.chance(6_000).then(|| draw.after(as_of, 1, 60));
    Dates { assigned_on, last_contact_on, next_outreach_on, assessment_due_on }
}
