//! What `caseload simulate` assumes about the months to come: `[simulate]` of `caseload.toml`. The defaults are
//! assumptions to be replaced by an agency's own figures; `models/README.md` says where each comes from.

use serde::{Deserialize, Serialize};

use crate::program::staffing::Staffing;

/// What is done each month beyond placing whoever has no case manager.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Nothing.
    Never,
    /// As few members as possible move when a cap or an average of a region or team is broken.
    #[default]
    WhenBroken,
    /// And each month up to so many move from the fullest case managers to emptier ones.
    Monthly,
}

impl Policy {
    /// The word of the settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::WhenBroken => "when_broken",
            Self::Monthly => "monthly",
        }
    }
}

/// Enrolment of some members: the first entry that fits a member decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// Five-digit county; absent = all.
    #[serde(default)]
    pub county: Option<String>,
    /// Program code; absent = all.
    #[serde(default)]
    pub program: Option<String>,
    /// New members a year as a share of those there now.
    pub in_per_year: f64,
    /// Share of members who leave the program within a year.
    pub out_per_year: f64,
}

/// The assumptions as written: what is absent has a default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulationFile {
    /// Share of case managers who leave within a year.
    pub attrition_per_year: Option<f64>,
    /// Months a position is vacant, on average.
    pub months_to_fill: Option<f64>,
    /// Are vacancies filled at all?
    pub refill: Option<bool>,
    /// Share of the full caseload in the first, second ... month of a new case manager.
    pub ramp_up: Option<Vec<f64>>,
    /// Share of case managers who begin a leave within a year.
    pub leaves_per_year: Option<f64>,
    /// Months of a leave, on average.
    pub leave_months: Option<f64>,
    /// New members a year as a share of those there now.
    pub in_per_year: Option<f64>,
    /// Share of members who leave the program within a year.
    pub out_per_year: Option<f64>,
    /// Share of members whose need rises by one grade within a year.
    pub need_rises_per_year: Option<f64>,
    /// Share of members whose need falls by one grade within a year.
    pub need_falls_per_year: Option<f64>,
    /// What is done each month.
    pub policy: Option<Policy>,
    /// Members moved a month at most, for `monthly`.
    pub moves_a_month: Option<u32>,
    /// Enrolment by county and program.
    pub enrolment: Vec<Enrolment>,
}

/// The assumptions that hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Simulation {
    /// Share of case managers who leave within a year.
    pub attrition_per_year: f64,
    /// Months a position is vacant, on average.
    pub months_to_fill: f64,
    /// Are vacancies filled at all?
    pub refill: bool,
    /// Share of the full caseload in the first, second ... month of a new case manager.
    pub ramp_up: Vec<f64>,
    /// Share of case managers who begin a leave within a year.
    pub leaves_per_year: f64,
    /// Months of a leave, on average.
    pub leave_months: f64,
    /// New members a year as a share of those there now; `None` = as the roster's own cases were opened.
    pub in_per_year: Option<f64>,
    /// Share of members who leave the program within a year; `None` = as many as come.
    pub out_per_year: Option<f64>,
    /// Share of members whose need rises by one grade within a year.
    pub need_rises_per_year: f64,
    /// Share of members whose need falls by one grade within a year.
    pub need_falls_per_year: f64,
    /// What is done each month.
    pub policy: Policy,
    /// Members moved a month at most, for `monthly`.
    pub moves_a_month: u32,
    /// Enrolment by county and program.
    pub enrolment: Vec<Enrolment>,
}

/// What is measured against when nothing is set. Attrition of 28 % a year was measured for the case managers of one
/// state's program for people with intellectual disabilities; the others are plausible, not measured.
impl Default for Simulation {
    fn default() -> Self {
        Self {
            attrition_per_year: 0.28,
            months_to_fill: 3.0,
            refill: true,
            ramp_up: vec![0.4, 0.7],
            leaves_per_year: 0.08,
            leave_months: 3.0,
            in_per_year: None,
            out_per_year: None,
            need_rises_per_year: 0.05,
            need_falls_per_year: 0.03,
            policy: Policy::WhenBroken,
            moves_a_month: 25,
            enrolment: Vec::new(),
        }
    }
}

impl Simulation {
    /// What is assumed when nothing is set: the first months as the program says them, where it does.
    #[must_use]
    pub fn of(staffing: &Staffing) -> Self {
        let months = staffing.ramp_up.iter().map(|step| step.under_months).max().unwrap_or(0);
        let share = |month: u32| {
            let step = staffing.ramp_up.iter().find(|step| month < step.under_months);
            step.map_or(1.0, |step| f64::from(step.percent.min(100)) / 100.0)
        };
        let default = Self::default();
        let ramp_up = if months == 0 { default.ramp_up } else { (0..months).map(share).collect() };
        Self { ramp_up, ..default }
    }

    /// Checks ranges.
    ///
    /// # Errors
    /// Key, value and what is expected.
    pub fn check(&self) -> Result<(), (&'static str, String, &'static str)> {
        const SHARE: &str = "a share from 0 to 1";
        let share =
            |key, value: f64| if (0.0..=1.0).contains(&value) { Ok(()) } else { Err((key, value.to_string(), SHARE)) };
        let growth = |key, value: f64| {
            if (0.0..=5.0).contains(&value) { Ok(()) } else { Err((key, value.to_string(), "a share from 0 to 5")) }
        };
        let months = |key, value: f64| {
            if (1.0..=120.0).contains(&value) { Ok(()) } else { Err((key, value.to_string(), "1 to 120 months")) }
        };
        share("attrition_per_year", self.attrition_per_year)?;
        share("leaves_per_year", self.leaves_per_year)?;
        share("need_rises_per_year", self.need_rises_per_year)?;
        share("need_falls_per_year", self.need_falls_per_year)?;
        months("months_to_fill", self.months_to_fill)?;
        months("leave_months", self.leave_months)?;
        self.ramp_up.iter().try_for_each(|&part| share("ramp_up", part))?;
        self.out_per_year.map_or(Ok(()), |out| share("out_per_year", out))?;
        self.in_per_year.map_or(Ok(()), |into| growth("in_per_year", into))?;
        for entry in &self.enrolment {
            growth("enrolment.in_per_year", entry.in_per_year)?;
            share("enrolment.out_per_year", entry.out_per_year)?;
        }
        Ok(())
    }
}
