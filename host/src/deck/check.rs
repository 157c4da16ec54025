//! A claim that was measured, and whether it holds.

use crate::results::summary::number;

/// A claim that was measured, and whether it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What should hold, with its threshold.
    pub claim: String,
    /// What was found.
    pub measured: String,
    /// The verdict.
    pub holds: bool,
}

impl Check {
    /// A claim with what was found and the verdict.
    pub fn new(claim: impl Into<String>, measured: impl Into<String>, holds: bool) -> Self {
        Self { claim: claim.into(), measured: measured.into(), holds }
    }

    /// That a number is at most `limit`.
    pub fn at_most(what: &str, found: f64, limit: f64) -> Self {
        Self::new(format!("{what} ≤ {}", number(limit)), number(found), found <= limit)
    }

    /// That a number lies within `tolerance` of the wanted one.
    pub fn equals(what: &str, found: f64, wanted: f64, tolerance: f64) -> Self {
        let claim = format!("{what} = {} ± {}", number(wanted), number(tolerance));
        Self::new(claim, format!("{found:.9}"), (found - wanted).abs() <= tolerance)
    }

    /// That at least four fifths of the seeds show a property; no seed at all shows nothing.
    pub fn of_seeds(claim: &str, holding: &[bool]) -> Self {
        let (held, all) = (holding.iter().filter(|&&holds| holds).count(), holding.len());
        let needed = needed(all);
        Self::new(
            format!("{claim}, in at least {needed} of {all} seeds"),
            format!("{held} of {all}"),
            all > 0 && held >= needed,
        )
    }
}

/// Four fifths of the seeds, rounded up: 4 of 5.
const fn needed(seeds: usize) -> usize {
    (4 * seeds).div_ceil(5)
}

/// The middle of some numbers, the mean of the two middle ones of an even count; NaN of none.
#[must_use]
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.as_slice() {
        [] => f64::NAN,
        sorted if sorted.len() % 2 == 1 => sorted[middle],
        sorted => 0.5 * (sorted[middle - 1] + sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_of_five_seeds_are_enough_and_three_are_not() {
        assert!(Check::of_seeds("rain", &[true, true, true, true, false]).holds);
        assert!(!Check::of_seeds("rain", &[true, true, true, false, false]).holds);
        assert!(!Check::of_seeds("rain", &[]).holds);
    }

    #[test]
    fn a_number_that_is_not_one_fails() {
        assert!(!Check::at_most("x", f64::NAN, 1.0).holds);
        assert!(!Check::equals("x", f64::NAN, 1.0, 0.1).holds);
        assert!(Check::equals("x", 1.05, 1.0, 0.1).holds);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }
}
