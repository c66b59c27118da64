//! Homes lie within so many straight-line miles of the case manager's base, where the program file sets a limit.

use crate::ids::{ManagerIx, MemberIx};
use crate::program::Rules;
use crate::roster::Roster;
use crate::travel::Point;
use crate::verify::pairs::Obstacle;
use crate::verify::rules::{Case, Findings, criterion};

/// Places on the globe. Empty when there is no limit.
#[derive(Clone, Debug, Default)]
pub struct Distances {
    max_miles: f64,
    homes: Vec<Option<Point>>,
    bases: Vec<Option<Point>>,
}

impl Distances {
    /// Looks every place up once.
    #[must_use]
    pub fn read(roster: &Roster, rules: &Rules) -> Self {
        let max_miles = rules.program.eligibility.distance.max_miles;
        if max_miles <= 0.0 {
            return Self::default();
        }
        Self {
            max_miles,
            homes: roster.members().iter().map(|member| member.home.map(Point::new)).collect(),
            bases: roster.managers().iter().map(|manager| manager.base.map(Point::new)).collect(),
        }
    }

    /// Is there a limit, and the trip longer? An unknown place bars nobody.
    #[must_use]
    pub fn bars(&self, member: MemberIx, manager: ManagerIx) -> bool {
        let (Some(Some(home)), Some(Some(base))) = (self.homes.get(member.at()), self.bases.get(manager.at())) else {
            return false;
        };
        base.miles_to(*home) > self.max_miles
    }
}

/// Judges a plan.
#[must_use]
pub fn judge(case: &Case<'_>) -> Findings {
    let max_miles = case.pairs.rules.program.eligibility.distance.max_miles;
    if max_miles <= 0.0 {
        return Findings::default();
    }
    criterion(
        case,
        Obstacle::Distance,
        "distance",
        &format!("members whose home is more than {max_miles} straight-line miles from the base of their case manager"),
        "program file: eligibility.distance",
        &format!("more than {max_miles} straight-line miles away"),
    )
}
