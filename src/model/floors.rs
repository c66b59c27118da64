//! Lower bounds of arc costs, read from the cost terms: each term's part is written next to what it undercuts.

use crate::cost::Prepared;
use crate::ids::{ManagerIx, MemberIx};
use crate::model::eligibility::Eligibility;
use crate::model::geography::{ANY, Floor, Geography, Leg};
use crate::program::{LanguageRule, ProgramRule};
use crate::travel::Point;

/// Languages and programs with a mark of their own; all others share the last one.
const OWN_MARKS: usize = 31;
/// Where the marks of programs begin.
const PROGRAM_MARKS: usize = 32;
/// A chord of this much is lost when points are kept as `f32` (some two meters).
const BLUR: f64 = 3e-7;
/// A floor above every cost there is, and safe to add to.
const NEVER: i64 = 1 << 55;

/// The bounds of all units.
#[must_use]
pub fn geography(prepared: &Prepared<'_>, eligibility: &Eligibility<'_>, units: &[Vec<MemberIx>]) -> Geography {
    let marks = Marks::read(prepared);
    let frame = Frame::of(prepared);
    let sites = prepared.managers.iter().map(|manager| manager.base.map(|base| frame.turned(base))).collect();
    let managers = prepared.roster.manager_indices().map(|manager| marks.of_manager(prepared, manager)).collect();
    let mut geography = Geography::new(sites, managers);
    for members in units {
        let mut whole =
            Floor { fixed: 0, placed: 0, wanted: 0, without: 0, needed: 0, reach: f32::INFINITY, only: ANY };
        let mut legs = Vec::new();
        for &member in members {
            let part = member_floor(prepared, eligibility, &marks, member);
            whole.fixed += part.fixed;
            if part.only != ANY {
                whole.only = part.only;
            }
            // Members of a household may want different marks: only what they agree on stays a bound.
            if members.len() == 1 {
                whole = Floor { fixed: whole.fixed, placed: whole.placed, only: whole.only, ..part };
            }
            let scale = Scale { prepared, frame: &frame };
            whole.placed += scale.trips(member, &mut legs);
        }
        geography.push(whole, legs);
    }
    geography
}

fn member_floor(prepared: &Prepared<'_>, eligibility: &Eligibility<'_>, marks: &Marks<'_>, member: MemberIx) -> Floor {
    let rules = &prepared.rules.program.eligibility;
    let facts = &prepared.members[member.at()];
    let language = Marks::language(facts.language);
    let (wanted, without) = match rules.language.rule {
        LanguageRule::Required => (language, NEVER),
        _ if facts.interpreter.0 > 0 => (language, facts.interpreter.0),
        _ => (0, 0),
    };
    let program = prepared.rules.program_of(prepared.roster.member(member));
    let needed = program.filter(|_| rules.program.rule == ProgramRule::Required).map_or(0, |code| marks.program(code));
    // Continuity: whoever is new costs the relationship. Crossed teams and territories may cost nothing.
    let only = eligibility.only_choice(member).map_or(ANY, |manager| manager.0);
    Floor { fixed: facts.keep.0, placed: 0, wanted, without, needed, reach: reach(prepared, member), only }
}

/// How far a new manager's base may be from home, as a chord; the home is the first leg then.
fn reach(prepared: &Prepared<'_>, member: MemberIx) -> f32 {
    let miles = prepared.rules.program.eligibility.distance.max_miles;
    let home_is_a_leg = prepared.members[member.at()].home.is_some() && prepared.rules.weights.travel > 0;
    let drives = prepared.members[member.at()].visits > 0 && prepared.line.minutes_per_mile > 0.0;
    if miles > 0.0 && home_is_a_leg && drives {
        (Point::chord_of(miles) * (1.0 + 1e-5) + BLUR) as f32
    } else {
        f32::INFINITY
    }
}

/// Trips of members, as legs.
struct Scale<'a> {
    prepared: &'a Prepared<'a>,
    frame: &'a Frame,
}

impl Scale<'_> {
    /// Adds the legs of a member; returns what the trips cost at least however short they are.
    fn trips(&self, member: MemberIx, legs: &mut Vec<Leg>) -> i64 {
        let prepared = self.prepared;
        let facts = &prepared.members[member.at()];
        let weights = &prepared.rules.weights;
        let mut placed = 0.0;
        if let Some(home) = facts.home {
            placed += self.leg(home, facts.visits as f64 / 1000.0, weights.travel, legs);
        }
        // The manager may know the provider already, which saves a share of the trips.
        let share = f64::from(100 - prepared.rules.program.rates.provider_shared_percent.min(100)) / 100.0;
        for meeting in prepared.meetings_of(member) {
            placed += self.leg(meeting.place, meeting.a_year as f64 / 1000.0 * share, weights.providers, legs);
        }
        // Halves lost to rounding: the term itself and its weight.
        (placed - 2.0).floor() as i64
    }

    /// One leg of so many trips a year there and back.
    fn leg(&self, point: Point, trips: f64, weight: u32, legs: &mut Vec<Leg>) -> f64 {
        let share = f64::from(weight) / 1000.0 * trips * 2.0;
        let (first, per_chord) = self.prepared.line.seconds_and_slope();
        let slope = share * per_chord;
        if slope > 0.0 {
            legs.push(Leg { point: self.frame.turned(point), weight: (slope * (1.0 - 1e-6)) as f32 });
        }
        // A trip is rounded to whole seconds, a meeting to whole seconds a year.
        share * (first - 0.5) - 1.0 - slope * BLUR
    }
}

/// A turn of the globe that puts the managers' centre on the first axis: boxes around them are then as flat as the
/// ground.
struct Frame([[f64; 3]; 3]);

impl Frame {
    fn of(prepared: &Prepared<'_>) -> Self {
        let mut up = [0.0; 3];
        for base in prepared.managers.iter().filter_map(|manager| manager.base) {
            base.unit_vector().iter().zip(&mut up).for_each(|(one, sum)| *sum += one);
        }
        let Some(up) = unit(up) else { return Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]) };
        let east = unit([-up[1], up[0], 0.0]).unwrap_or([0.0, 1.0, 0.0]);
        let north =
            [up[1] * east[2] - up[2] * east[1], up[2] * east[0] - up[0] * east[2], up[0] * east[1] - up[1] * east[0]];
        Self([up, east, north])
    }

    fn turned(&self, point: Point) -> [f32; 3] {
        let vector = point.unit_vector();
        self.0.map(|axis| axis.iter().zip(&vector).map(|(a, b)| a * b).sum::<f64>() as f32)
    }
}

fn unit(vector: [f64; 3]) -> Option<[f64; 3]> {
    let length = vector.iter().map(|part| part * part).sum::<f64>().sqrt();
    (length > 1e-9).then(|| vector.map(|part| part / length))
}

/// Which mark stands for which language and program.
struct Marks<'a> {
    programs: Vec<&'a str>,
}

impl<'a> Marks<'a> {
    fn read(prepared: &Prepared<'a>) -> Self {
        let served = |manager| prepared.rules.programs_served(manager);
        let mut programs: Vec<&str> = prepared.roster.managers().iter().flat_map(served).collect();
        programs.sort_unstable();
        programs.dedup();
        Self { programs }
    }

    fn language(language: u16) -> u64 {
        1 << usize::from(language).min(OWN_MARKS)
    }

    /// No manager has a program that is not in the list: its mark is nobody's but the last one's.
    fn program(&self, code: &str) -> u64 {
        let at = self.programs.binary_search(&code).unwrap_or(OWN_MARKS);
        1 << (PROGRAM_MARKS + at.min(OWN_MARKS))
    }

    fn of_manager(&self, prepared: &Prepared<'_>, manager: ManagerIx) -> u64 {
        let spoken = prepared.managers[manager.at()].languages.iter().map(|&language| Self::language(language));
        let programs = prepared.rules.programs_served(prepared.roster.manager(manager));
        let served = if programs.is_empty() {
            u64::MAX << PROGRAM_MARKS
        } else {
            programs.into_iter().map(|code| self.program(code)).fold(0, |all, mark| all | mark)
        };
        spoken.fold(served, |all, mark| all | mark)
    }
}
