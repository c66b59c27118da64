//! Limits as a program file says them: whole or with a fraction, held in thousandths so that every comparison is exact.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Larger numbers are a slip of the pen, and their products need not fit.
const LARGEST: u32 = 100_000;

/// A limit to the thousandth, 0 to 100000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Limit(u64);

impl Limit {
    /// A whole number.
    #[must_use]
    pub const fn whole(number: u32) -> Self {
        Self(number as u64 * 1000)
    }

    /// In thousandths.
    #[must_use]
    pub const fn thousandths(self) -> u64 {
        self.0
    }

    /// As a number.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The whole members in it.
    #[must_use]
    pub const fn floor(self) -> u32 {
        (self.0 / 1000) as u32
    }

    /// So many whole members more.
    #[must_use]
    pub const fn plus(self, members: u32) -> Self {
        Self(self.0 + members as u64 * 1000)
    }

    fn read(value: f64) -> Result<Self, String> {
        let thousandths = (value * 1000.0).round();
        if !(0.0..=f64::from(LARGEST)).contains(&value) {
            return Err(format!("{value} is out of range; 0 to {LARGEST} is expected"));
        }
        if (value * 1000.0 - thousandths).abs() > 1e-6 {
            return Err(format!("{value} is finer than a thousandth; limits are read to the thousandth"));
        }
        Ok(Self(thousandths as u64))
    }
}

/// `45`, `62.5`.
impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.as_f64())
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1000) { out.serialize_u32(self.floor()) } else { out.serialize_f64(self.as_f64()) }
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Limit;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "a number from 0 to {LARGEST}")
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Limit, E> {
                Limit::read(value as f64).map_err(E::custom)
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Limit, E> {
                Limit::read(value as f64).map_err(E::custom)
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Limit, E> {
                Limit::read(value).map_err(E::custom)
            }
        }
        input.deserialize_any(Number)
    }
}

/// How a limit that is no whole number of members becomes one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rounding {
    /// To the whole number below.
    #[default]
    Down,
    /// To the nearest whole number, halves up.
    Nearest,
    /// To the whole number above.
    Up,
}

/// Members of some categories and how many of them are a full caseload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Names of categories.
    pub of: Vec<String>,
    /// So many of them are a full caseload.
    pub limit: Limit,
}

/// A full caseload in whole numbers has at most so many steps: finer ones would not fit into sums.
const FINEST: u128 = 1_000_000_000_000;

/// Can shares of these limits be added up in whole numbers?
///
/// # Errors
/// One of them is 0, or they have no common multiple that is small enough.
pub fn addable(rule: &str, limits: impl IntoIterator<Item = Limit>) -> Result<(), String> {
    let mut common: u128 = 1;
    for limit in limits {
        let limit = u128::from(limit.0);
        if limit == 0 {
            return Err(format!(
                "`{rule}`: a limit of 0 has no share; give at least one member, or leave the part out"
            ));
        }
        let (mut large, mut small) = (common, limit);
        while small != 0 {
            (large, small) = (small, large % small);
        }
        common *= limit / large;
        if common > FINEST {
            return Err(format!("`{rule}`: shares of these limits cannot be added up exactly; give whole numbers"));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation is how a test fails")]
mod tests {
    use super::*;

    #[derive(Deserialize, Serialize)]
    struct File {
        limit: Limit,
    }

    fn read(value: &str) -> Result<Limit, String> {
        toml::from_str::<File>(&format!("limit = {value}")).map(|file| file.limit).map_err(|error| error.to_string())
    }

    #[test]
    fn limits_are_read_to_the_thousandth_and_written_as_they_were() {
        for (text, thousandths) in
            [("45", 45_000), ("62.5", 62_500), ("0", 0), ("17.333", 17_333), ("100000", 100_000_000)]
        {
            let limit = read(text).unwrap();
            assert_eq!((limit.thousandths(), limit.to_string().as_str()), (thousandths, text));
            assert_eq!(toml::to_string(&File { limit }).unwrap(), format!("limit = {text}\n"));
        }
        for (text, told) in
            [("-1", "out of range"), ("1e9", "out of range"), ("1.00051", "thousandth"), ("\"9\"", "a number")]
        {
            let error = read(text).unwrap_err();
            assert!(error.contains(told) && error.contains("line 1"), "{text}: {error}");
        }
    }

    #[test]
    fn shares_need_a_common_multiple() {
        assert!(addable("mix", [62, 40, 45, 66, 25].map(Limit::whole)).is_ok());
        assert!(addable("mix", [17, 0].map(Limit::whole)).unwrap_err().contains('0'));
        assert!(addable("mix", [Limit(99_991), Limit(99_989), Limit(99_971)]).unwrap_err().contains("exactly"));
    }
}
