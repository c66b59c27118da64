//! How figures look to people: thousands separated, hours, years and months, shares.

use crate::units::Cost;

/// `8,500`, `-1,204`.
#[must_use]
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// With so many decimals, thousands separated: `1,234.5`.
#[must_use]
pub fn decimal(number: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if number < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "-" } else { "" };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// A limit or a measured value: whole when it is whole, else with two decimals.
#[must_use]
pub fn measured(number: f64) -> String {
    if number.fract() == 0.0 { decimal(number, 0) } else { decimal(number, 2) }
}

/// Whole hours of a cost: `12,345 h`; below ten hours, hours and minutes.
#[must_use]
pub fn hours(cost: Cost) -> String {
    if cost.0.abs() < 36_000 {
        return cost.to_string();
    }
    let half = if cost.0 < 0 { -1800 } else { 1800 };
    format!("{} h", count((cost.0 + half) / 3600))
}

/// A share in percent with one decimal; `-` of nothing.
#[must_use]
pub fn share(part: u32, whole: u32) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{:.1} %", f64::from(part) * 100.0 / f64::from(whole)) }
}

/// `5 months`, `1 year 2 months`.
#[must_use]
pub fn months(months: u32) -> String {
    let unit = |n: u32, unit: &str| if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") };
    match (months / 12, months % 12) {
        (0, m) => unit(m, "month"),
        (y, 0) => unit(y, "year"),
        (y, m) => format!("{} {}", unit(y, "year"), unit(m, "month")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_as_people_write_them() {
        assert_eq!(count(0), "0");
        assert_eq!(count(-999), "-999");
        assert_eq!(count(1_204_500), "1,204,500");
        assert_eq!(decimal(1234.56, 1), "1,234.6");
        assert_eq!(decimal(-0.04, 1), "0.0");
        assert_eq!(measured(45.0), "45");
        assert_eq!(measured(44.736), "44.74");
        assert_eq!(hours(Cost::minutes(61)), "1 h 1 min");
        assert_eq!(hours(Cost::minutes(600_000)), "10,000 h");
        assert_eq!(share(1, 8), "12.5 %");
        assert_eq!(months(26), "2 years 2 months");
    }
}
