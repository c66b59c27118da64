//! Lower bounds of arc costs from where people are: what lets a solver look at a nation without computing every pair.
//!
//! Costs grow with distance. A bound on the distance to a box of managers is a bound on the cost of every arc into the
//! box, and a box whose bound is too high is never opened. The bounds are floats rounded down with a stated margin;
//! every arc that is not ruled out is then computed exactly, so nothing is lost by them.

/// No manager in [`Floor::only`]: the unit is free to choose.
pub const ANY: u32 = u32::MAX;

/// Something a unit drives to or from: the straight way between `point` and a manager's base costs at least
/// `weight x chord`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leg {
    /// On the unit sphere, in the frame of [`Geography::sites`].
    pub point: [f32; 3],
    /// Seconds a year for a chord of 1 (an earth radius), rounded down.
    pub weight: f32,
}

/// What an arc of a unit costs at least, besides its legs. Holds for managers it is not with at present.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    /// With every manager.
    pub fixed: i64,
    /// On top with managers whose base is known.
    pub placed: i64,
    /// Marks one of which saves `without`; 0 = nothing to save.
    pub wanted: u64,
    /// On top with managers that have none of the `wanted` marks.
    pub without: i64,
    /// There is no arc to managers that have none of these marks; 0 = no such condition.
    pub needed: u64,
    /// There is no arc to managers farther than this chord from the first leg's point.
    pub reach: f32,
    /// The only manager there is an arc to, or [`ANY`].
    pub only: u32,
}

/// Lower bounds for all arcs. Arc costs of a problem that has one are never negative.
#[derive(Clone, Debug, Default)]
pub struct Geography {
    /// Manager by manager: the base on the unit sphere, `None` when unknown (its legs cost nothing then).
    pub sites: Vec<Option<[f32; 3]>>,
    /// Manager by manager: what it has, bit by bit.
    pub marks: Vec<u64>,
    /// Unit by unit.
    pub floors: Vec<Floor>,
    /// Legs of all units, one after the other.
    legs: Vec<Leg>,
    /// Where each unit's legs end.
    ends: Vec<u32>,
}

impl Geography {
    /// Without units so far.
    #[must_use]
    pub fn new(sites: Vec<Option<[f32; 3]>>, marks: Vec<u64>) -> Self {
        Self { sites, marks, ..Self::default() }
    }

    /// Adds the next unit.
    pub fn push(&mut self, floor: Floor, legs: impl IntoIterator<Item = Leg>) {
        self.floors.push(floor);
        self.legs.extend(legs);
        self.ends.push(self.legs.len() as u32);
    }

    /// The legs of a unit.
    #[must_use]
    pub fn legs(&self, unit: usize) -> &[Leg] {
        let from = unit.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.legs[from as usize..self.ends[unit] as usize]
    }
}
