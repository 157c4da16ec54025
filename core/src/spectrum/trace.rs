//! The trace and the diagonal of a symmetric operator, exactly or from random probes with an error.

use crate::cost::operator::SymmetricOperator;
use crate::length::{expect_at_least, expect_length};
use crate::random::Random;
use crate::real::Real;
use crate::spectrum::basis::{divide, dot, next, norm, orthogonalise};
use crate::spectrum::estimate::Estimate;
use crate::spectrum::krylov::LanczosError;

/// Estimates the trace from z·H·z over vectors z of random signs.
///
/// Each probe takes one product; its variance is 2·Σᵢ≠ⱼ Hᵢⱼ². A diagonal H is exact from one.
/// `scratch` holds 2n entries, overwritten.
///
/// # Errors
/// [`LanczosError`] if `scratch` is shorter, or a product is not finite.
///
/// # Examples
/// ```
/// use thalweg_core::spectrum::dense::Dense;
/// use thalweg_core::spectrum::trace;
/// let mut diagonal = Dense::new(&[2.0_f64, 0.0, 0.0, -5.0], 2).unwrap();
/// let estimate = trace::hutchinson(&mut diagonal, 3, 2015, &mut [0.0; 4]).unwrap();
/// assert_eq!((estimate.mean(), estimate.standard_error()), (-3.0, 0.0));
/// ```
/// # Source
/// Hutchinson, *A stochastic estimator of the trace of the influence matrix for Laplacian smoothing
/// splines* (1990).
pub fn hutchinson<O: SymmetricOperator>(
    operator: &mut O,
    probes: u64,
    seed: u64,
    scratch: &mut [O::Real],
) -> Result<Estimate, LanczosError> {
    let n = operator.dimension();
    expect_at_least("scratch", scratch, 2 * n)?;
    let mut estimate = Estimate::default();
    for probe in 0..probes {
        let (z, product) = next(scratch, n, 1);
        Random::stream(seed, probe).fill_signs(z);
        operator.product(z, product)?;
        estimate.add(finite(dot(z, product))?);
    }
    Ok(estimate)
}

fn finite(value: f64) -> Result<f64, LanczosError> {
    if value.is_finite() { Ok(value) } else { Err(LanczosError::NotFinite) }
}

/// Estimates the trace with the outliers taken exactly: the trace over the range of H·S for `sketch`
/// sign vectors S, plus the probes' mean over the rest.
///
/// Takes 2·`sketch` + `probes` products. Where few eigenvalues dominate, the error is far below that
/// of [`hutchinson`] for as many products; the samples over the rest are independent, so their
/// standard error holds for the whole. `basis` holds (`sketch` + 2)·n entries, overwritten.
///
/// # Errors
/// [`LanczosError`] if `basis` is shorter, or a product is not finite.
///
/// # Source
/// Meyer, Musco, Musco, Woodruff, *Hutch++: optimal stochastic trace estimation* (2021).
#[doc(alias = "Hutch++")]
pub fn reduced<O: SymmetricOperator>(
    operator: &mut O,
    sketch: usize,
    probes: u64,
    seed: u64,
    basis: &mut [O::Real],
) -> Result<Estimate, LanczosError> {
    let n = operator.dimension();
    expect_at_least("basis", basis, (sketch + 2) * n)?;
    let mut estimate = Estimate::default();
    let mut scale = 0.0_f64;
    let mut rows = 0;
    for index in 0..sketch.min(n) {
        let (before, tail) = basis.split_at_mut_checked(rows * n).unwrap_or((&mut [], &mut []));
        let (product, z) = next(tail, n, 1);
        Random::stream(seed, index as u64).fill_signs(z);
        operator.product(z, product)?;
        let length = finite(norm(product))?;
        scale = scale.max(length);
        let rest = orthogonalise(before, (product, length), rows, |_, _| {});
        if rest > 16.0 * O::Real::EPSILON.to_f64() * scale {
            divide(product, rest);
            let again = orthogonalise(before, (product, 1.0), rows, |_, _| {});
            divide(product, again);
            rows += 1;
        }
    }
    for index in 0..rows {
        let (before, product) = next(basis, n, rows);
        let row = before.get(index * n..(index + 1) * n).unwrap_or(&[]);
        operator.product(row, product)?;
        estimate.shift(finite(dot(row, product))?);
    }
    for probe in 0..probes {
        let (before, tail) = basis.split_at_mut_checked(rows * n).unwrap_or((&mut [], &mut []));
        let (z, product) = next(tail, n, 1);
        Random::stream(seed, sketch as u64 + probe).fill_signs(z);
        let length = norm(z);
        orthogonalise(before, (z, length), rows, |_, _| {});
        operator.product(z, product)?;
        estimate.add(finite(dot(z, product))?);
    }
    Ok(estimate)
}

/// Writes the diagonal by the products with all n unit vectors. `scratch` holds 2n entries.
///
/// # Errors
/// [`LanczosError`] if a slice is too short, or an entry is not finite.
pub fn diagonal<O: SymmetricOperator>(
    operator: &mut O,
    diagonal: &mut [O::Real],
    scratch: &mut [O::Real],
) -> Result<(), LanczosError> {
    let n = operator.dimension();
    expect_length("diagonal", diagonal, n)?;
    expect_at_least("scratch", scratch, 2 * n)?;
    let (unit, product) = next(scratch, n, 1);
    unit.fill(O::Real::ZERO);
    for (index, out) in diagonal.iter_mut().enumerate() {
        if let Some(entry) = unit.get_mut(index) {
            *entry = O::Real::ONE;
        }
        operator.product(unit, product)?;
        if let Some(entry) = unit.get_mut(index) {
            *entry = O::Real::ZERO;
        }
        *out = product.get(index).copied().unwrap_or(O::Real::ZERO);
        finite(out.to_f64())?;
    }
    Ok(())
}

/// Writes the mean and the standard error of z∘(H·z) over vectors z of random signs: an estimate of
/// each entry of the diagonal, with the variance Σⱼ≠ᵢ Hᵢⱼ² per probe.
///
/// `scratch` holds 2n entries. The error is infinite for fewer than two probes.
///
/// # Errors
/// [`LanczosError`] if a slice is too short, or an entry is not finite.
///
/// # Source
/// Bekas, Kokiopoulou, Saad, *An estimator for the diagonal of a matrix* (2007).
pub fn estimated_diagonal<O: SymmetricOperator>(
    operator: &mut O,
    (probes, seed): (u64, u64),
    mean: &mut [O::Real],
    standard_error: &mut [O::Real],
    scratch: &mut [O::Real],
) -> Result<(), LanczosError> {
    let n = operator.dimension();
    expect_length("mean", mean, n)?;
    expect_length("standard_error", standard_error, n)?;
    expect_at_least("scratch", scratch, 2 * n)?;
    mean.fill(O::Real::ZERO);
    standard_error.fill(O::Real::ZERO);
    for probe in 0..probes {
        let (z, product) = next(scratch, n, 1);
        Random::stream(seed, probe).fill_signs(z);
        operator.product(z, product)?;
        let count = O::Real::from_f64((probe + 1) as f64);
        let entries = mean.iter_mut().zip(&mut *standard_error);
        for ((mean, squares), (z, product)) in entries.zip(z.iter().zip(&*product)) {
            let sample = *z * *product;
            let before = sample - *mean;
            *mean += before / count;
            *squares += before * (sample - *mean);
        }
    }
    let pairs = probes as f64 * probes.saturating_sub(1) as f64;
    for (mean, entry) in mean.iter().zip(standard_error) {
        finite(mean.to_f64())?;
        let value = if pairs == 0.0 { f64::INFINITY } else { libm::sqrt(entry.to_f64() / pairs) };
        *entry = O::Real::from_f64(value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::spectrum::basis::turned;
    use crate::spectrum::dense::Dense;
    use std::vec;
    use std::vec::Vec;

    /// Outliers above a bulk around 0, as a trained network has them.
    fn spectrum() -> Vec<f64> {
        let mut spectrum = vec![50.0, 30.0, 20.0, 10.0];
        spectrum.extend((0..76).map(|i| f64::from(i % 7) / 7.0 - 0.3));
        spectrum
    }

    #[test]
    fn the_trace_is_inside_its_interval_in_98_of_100_seeds() {
        let spectrum = spectrum();
        let (matrix, trace) = (turned(&spectrum, 5), spectrum.iter().sum::<f64>());
        let mut operator = Dense::new(&matrix, 80).unwrap();
        let (mut plain, mut less) = (0, 0);
        let mut memory = vec![0.0; 42 * 80];
        for seed in 0..100 {
            let estimate = hutchinson(&mut operator, 100, seed, &mut memory).unwrap();
            plain += u32::from((estimate.mean() - trace).abs() <= estimate.half_width(0.99));
            let estimate = reduced(&mut operator, 33, 34, seed, &mut memory).unwrap();
            less += u32::from((estimate.mean() - trace).abs() <= estimate.half_width(0.99));
        }
        assert!(plain >= 98 && less >= 98, "{plain} {less}");
    }

    #[test]
    fn taking_the_outliers_exactly_makes_the_error_smaller_for_as_many_products() {
        let matrix = turned(&spectrum(), 5);
        let mut operator = Dense::new(&matrix, 80).unwrap();
        let mut memory = vec![0.0; 42 * 80];
        let plain = hutchinson(&mut operator, 60, 9, &mut memory).unwrap();
        let less = reduced(&mut operator, 20, 20, 9, &mut memory).unwrap();
        assert!(less.standard_error() * 10.0 < plain.standard_error(), "{less:?} {plain:?}");
    }

    #[test]
    fn low_rank_leaves_nothing_to_estimate() {
        let mut spectrum = vec![3.0, -1.0];
        spectrum.extend([0.0; 30]);
        let matrix = turned(&spectrum, 5);
        let mut operator = Dense::new(&matrix, 32).unwrap();
        let estimate = reduced(&mut operator, 5, 4, 1, &mut vec![0.0; 7 * 32]).unwrap();
        assert!((estimate.mean() - 2.0).abs() < 1e-13 && estimate.standard_error() < 1e-13);
    }

    #[test]
    fn the_diagonal_is_read_off_and_its_estimate_is_within_its_error() {
        let matrix = turned(&spectrum(), 5);
        let mut operator = Dense::new(&matrix, 80).unwrap();
        let (mut exact, mut mean, mut error) = (vec![0.0; 80], vec![0.0; 80], vec![0.0; 80]);
        let mut scratch = vec![0.0; 160];
        diagonal(&mut operator, &mut exact, &mut scratch).unwrap();
        estimated_diagonal(&mut operator, (400, 3), &mut mean, &mut error, &mut scratch).unwrap();
        for (index, exact) in exact.iter().enumerate() {
            assert_eq!(*exact, matrix[index * 81]);
            assert!((mean[index] - exact).abs() < 4.5 * error[index], "{index}");
            let row = &matrix[index * 80..(index + 1) * 80];
            let variance = row.iter().map(|entry| entry * entry).sum::<f64>() - exact * exact;
            assert!((error[index] / (variance / 400.0).sqrt() - 1.0).abs() < 0.3, "{index}");
        }
    }

    #[test]
    fn one_probe_has_no_error_that_could_be_stated() {
        let matrix = [2.0, 1.0, 1.0, -5.0];
        let (mut mean, mut error, mut scratch) = ([0.0; 2], [0.0; 2], [0.0; 4]);
        let mut operator = Dense::new(&matrix, 2).unwrap();
        estimated_diagonal(&mut operator, (1, 3), &mut mean, &mut error, &mut scratch).unwrap();
        assert!(error == [f64::INFINITY; 2] && (mean[0] - 2.0_f64).abs() == 1.0, "{mean:?} {error:?}");
        estimated_diagonal(&mut operator, (2, 3), &mut mean, &mut error, &mut scratch).unwrap();
        assert!(error.iter().all(|error: &f64| error.is_finite()));
    }

    #[test]
    fn a_matrix_that_is_not_finite_has_no_trace_and_no_diagonal() {
        let matrix = [1.0, f64::NAN, f64::NAN, 1.0];
        let mut operator = Dense::new(&matrix, 2).unwrap();
        let (mut mean, mut error, mut scratch) = ([0.0; 2], [0.0; 2], [0.0; 4]);
        let exact = diagonal(&mut operator, &mut mean, &mut scratch);
        let drawn = estimated_diagonal(&mut operator, (3, 1), &mut mean, &mut error, &mut scratch);
        assert_eq!((exact, drawn), (Err(LanczosError::NotFinite), Err(LanczosError::NotFinite)));
        assert_eq!(hutchinson(&mut operator, 2, 1, &mut [0.0; 4]), Err(LanczosError::NotFinite));
    }
}
