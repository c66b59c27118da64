//! Present caseloads: as they have grown, not as anybody planned them. Every case manager draws a load between a few
//! and almost twice the cap; members fill them up, mostly with somebody near, some with somebody far.

use crate::generate::Frame;
use crate::generate::drafts::Draft;
use crate::generate::draw::{Draw, Purpose};
use crate::generate::population::Population;
use crate::generate::staff::{Kind, Staff};

/// No case manager yet.
pub const NOBODY: u32 = u32::MAX;

/// Case managers near a place that a member may be with, and with what preference.
pub const NEAR: usize = 20;

/// The present case manager of each member (a position in [`Staff::managers`], or [`NOBODY`]). `near[t][p]` are the
/// managers of track t nearest to place p with their miles.
#[must_use]
pub fn present(
    frame: &Frame,
    population: &Population,
    staff: &Staff,
    drafts: &[Draft],
    near: &[Vec<Vec<(u32, f32)>>],
) -> Vec<u32> {
    let mut draw = Draw::new(frame.seed, Purpose::Present, 0);
    let unassigned = drafts.len() as u64 * u64::from(population.member.unassigned) / 10_000;
    let wanted = drafts.len() as u64 - unassigned;
    let target = targets(&mut draw, population, staff, wanted);
    let mut position = vec![0_u32; staff.managers.len()];
    staff.around.iter().enumerate().for_each(|(at, &manager)| position[manager as usize] = at as u32);

    let mut load = vec![0_u32; staff.managers.len()];
    let mut mix = Mix::new(population, drafts, staff.managers.len());
    let mut chosen = vec![NOBODY; drafts.len()];
    let mut up_to: Vec<f64> = Vec::with_capacity(NEAR);
    for (member, draft) in drafts.iter().enumerate() {
        let program = usize::from(draft.program);
        if draft.joined
            && population.member.household_is_case
            && let Some(before) = member.checked_sub(1)
        {
            // One case has one case manager, or none.
            chosen[member] = chosen[before];
            if chosen[member] != NOBODY {
                load[chosen[member] as usize] += 1;
            }
            continue;
        }
        // Who takes few new members at once could not take a large family.
        let is_large = population.member.household_is_case && drafts.get(member + 1).is_some_and(|next| next.joined);
        if draw.chance(population.member.unassigned) && !is_large {
            continue;
        }
        let track = population.track_of(&population.program[program].code);
        let with = member.checked_sub(1).map_or(NOBODY, |before| chosen[before]);
        let with = if with != NOBODY && staff.tracks[with as usize] == track { with } else { NOBODY };
        if draft.joined && with != NOBODY && draw.chance(8_500) {
            chosen[member] = with;
            load[with as usize] += 1;
            mix.add(with, program);
            continue;
        }
        let near = &near[track][draft.place as usize];
        let room = |manager: u32| {
            let of_all = target[manager as usize].saturating_sub(load[manager as usize]);
            of_all.min(mix.room(manager, program, target[manager as usize]))
        };
        up_to.clear();
        let mut sum = 0.0;
        for &(manager, miles) in near {
            sum += f64::from(room(manager)) * f64::from(-miles / FADING_MILES).exp();
            up_to.push(sum);
        }
        let far = draw.chance(population.member.far_from_manager);
        let manager = if far {
            from_afar(&mut draw, staff, track, near, &position, &room)
        } else if sum > 0.0 {
            let at = draw.unit() * sum;
            near.get(up_to.partition_point(|&sum| sum <= at)).map(|one| one.0)
        } else {
            None
        };
        // Everybody near is full: somebody with an ordinary load takes one more.
        let manager = manager.or_else(|| {
            let ordinary = near.iter().filter(|one| target[one.0 as usize] * 2 >= staff.caps[track]);
            let fullness = |one: &&(u32, f32)| {
                f64::from(load[one.0 as usize]) / f64::from(target[one.0 as usize]) + f64::from(one.1) / 60.0
            };
            let least = ordinary.min_by(|a, b| fullness(a).total_cmp(&fullness(b)).then(a.0.cmp(&b.0)));
            least.or_else(|| near.first()).map(|one| one.0)
        });
        if let Some(manager) = manager {
            chosen[member] = manager;
            load[manager as usize] += 1;
            mix.add(manager, program);
        }
    }
    chosen
}

/// How many cases of each program a case manager has, where present caseloads mix programs as their track does.
struct Mix {
    /// Cases of each program for 10,000 members of its track; empty where caseloads mix as they come.
    parts: Vec<u64>,
    /// Manager by manager, program by program.
    load: Vec<u32>,
}

impl Mix {
    fn new(population: &Population, drafts: &[Draft], managers: usize) -> Self {
        if !population.staff.present_in_proportion {
            return Self { parts: Vec::new(), load: Vec::new() };
        }
        let tracks: Vec<usize> = population.program.iter().map(|one| population.track_of(&one.code)).collect();
        let (mut cases, mut members) = (vec![0_u64; tracks.len()], vec![0_u64; tracks.len()]);
        for draft in drafts {
            let program = usize::from(draft.program);
            members[tracks[program]] += 1;
            cases[program] += u64::from(!(draft.joined && population.member.household_is_case));
        }
        let parts = cases.iter().zip(&tracks).map(|(cases, &track)| (cases * 10_000).div_ceil(members[track].max(1)));
        Self { parts: parts.collect(), load: vec![0; managers * tracks.len()] }
    }

    fn add(&mut self, manager: u32, program: usize) {
        if !self.parts.is_empty() {
            self.load[manager as usize * self.parts.len() + program] += 1;
        }
    }

    /// How many more cases of the program fit into a caseload of so many members.
    fn room(&self, manager: u32, program: usize, target: u32) -> u32 {
        let Some(part) = self.parts.get(program) else { return u32::MAX };
        let most = (u64::from(target) * part).div_ceil(10_000) as u32;
        most.saturating_sub(self.load[manager as usize * self.parts.len() + program])
    }
}

/// Over this distance the preference for a case manager falls to a third.
const FADING_MILES: f32 = 13.0;

/// Somebody with room some way off: the member moved house, or the manager did.
fn from_afar(
    draw: &mut Draw,
    staff: &Staff,
    track: usize,
    near: &[(u32, f32)],
    position: &[u32],
    room: &impl Fn(u32) -> u32,
) -> Option<u32> {
    let here = position[near.first()?.0 as usize] as usize;
    let window = 60.min(staff.around.len());
    let first = here.saturating_sub(window / 2).min(staff.around.len() - window);
    (0..8)
        .map(|_| staff.around[first + draw.below(window)])
        .find(|&manager| staff.tracks[manager as usize] == track && room(manager) > 0)
}

/// How many members each manager has at present, about: the classes of the file in their proportions, those of the
/// most common class scaled so that everybody has somebody. New hires and planned ones have nobody.
fn targets(draw: &mut Draw, population: &Population, staff: &Staff, wanted: u64) -> Vec<u32> {
    let cap = |manager: u32| staff.caps[staff.tracks[manager as usize]];
    let holds = |manager: &u32| matches!(staff.kinds[*manager as usize], Kind::AtWork | Kind::Leaving);
    let mut holders: Vec<u32> = (0..staff.managers.len() as u32).filter(holds).collect();
    draw.shuffle(&mut holders);
    let classes = &population.present;
    let total: usize = classes.iter().map(|class| class.weight as usize).sum();
    let common = (0..classes.len()).max_by_key(|&at| classes[at].weight).unwrap_or(0);
    let mut target = vec![0_u32; staff.managers.len()];
    for at in (0..classes.len()).rev().filter(|&at| at != common) {
        let heaviest = at + 1 == classes.len();
        if heaviest {
            // The heaviest loads are found in towns, where they can fill up.
            holders.sort_by_key(|&manager| !staff.dense[manager as usize]);
        }
        let share = (holders_of(staff) * classes[at].weight as usize + total / 2) / total;
        let share = if holders_of(staff) >= 20 { share.max(1) } else { share }.min(holders.len());
        for (number, manager) in holders.drain(..share).enumerate() {
            // The first of the outermost classes stands at the class's far end.
            let [least, most] = classes[at].percent;
            let percent = match number {
                0 if at == 0 => least,
                0 if heaviest => most,
                _ => draw.within(least, most),
            };
            target[manager as usize] = (cap(manager) * percent / 100).max(1);
        }
        draw.shuffle(&mut holders);
    }
    let of_others: u64 = target.iter().copied().map(u64::from).sum();
    let [least, most] = classes.get(common).map_or([70, 112], |class| class.percent);
    for &manager in &holders {
        target[manager as usize] = (cap(manager) * draw.within(least, most) / 100).max(1);
        if population.staff.present_in_proportion {
            let fte = staff.managers[manager as usize].fte_thousandths;
            target[manager as usize] = (target[manager as usize] * fte / 1000).max(1);
        }
    }
    let drawn: u64 = holders.iter().map(|&manager| u64::from(target[manager as usize])).sum();
    let left = wanted.saturating_sub(of_others).max(holders.len() as u64);
    for &manager in &holders {
        target[manager as usize] = (u64::from(target[manager as usize]) * left).div_ceil(drawn.max(1)) as u32;
    }
    target
}

/// Case managers who have a caseload at present.
fn holders_of(staff: &Staff) -> usize {
    staff.kinds.iter().filter(|kind| matches!(kind, Kind::AtWork | Kind::Leaving)).count()
}
