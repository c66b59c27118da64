//! First strokes: where each member lives, on which program, with which need; and the patches of neighbouring members
//! that one case manager each could serve.

use rayon::prelude::*;

use crate::generate::draw::{Draw, Purpose, sums};
use crate::generate::places::Places;
use crate::generate::population::Population;
use crate::roster::Need;

/// Members drawn in one piece.
pub const PIECE: usize = 4096;

/// What must be known of every member before anything else is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Position in [`Places::zips`].
    pub place: u32,
    /// Position in [`Population::program`].
    pub program: u8,
    /// Position for [`Population::tag`].
    pub language: u8,
    /// Grade of need.
    pub need: Need,
    /// Something urgent is under way.
    pub urgent: bool,
    /// Lives in the household of the member before.
    pub joined: bool,
}

/// Draws all members, in pieces.
#[must_use]
pub fn drafts(seed: u64, members: usize, places: &Places, population: &Population) -> Vec<Draft> {
    let languages: Vec<Vec<u64>> = places.zips.iter().map(|zip| population.languages_of(zip.state, zip.city)).collect();
    let programs = sums(population.program.iter().map(|program| u64::from(program.share)));
    let needs: Vec<Vec<u64>> = population.program.iter().map(|program| sums(program.needs)).collect();
    let pieces = (0..members.div_ceil(PIECE)).into_par_iter().map(|piece| {
        let mut draw = Draw::new(seed, Purpose::Drafts, piece);
        let mut drawn: Vec<Draft> = Vec::with_capacity(PIECE);
        for _ in piece * PIECE..members.min((piece + 1) * PIECE) {
            let program = draw.by_weight(&programs);
            let grade = draw.by_weight(&needs[program]);
            let urgent = draw.chance(population.member.urgent[grade]);
            let (program, need) = (program as u8, Need::ALL[grade]);
            let with = drawn.last().copied().filter(|_| draw.chance(population.member.household));
            drawn.push(if let Some(other) = with {
                let program = if population.member.household_is_case { other.program } else { program };
                Draft { program, need, urgent, joined: true, ..other }
            } else {
                let place = draw.by_weight(&places.up_to);
                let language = draw.by_weight(&languages[place]) as u8;
                Draft { place: place as u32, program, language, need, urgent, joined: false }
            });
        }
        drawn
    });
    pieces.collect::<Vec<_>>().concat()
}

/// Divides these members into `count` patches of neighbours, as equal in number as can be: the list is halved across the
/// longer side of the area again and again. Returns the members patch by patch; neighbouring patches follow each other.
///
/// One case manager a patch is an assignment that keeps the average, and so a witness that the roster can be planned.
#[must_use]
pub fn patches(drafts: &[Draft], places: &Places, mut members: Vec<u32>, count: usize) -> Vec<Vec<u32>> {
    let mut found = Vec::new();
    let at = |member: u32| {
        let centre = places.zips[drafts[member as usize].place as usize].place;
        [centre.latitude, centre.longitude]
    };
    halve(&mut members, count.max(1), &at, &mut found);
    found
}

fn halve(members: &mut [u32], count: usize, at: &(impl Fn(u32) -> [f64; 2] + Sync), found: &mut Vec<Vec<u32>>) {
    if count == 1 {
        members.sort_unstable();
        found.push(members.to_vec());
        return;
    }
    let first = count / 2;
    let middle = (members.len() * first + count / 2) / count;
    if middle > 0 && middle < members.len() {
        let axis = longer_side(members, at);
        let order = |a: &u32, b: &u32| at(*a)[axis].total_cmp(&at(*b)[axis]).then(a.cmp(b));
        members.select_nth_unstable_by(middle, order);
    }
    let (left, right) = members.split_at_mut(middle);
    let mut later = Vec::new();
    rayon::join(|| halve(left, first, at, found), || halve(right, count - first, at, &mut later));
    found.append(&mut later);
}

/// 0 when the members spread further from south to north, 1 when further from west to east.
fn longer_side(members: &[u32], at: &impl Fn(u32) -> [f64; 2]) -> usize {
    let mut least = [f64::INFINITY; 2];
    let mut most = [f64::NEG_INFINITY; 2];
    for &member in members {
        let place = at(member);
        for side in 0..2 {
            least[side] = least[side].min(place[side]);
            most[side] = most[side].max(place[side]);
        }
    }
    let narrowing = f64::midpoint(least[0], most[0]).to_radians().cos();
    usize::from((most[1] - least[1]) * narrowing > most[0] - least[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_equal_in_number_and_hold_everybody_once() {
        let population = &Population::of("iowa-cbcm").unwrap_or_else(|error| panic!("{error}"));
        let places = Places::of("IA");
        let drafts = drafts(5, 1_003, &places, population);
        for count in [1, 2, 7, 23] {
            let patches = patches(&drafts, &places, (0..1_003).collect(), count);
            assert_eq!(patches.len(), count);
            let (least, most) = (1_003 / count, 1_003_usize.div_ceil(count));
            assert!(patches.iter().all(|patch| (least - 1..=most + 1).contains(&patch.len())), "{count}");
            let mut all = patches.concat();
            all.sort_unstable();
            assert!(all.iter().copied().eq(0..1_003));
        }
    }
}
