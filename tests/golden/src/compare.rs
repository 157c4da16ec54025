//! Found against wanted, in units of a scale, and whether that is near enough.

use faer::{Mat, Side};
use thalweg_core::cost::norm;
use thalweg_core::real::Real;

use crate::case::Index;
use crate::route::Measured;
use crate::tolerance::Tolerance;

/// How far a route is from a golden value.
#[derive(Clone, Copy, Debug)]
pub struct Distance {
    /// What was compared.
    pub quantity: &'static str,
    /// |found − wanted| / scale of the wanted, the largest of its entries.
    pub error: f64,
    /// The largest error that is accepted.
    pub accepted: f64,
}

impl Distance {
    /// An error in one precision, beside what its tolerance accepts.
    #[must_use]
    pub fn new<T: Real>(tolerance: &Tolerance, error: f64) -> Self {
        let accepted = tolerance.epsilons * T::EPSILON.to_f64();
        Self { quantity: tolerance.quantity, error, accepted }
    }

    /// Whether the error is accepted; a NaN is not.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.error <= self.accepted
    }
}

/// The largest of some errors; a NaN among them is the largest.
fn worst(errors: impl Iterator<Item = f64>) -> f64 {
    errors.fold(0.0, |worst, error| if error > worst || error.is_nan() { error } else { worst })
}

/// max |found − wanted| / scale, or NaN if they differ in length. The scale 0 stands for numbers of order 1.
#[must_use]
pub fn error(found: &[f64], wanted: &[f64], scale: f64) -> f64 {
    if found.len() != wanted.len() {
        return f64::NAN;
    }
    let scale = if scale == 0.0 { 1.0 } else { scale };
    worst(found.iter().zip(wanted).map(|(found, wanted)| (found - wanted).abs() / scale))
}

/// The error of a vector, relative to the length of the wanted one.
pub fn vector_error<T: Real>(found: &[T], wanted: &[f64]) -> f64 {
    let found: Vec<f64> = found.iter().map(|entry| entry.to_f64()).collect();
    error(&found, wanted, norm(wanted))
}

/// The largest |x|.
#[must_use]
pub fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest: f64, number| largest.max(number.abs()))
}

/// The error of costs, each relative to itself, or NaN if their numbers differ.
#[must_use]
pub fn cost_error(found: &[Measured], wanted: &[f64]) -> f64 {
    if found.len() != wanted.len() {
        return f64::NAN;
    }
    worst(found.iter().zip(wanted).map(|(found, wanted)| error(&[found.cost], &[*wanted], wanted.abs())))
}

/// How many counts of right answers differ.
#[must_use]
pub fn counting_error(found: &[Measured], wanted: &[u64]) -> f64 {
    let differ = found.iter().zip(wanted).filter(|(found, wanted)| found.correct != **wanted).count();
    (differ + found.len().abs_diff(wanted.len())) as f64
}

/// The eigenvalues of a symmetric n × n matrix, ascending.
///
/// # Panics
/// If the solver does not converge.
#[must_use]
pub fn eigenvalues(matrix: &[f64], n: usize) -> Vec<f64> {
    let matrix = Mat::from_fn(n, n, |i, j| 0.5 * (matrix[i * n + j] + matrix[j * n + i]));
    matrix.self_adjoint_eigenvalues(Side::Lower).unwrap_or_else(|error| panic!("{error:?}"))
}

/// The signs of eigenvalues; zero is below 1e-10 of the largest.
#[must_use]
pub fn index(eigenvalues: &[f64]) -> Index {
    let zero = 1e-10 * largest(eigenvalues);
    Index {
        negative: eigenvalues.iter().filter(|&&value| value < -zero).count(),
        zero: eigenvalues.iter().filter(|&&value| value.abs() <= zero).count(),
        positive: eigenvalues.iter().filter(|&&value| value > zero).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_or_a_missing_entry_is_never_near_enough() {
        let far = |error| !Distance::new::<f32>(&crate::tolerance::SPECTRUM, error).holds();
        assert!(far(error(&[1.0, f64::NAN, 2.0], &[1.0, 1.0, 2.0], 1.0)));
        assert!(far(error(&[1.0], &[1.0, 1.0], 1.0)));
        assert!(!far(error(&[1.0, 0.0], &[1.0, 0.0], 1.0)));
    }

    #[test]
    fn the_scale_is_that_of_the_wanted() {
        assert_eq!(vector_error(&[3.0, 5.0], &[3.0, 4.0]), 0.2);
        assert_eq!(error(&[0.5], &[0.0], 0.0), 0.5);
    }
}
