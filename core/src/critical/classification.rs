//! What kind of critical point the eigenvalues of the Hessian tell of, and what they leave open.

use crate::real::Real;

/// The kinds of critical points that second derivatives can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every curvature is above 0.
    Minimum,
    /// Every curvature is below 0.
    Maximum,
    /// Some curvatures are above 0 and some below, whatever the others are.
    Saddle,
    /// Some curvature is 0 and all others have one sign: second derivatives do not decide.
    Degenerate,
}

impl Kind {
    /// The name in a table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Saddle => "saddle",
            Self::Degenerate => "degenerate",
        }
    }
}

/// How many eigenvalues have each sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Below −tolerance.
    pub negative: usize,
    /// Within ±tolerance.
    pub zero: usize,
    /// Above tolerance.
    pub positive: usize,
}

/// Counts the signs of eigenvalues; |λ| ≤ `tolerance` counts as 0, and a NaN too, for it decides nothing.
///
/// # Examples
/// ```
/// use thalweg_core::critical::classification::{Kind, signs};
/// let signs = signs(&[-2.0, 1e-12, 10.0], 1e-9);
/// assert_eq!((signs.negative, signs.zero, signs.positive), (1, 1, 1));
/// assert_eq!(signs.kind(), Kind::Saddle);
/// ```
pub fn signs<T: Real>(values: &[T], tolerance: f64) -> Signs {
    let mut signs = Signs::default();
    for value in values {
        let value = value.to_f64();
        if value > tolerance {
            signs.positive += 1;
        } else if value < -tolerance {
            signs.negative += 1;
        } else {
            signs.zero += 1;
        }
    }
    signs
}

/// The largest |λ|; 0 of none.
pub fn largest<T: Real>(values: &[T]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs().to_f64()))
}

impl Signs {
    /// The kind of critical point.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self { negative: 1.., positive: 1.., .. } => Kind::Saddle,
            Self { negative: 0, zero: 0, positive: 1.. } => Kind::Minimum,
            Self { negative: 1.., zero: 0, positive: 0 } => Kind::Maximum,
            _ => Kind::Degenerate,
        }
    }

    /// α, the fraction of all eigenvalues that are negative; 0 of none.
    #[must_use]
    pub fn index_fraction(self) -> f64 {
        let all = self.negative + self.zero + self.positive;
        self.negative as f64 / all.max(1) as f64
    }
}

/// Whether |g|² is stationary while g is not small: |Hg| ≤ `share`·λ_max·|g| and |g| > `small`.
///
/// There a search for critical points ends although there is none. 1e-3 is a usual share.
///
/// # Source
/// Frye et al., *Critical point-finding methods reveal gradient-flat regions of deep network losses* (2021).
#[must_use]
pub const fn is_gradient_flat(gradient: f64, product: f64, largest: f64, share: f64, small: f64) -> bool {
    gradient > small && product <= share * largest * gradient
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_told_from_its_signs() {
        let kind = |values: &[f64]| signs(values, 1e-9).kind();
        assert_eq!(kind(&[2.0, 2.0]), Kind::Minimum);
        assert_eq!(kind(&[-2.0, -2.0]), Kind::Maximum);
        assert_eq!(kind(&[10.0, -2.0]), Kind::Saddle);
        assert_eq!(kind(&[10.0, -2.0, 0.0]), Kind::Saddle);
        assert_eq!(kind(&[0.0, 0.0]), Kind::Degenerate);
        assert_eq!(kind(&[2.0, 0.0]), Kind::Degenerate);
        assert_eq!(kind(&[-2.0, 0.0]), Kind::Degenerate);
        assert_eq!(kind(&[f64::NAN, 1.0]), Kind::Degenerate);
        assert_eq!(kind(&[]), Kind::Degenerate);
    }

    #[test]
    fn the_index_counts_negative_curvatures_among_all() {
        let signs = signs(&[-1.0_f32, -2.0, 0.0, 3.0], 1e-6);
        assert_eq!(signs, Signs { negative: 2, zero: 1, positive: 1 });
        assert_eq!(signs.index_fraction(), 0.5);
        assert_eq!(largest(&[-3.0_f32, 2.0]), 3.0);
    }

    #[test]
    fn a_slope_in_the_kernel_of_the_hessian_is_flat_and_a_critical_point_is_not() {
        assert!(is_gradient_flat(0.1, 1e-6, 2.0, 1e-3, 1e-8));
        assert!(!is_gradient_flat(0.1, 0.1, 2.0, 1e-3, 1e-8));
        assert!(!is_gradient_flat(1e-9, 1e-15, 2.0, 1e-3, 1e-8));
    }
}
