//! Integer units. Costs are whole seconds of staff time a year, so that every sum is exact and every
//! comparison is the same on every machine.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Nothing of it.
            pub const ZERO: Self = Self(0);
        }
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl Mul<i64> for $name {
            type Output = Self;
            fn mul(self, times: i64) -> Self {
                Self(self.0 * times)
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
                all.fold(Self::ZERO, Add::add)
            }
        }
    };
}

quantity!(
    /// Staff time: whole **seconds a year**. The one unit of the objective.
    Cost
);
quantity!(
    /// A one-way trip: whole **seconds**.
    Seconds
);

impl Cost {
    /// From an exchange rate stated in whole minutes a year.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes * 60)
    }

    /// Whole minutes a year, halves away from zero.
    #[must_use]
    pub const fn rounded_minutes(self) -> i64 {
        (self.0 + if self.0 < 0 { -30 } else { 30 }) / 60
    }
}

/// Hours and minutes: `3 h 20 min`, `45 min`, `-2 h`.
impl fmt::Display for Cost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.rounded_minutes();
        let (sign, minutes) = if minutes < 0 { ("-", -minutes) } else { ("", minutes) };
        match (minutes / 60, minutes % 60) {
            (0, m) => write!(out, "{sign}{m} min"),
            (h, 0) => write!(out, "{sign}{h} h"),
            (h, m) => write!(out, "{sign}{h} h {m} min"),
        }
    }
}
