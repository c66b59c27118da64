//! Synthetic rosters: seeded, on real US geography, plausible in every column, and by default possible to plan. The
//! people are those of the program, as `models/synthetic/` describes them.
//!
//! [`Sketch`] decides what must be known of everybody at once (who lives where, who is with whom); the rows are then
//! made in pieces, in parallel, each with random numbers of its own, so that the bytes depend on nothing but the
//! request. This room knows what a program's rules need of case managers ([`demand`]); it knows no cost and no solver, and
//! writes no file: the caller opens them.
//!
//! Long because what a sketch decides at once is read at once.

mod cases;
mod decisions;
mod demand;
mod drafts;
mod draw;
mod names;
mod people;
mod places;
mod population;
mod present;
mod providers;
mod staff;
mod teams;

use std::io::{self, Write};

use chrono::{Datelike, Days, NaiveDate};
use rayon::prelude::*;

use crate::diagnostic::closest;
use crate::program::Program;
use crate::roster::writing::{self, Rows};
use crate::roster::{Code, Decision, Member, MemberContact, Position, Provider, Team, gazetteer};
use demand::Demand;
use drafts::{Draft, PIECE};
use draw::{Draw, Purpose};
use places::{Grid, NATION, Places};
use population::Population;
use staff::{Crew, Kind, Staff};

/// The day a synthetic roster describes when no other is asked for: a fixed one, so that results repeat.
pub const AS_OF: &str = "2026-11-23";

/// More members than any program has.
const MEMBERS_MAX: usize = 5_000_000;

/// What is wanted.
#[derive(Clone, Debug)]
pub struct Request {
    /// Members.
    pub members: usize,
    /// Case managers at work on the effective date; 0 = as many as the rule needs and 3 % more (or
    /// what the program's people need: `more_percent` of `models/synthetic`). People leaving and planned ones come on top.
    pub managers: usize,
    /// Everything random follows from it.
    pub seed: u64,
    /// Two letters, or `US` for the nation.
    pub state: String,
    /// So many fewer case managers than the rule needs (0.1 = 10 %); only with `managers` = 0.
    pub shortage: Option<f64>,
    /// The program whose cap and average count.
    pub program: Program,
    /// What `caseload.toml` calls it.
    pub program_name: String,
    /// The day the roster describes.
    pub as_of: NaiveDate,
}

/// A request that cannot be met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// No ZIP codes there.
    #[error("there is no state `{state}`{}; use two letters such as IA, or US for the whole nation", did_you_mean.as_ref().map_or(String::new(), |word| format!(", did you mean `{word}`?")))]
    UnknownState {
        /// As given.
        state: String,
        /// A close one.
        did_you_mean: Option<String>,
    },
    /// A number out of range.
    #[error("{what} = {value}: {expected}")]
    OutOfRange {
        /// Which.
        what: &'static str,
        /// As given.
        value: String,
        /// What is possible.
        expected: &'static str,
    },
    /// The built-in shares cannot be read: a defect of the build.
    #[error("models/synthetic: {0}")]
    Shares(String),
}

/// The numbers everything else follows from.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Seed.
    pub seed: u64,
    /// State.
    pub state: &'a str,
    /// Members.
    pub members: usize,
    /// Case managers the rules ask for.
    pub needed: usize,
    /// Case managers at work.
    pub counted: usize,
    /// Members one of them may have, about.
    pub cap: u32,
    /// Do limits shrink with part-time work?
    pub scales: bool,
    /// Miles one of them may drive; infinite when there is no limit.
    pub reach: f64,
    /// The day the roster describes.
    pub as_of: NaiveDate,
    /// The day a plan would take effect.
    pub effective_on: NaiveDate,
}

/// Words shared by many rows.
#[derive(Debug)]
struct Codes {
    programs: Vec<Code>,
    languages: Vec<Code>,
    zips: Vec<Code>,
    counties: Vec<Code>,
}

/// A roster before its rows are made.
#[derive(Debug)]
pub struct Sketch<'a> {
    frame: Frame<'a>,
    program_name: &'a str,
    population: Population,
    places: Places,
    drafts: Vec<Draft>,
    staff: Staff,
    teams: Vec<Team>,
    positions: Vec<Position>,
    providers: Vec<Provider>,
    present: Vec<u32>,
    decisions: Vec<Decision>,
    /// For every place somebody lives in: providers nearby.
    near_providers: Vec<Vec<(u32, f32)>>,
    codes: Codes,
}

/// What came out, for the command's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Members.
    pub members: usize,
    /// Members nobody has yet.
    pub unassigned: usize,
    /// Case managers at work on the effective date.
    pub managers: usize,
    /// Of these, newly hired.
    pub new_hires: usize,
    /// Leaving before the effective date.
    pub leaving: usize,
    /// Starting after it.
    pub planned: usize,
    /// Case managers the rules ask for.
    pub needed: usize,
    /// Smallest present caseload of those who have one.
    pub smallest: u32,
    /// Largest present caseload.
    pub largest: u32,
    /// Case managers above the cap at present.
    pub over_cap: usize,
    /// Providers.
    pub providers: usize,
    /// Decisions.
    pub decisions: usize,
}

impl<'a> Sketch<'a> {
    /// Decides what must be known of everybody at once.
    ///
    /// # Errors
    /// When the request cannot be met.
    pub fn new(request: &'a Request) -> Result<Self, GenerateError> {
        let population = Population::of(&request.program.name).map_err(GenerateError::Shares)?;
        let places = Places::of(&request.state);
        let (mut frame, mut demand) = frame(request, &population, &places)?;
        if demand::is_plain(&request.program) {
            return Ok(Self::build(request, frame, &demand, population, places));
        }
        // What the rules need depends on the people, and a few of their dates on who is hired: made until both agree.
        let mut sketch = Self::build(request, frame, &demand, population.clone(), places.clone());
        for _ in 0..PASSES {
            let found = demand::of(&sketch, &request.program);
            let is_enough = found.is_met_by(&demand);
            if is_enough && frame.needed > 0 {
                break;
            }
            demand = if frame.needed > 0 { found.at_least(&demand) } else { found };
            frame.needed = demand.needed();
            frame.counted = counted(request, &population, frame.needed);
            sketch = Self::build(request, frame, &demand, population.clone(), places.clone());
        }
        Ok(sketch)
    }

    fn build(request: &'a Request, frame: Frame<'a>, demand: &Demand, population: Population, places: Places) -> Self {
        let all = &population;
        let mut drafts = drafts::drafts(frame.seed, frame.members, &places, all);
        let crews = crews(&frame, demand, all, &places, &drafts);
        let mut staff = staff::staff(&frame, &places, all, &crews, &mut drafts);
        drop(crews);
        let teams = teams::teams(&frame, &places, all, &mut staff);
        let positions = teams::positions(&frame, &places, all, &staff);

        let lived_in = lived_in(&drafts, &places);
        let near: Vec<_> =
            (0..staff.caps.len()).map(|track| holders_near(&frame, &places, &staff, &lived_in, track)).collect();
        let present = present::present(&frame, all, &staff, &drafts, &near);
        refuse_new(&frame, all, &mut staff, &present);
        exceed(&frame, all, &mut staff, &present);
        let decisions = decisions::decisions(&frame, all, &staff, &drafts, &present, &near);

        let providers = providers::providers(frame.seed, frame.members, &places, all);
        let sites = Grid::new(providers.iter().filter_map(|provider| provider.place));
        let near_providers = nearest(&places, &lived_in, &sites, providers::NEAR, f64::INFINITY);
        let codes = Codes {
            programs: all.program.iter().map(|program| program.code.as_str().into()).collect(),
            languages: (0..=all.language.len()).map(|at| all.tag(at).into()).collect(),
            zips: places.zips.iter().map(|zip| zip.zip.into()).collect(),
            counties: places.zips.iter().map(|zip| zip.county_fips.into()).collect(),
        };
        let program_name = request.program_name.as_str();
        Self {
            frame,
            program_name,
            population,
            places,
            drafts,
            staff,
            teams,
            positions,
            providers,
            present,
            decisions,
            near_providers,
            codes,
        }
    }

    /// What came out.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let kinds = |wanted: Kind| self.staff.kinds.iter().filter(|kind| **kind == wanted).count();
        let loads = loads(self.staff.managers.len(), &self.present);
        Summary {
            members: self.drafts.len(),
            unassigned: self.present.iter().filter(|manager| **manager == present::NOBODY).count(),
            managers: kinds(Kind::AtWork) + kinds(Kind::NewHire),
            new_hires: kinds(Kind::NewHire),
            leaving: kinds(Kind::Leaving),
            planned: kinds(Kind::Planned),
            needed: self.frame.needed,
            smallest: loads.iter().copied().filter(|load| *load > 0).min().unwrap_or(0),
            largest: loads.iter().copied().max().unwrap_or(0),
            over_cap: loads.iter().filter(|load| **load > self.frame.cap).count(),
            providers: self.providers.len(),
            decisions: self.decisions.len(),
        }
    }

    /// Writes every file of the folder; `open` is called once for each, by name.
    ///
    /// # Errors
    /// When a file cannot be opened or written.
    pub fn write<W: Write>(&self, mut open: impl FnMut(&str) -> io::Result<W>) -> io::Result<()> {
        let team_id = |team: Option<crate::ids::TeamIx>| team.map(|team| &*self.teams[team.at()].id);
        open("caseload.toml")?.write_all(self.settings().as_bytes())?;
        let mut rows = Rows::with_header(&writing::MANAGERS);
        self.staff.managers.iter().for_each(|manager| rows.manager(manager, team_id(manager.team)));
        open("managers.csv")?.write_all(&rows.into_bytes())?;
        let mut rows = Rows::with_header(&writing::TEAMS);
        self.teams.iter().for_each(|team| rows.team(team));
        open("teams.csv")?.write_all(&rows.into_bytes())?;
        let mut rows = Rows::with_header(&writing::PROVIDERS);
        self.providers.iter().for_each(|provider| rows.provider(provider));
        open("providers.csv")?.write_all(&rows.into_bytes())?;
        let mut rows = Rows::with_header(&writing::POSITIONS);
        self.positions.iter().for_each(|position| rows.position(position, team_id(position.team)));
        open("positions.csv")?.write_all(&rows.into_bytes())?;
        let mut rows = Rows::with_header(&writing::DECISIONS);
        for decision in &self.decisions {
            let manager = &self.staff.managers[decision.manager.at()].id;
            rows.decision(decision, &self.member_id(decision.member.at()), manager);
        }
        open("decisions.csv")?.write_all(&rows.into_bytes())?;

        let mut members = open("members.csv")?;
        members.write_all(&Rows::with_header(&writing::MEMBERS).into_bytes())?;
        let mut services = open("services.csv")?;
        services.write_all(&Rows::with_header(&writing::SERVICES).into_bytes())?;
        let pieces: Vec<usize> = (0..self.drafts.len().div_ceil(PIECE)).collect();
        // A handful of pieces at a time is in memory, whatever the size of the roster.
        for some in pieces.chunks(PIECES_AT_ONCE) {
            let made: Vec<_> = some.par_iter().map(|&piece| (self.members(piece), self.services(piece))).collect();
            for (member_rows, service_rows) in made {
                members.write_all(&member_rows)?;
                services.write_all(&service_rows)?;
            }
        }
        members.flush()?;
        services.flush()
    }

    /// A piece of `members.csv`.
    fn members(&self, piece: usize) -> Vec<u8> {
        let mut rows = Rows::new();
        for (member, contact) in self.people(piece) {
            let manager = member.manager.map(|manager| &*self.staff.managers[manager.at()].id);
            rows.member(&member, &contact, manager);
        }
        rows.into_bytes()
    }

    /// The members of a piece.
    fn people(&self, piece: usize) -> Vec<(Member, MemberContact)> {
        let mut draw = Draw::new(self.frame.seed, Purpose::People, piece);
        let mut events = Draw::new(self.frame.seed, Purpose::Cases, piece);
        let mut home = None;
        let mut one = |number| {
            let (mut member, contact) = people::person(&mut draw, self, number, &mut home);
            cases::add(&mut events, self, &mut member);
            (member, contact)
        };
        self.piece(piece).map(&mut one).collect()
    }

    /// A piece of `services.csv`.
    fn services(&self, piece: usize) -> Vec<u8> {
        let mut draw = Draw::new(self.frame.seed, Purpose::Services, piece);
        let mut rows = Rows::new();
        for number in self.piece(piece) {
            let id = self.member_id(number);
            for (provider, a_month) in providers::services_of(&mut draw, self, number) {
                rows.service(&id, &self.providers[provider as usize].id, Some(a_month));
            }
        }
        rows.into_bytes()
    }

    fn piece(&self, piece: usize) -> std::ops::Range<usize> {
        piece * PIECE..self.drafts.len().min((piece + 1) * PIECE)
    }

    /// Ids have one width, so that their order is that of the rows.
    fn member_id(&self, number: usize) -> String {
        let width = self.drafts.len().to_string().len().max(5);
        format!("M{:0width$}", number + 1)
    }

    /// `caseload.toml`: the days are fixed, so that a plan of this roster is the same on any day.
    fn settings(&self) -> String {
        let Frame { seed, state, as_of, effective_on, .. } = self.frame;
        let program = toml::Value::String(self.program_name.to_owned());
        format!(
            "# A synthetic roster made by `caseload generate` (state {state}, seed {seed}). Nobody in it exists.\n\
             program = {program}\nas_of = {as_of}\neffective_on = {effective_on}\n{}",
            self.population.settings
        )
    }
}

/// Pieces of rows made at once.
const PIECES_AT_ONCE: usize = 16;

/// How often the number of case managers is worked out again, at most.
const PASSES: usize = 6;

/// Where people of a program live when nobody says it, and the day their roster describes.
///
/// # Errors
/// The built-in shares cannot be read: a defect of the build.
pub fn usual(program: &Program) -> Result<(String, Option<NaiveDate>), GenerateError> {
    let population = Population::of(&program.name).map_err(GenerateError::Shares)?;
    Ok((population.state.clone(), population.day()))
}

/// Case managers at work where so many are needed.
fn counted(request: &Request, population: &Population, needed: usize) -> usize {
    match (request.managers, request.shortage) {
        (0, None) => (needed * (100 + population.staff.more_percent as usize)).div_ceil(100),
        (0, Some(share)) => ((needed as f64 * (1.0 - share)).round() as usize).max(1),
        (given, _) => given,
    }
}

/// The first guess, which is right where only heads are counted ([`demand::is_plain`]).
fn frame<'a>(
    request: &'a Request,
    population: &Population,
    places: &Places,
) -> Result<(Frame<'a>, Demand), GenerateError> {
    if places.zips.is_empty() {
        let mut states: Vec<&str> = gazetteer::zips().iter().map(|zip| zip.state).collect();
        states.sort_unstable();
        states.dedup();
        let did_you_mean = closest(&request.state, states.into_iter().chain([NATION])).map(str::to_owned);
        return Err(GenerateError::UnknownState { state: request.state.clone(), did_you_mean });
    }
    let out_of_range = |what, value: String, expected| Err(GenerateError::OutOfRange { what, value, expected });
    if !(1..=MEMBERS_MAX).contains(&request.members) {
        return out_of_range("members", request.members.to_string(), "1 to 5,000,000");
    }
    if request.managers > request.members {
        return out_of_range("managers", request.managers.to_string(), "at most as many as members");
    }
    if let Some(share) = request.shortage {
        if !(0.0..=0.9).contains(&share) {
            return out_of_range("shortage", share.to_string(), "a share from 0 to 0.9, e.g. 0.1 for 10 %");
        }
        if request.managers > 0 {
            return out_of_range("shortage", share.to_string(), "only with --managers 0, which it lowers");
        }
    }
    let program = &request.program;
    // A region's or a team's average asks for as many case managers as one over everybody.
    let plain = program.averages.iter().filter(|average| average.is_plain());
    let average = plain.map(|average| average.limit.floor()).min();
    let cap = program.lowest_cap().map(super::program::limit::Limit::floor);
    let average = average.or(cap).unwrap_or(ORDINARY_LOAD).max(1);
    let cap = cap.unwrap_or(average * 10 / 9).max(1);
    let is_plain = demand::is_plain(program);
    let needed = request.members.div_ceil(average.min(cap) as usize);
    let max_miles = program.eligibility.distance.max_miles;
    let effective_on = first_of_month_after(request.as_of);
    let frame = Frame {
        seed: request.seed,
        state: &request.state,
        members: request.members,
        // A guess is none: it is worked out from the people.
        needed: if is_plain { needed } else { 0 },
        counted: counted(request, population, needed),
        cap,
        scales: demand::scales(program),
        reach: if max_miles > 0.0 { max_miles } else { f64::INFINITY },
        as_of: request.as_of,
        effective_on: program.effective_from.map_or(effective_on, |from| from.max(effective_on)),
    };
    let full = if frame.scales { average.min(cap) } else { cap };
    Ok((frame, Demand::plain(needed, cap, full)))
}

/// The members of each track with the case managers they need, in patches of neighbours.
fn crews(frame: &Frame, demand: &Demand, population: &Population, places: &Places, drafts: &[Draft]) -> Vec<Crew> {
    let track_of: Vec<usize> = population.program.iter().map(|program| population.track_of(&program.code)).collect();
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); population.staff.tracks.len().max(1)];
    for (at, draft) in drafts.iter().enumerate() {
        members[track_of[usize::from(draft.program)]].push(at as u32);
    }
    let sizes: Vec<usize> = members.iter().map(Vec::len).collect();
    let quotas = demand.quotas(frame.counted, &sizes);
    let crew = |(track, (members, quota)): (usize, (Vec<u32>, usize))| {
        let (cap, full) = demand.caseload(track, members.len(), frame.cap);
        Crew { patches: drafts::patches(drafts, places, members, quota), cap, full }
    };
    members.into_iter().zip(quotas).enumerate().map(crew).collect()
}

/// For every place somebody lives in: case managers of a track nearby who have a caseload.
fn holders_near(
    frame: &Frame,
    places: &Places,
    staff: &Staff,
    lived_in: &[bool],
    track: usize,
) -> Vec<Vec<(u32, f32)>> {
    let holds = |at: usize| staff.tracks[at] == track && matches!(staff.kinds[at], Kind::AtWork | Kind::Leaving);
    let holders: Vec<u32> = (0..staff.managers.len()).filter(|&at| holds(at)).map(|at| at as u32).collect();
    let bases = holders.iter().map(|&manager| places.zips[staff.bases[manager as usize] as usize].place);
    let mut near = nearest(places, lived_in, &Grid::new(bases), present::NEAR, frame.reach);
    near.par_iter_mut().flatten().for_each(|one| one.0 = holders[one.0 as usize]);
    near
}

/// Since when caseloads above the cap are, where a program tolerates that for some days.
fn exceed(frame: &Frame, population: &Population, staff: &mut Staff, present: &[u32]) {
    let [least, most] = population.staff.over_cap_within;
    if most == 0 {
        return;
    }
    let mut draw = Draw::new(frame.seed, Purpose::Staff, 4);
    for (manager, load) in staff.managers.iter_mut().zip(loads(staff.kinds.len(), present)) {
        if load > frame.cap {
            manager.absence.over_cap_since = Some(draw.before(frame.as_of, least, most));
        }
    }
}

/// Where a program states neither cap nor average.
const ORDINARY_LOAD: u32 = 45;

/// The first of a month that leaves at least four weeks to prepare.
fn first_of_month_after(day: NaiveDate) -> NaiveDate {
    let mut first = day.checked_add_days(Days::new(28)).unwrap_or(day);
    while first.day() != 1 {
        first = first.succ_opt().unwrap_or(first);
    }
    first
}

/// Which places somebody lives in.
fn lived_in(drafts: &[Draft], places: &Places) -> Vec<bool> {
    let mut lived_in = vec![false; places.zips.len()];
    for draft in drafts {
        lived_in[draft.place as usize] = true;
    }
    lived_in
}

/// What is near every place somebody lives in; within reach where anything is, else the nearest.
fn nearest(places: &Places, lived_in: &[bool], grid: &Grid, most: usize, reach: f64) -> Vec<Vec<(u32, f32)>> {
    let of_place = |(zip, &lived_in): (&&gazetteer::ZipArea, &bool)| {
        if !lived_in {
            return Vec::new();
        }
        let near = grid.nearest(zip.place, most, reach);
        if near.is_empty() { grid.nearest(zip.place, most, f64::INFINITY) } else { near }
    };
    places.zips.par_iter().zip(lived_in).map(of_place).collect()
}

fn loads(managers: usize, present: &[u32]) -> Vec<u32> {
    let mut loads = vec![0; managers];
    present.iter().filter(|manager| **manager != present::NOBODY).for_each(|&manager| loads[manager as usize] += 1);
    loads
}

/// A few case managers with about a full load take nobody new.
fn refuse_new(frame: &Frame, population: &Population, staff: &mut Staff, present: &[u32]) {
    let loads = loads(staff.managers.len(), present);
    let mut draw = Draw::new(frame.seed, Purpose::Staff, 3);
    let wanted = (frame.counted * population.staff.accepts_no_new as usize).div_ceil(10_000);
    let full = frame.cap * 3 / 4..=frame.cap;
    let mut could: Vec<usize> = (0..staff.managers.len())
        .filter(|&at| staff.kinds[at] == Kind::AtWork && staff.dense[at] && full.contains(&loads[at]))
        .filter(|&at| staff.managers[at].max_caseload.is_none() && staff.managers[at].programs.is_empty())
        .collect();
    draw.shuffle(&mut could);
    for at in could.into_iter().take(wanted) {
        let lost = frame.cap - loads[at];
        if lost <= staff.spare {
            staff.spare -= lost;
            staff.managers[at].accepts_new = false;
        }
    }
}
