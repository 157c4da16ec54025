//! Eigenvalues and vectors of a small dense symmetric matrix, with no allocation.

use crate::length::expect_length;
use crate::real::Real;
pub use crate::spectrum::tridiagonal::EigenError;
use crate::spectrum::tridiagonal::{self, at, largest, put};

/// What the eigen-solver did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Steps of the QL method, over all eigenvalues.
    pub iterations: u32,
    /// The largest |A·v − λ·v| over all pairs, divided by max|λ|; 0 for the zero matrix.
    pub residual: f64,
}

/// Writes the eigenvalues of a symmetric matrix, the largest first, and its eigenvectors as rows.
///
/// Householder reduction to tridiagonal form, then implicit QL: |λ found − λ| = O(ε·max|λ|), and the
/// vectors are orthogonal to O(ε), also where eigenvalues repeat or lie close. Takes about 10·n³
/// operations, of which 2·n³ measure the residual. The matrix is read as it stands: one that is not
/// symmetric shows in the residual.
///
/// | argument  | shape | unit                                           |
/// |-----------|-------|------------------------------------------------|
/// | `matrix`  | n × n | row-major                                      |
/// | `values`  | n     | of the matrix; descending                      |
/// | `vectors` | n × n | row k is the unit eigenvector to `values[k]`   |
/// | `scratch` | n     | overwritten                                    |
///
/// # Errors
/// [`EigenError`]; after an error of length nothing is written.
///
/// # Examples
/// ```
/// use thalweg_core::spectrum::symmetric;
/// let (mut values, mut vectors, mut scratch) = ([0.0; 2], [0.0; 4], [0.0; 2]);
/// let report = symmetric::eigen(&[0.0_f64, 1.0, 1.0, 0.0], &mut values, &mut vectors, &mut scratch).unwrap();
/// assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] + 1.0).abs() < 1e-15); // the saddle x·y
/// assert!(report.residual < 1e-15);
/// ```
/// # Source
/// Golub and Van Loan, *Matrix computations*, §8.3; the reduction in the order of Martin, Reinsch and
/// Wilkinson, *Householder's tridiagonalization of a symmetric matrix* (1968).
pub fn eigen<T: Real>(
    matrix: &[T],
    values: &mut [T],
    vectors: &mut [T],
    scratch: &mut [T],
) -> Result<Report, EigenError> {
    let n = values.len();
    expect_length("matrix", matrix, n * n)?;
    expect_length("vectors", vectors, n * n)?;
    expect_length("scratch", scratch, n)?;
    let scale = largest(matrix)?;
    if n == 0 || scale == T::ZERO {
        values.fill(T::ZERO);
        identity(vectors, n);
        return Ok(Report { iterations: 0, residual: 0.0 });
    }
    for (out, entry) in vectors.iter_mut().zip(matrix) {
        *out = *entry / scale;
    }
    reduce(vectors, values, scratch);
    accumulate(vectors, n);
    let iterations = tridiagonal::eigen(values, scratch, vectors)?;
    for value in values.iter_mut() {
        *value *= scale;
    }
    Ok(Report { iterations, residual: residual(matrix, values, vectors) })
}

fn identity<T: Real>(matrix: &mut [T], n: usize) {
    for (row, entries) in matrix.chunks_exact_mut(n.max(1)).enumerate() {
        entries.fill(T::ZERO);
        put(entries, row, T::ONE);
    }
}

fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).fold(T::ZERO, |sum, (a, b)| sum + *a * *b)
}

/// The rows above row `i`, and row `i`.
fn split<T>(matrix: &mut [T], n: usize, i: usize) -> (&mut [T], &mut [T]) {
    let (above, rest) = matrix.split_at_mut_checked(i * n).unwrap_or((&mut [], &mut []));
    (above, rest.get_mut(..n).unwrap_or(&mut []))
}

/// Reduces a symmetric matrix to tridiagonal form, from the last row up.
///
/// Row i is reflected by I − u·uᵀ/h, h = |u|²/2, which leaves of its first i entries the last; u stays
/// behind in those entries.
fn reduce<T: Real>(matrix: &mut [T], diagonal: &mut [T], off: &mut [T]) {
    let n = diagonal.len();
    for i in (0..n).rev() {
        let (above, row) = split(matrix, n, i);
        put(diagonal, i, at(row, i));
        let u = row.get_mut(..i).unwrap_or(&mut []);
        let length = dot(u, u).sqrt();
        let Some(last) = u.last_mut() else { continue };
        // nothing beside the last entry, or entries so small that their squares vanish
        if length <= last.abs() {
            put(off, i - 1, *last);
            u.fill(T::ZERO);
            continue;
        }
        // the sign that adds up, so that nothing cancels
        let kept = if *last > T::ZERO { -length } else { length };
        *last -= kept;
        let h = dot(u, u) * T::from_f64(0.5);
        let q = off.get_mut(..i).unwrap_or(&mut []);
        for (q, row) in q.iter_mut().zip(above.chunks_exact(n.max(1))) {
            *q = dot(row, u) / h;
        }
        let share = dot(u, q) / (h + h);
        for (q, u) in q.iter_mut().zip(&*u) {
            *q -= share * *u;
        }
        let pairs = u.iter().zip(&*q);
        for (row, (&from_u, &from_q)) in above.chunks_exact_mut(n.max(1)).zip(pairs) {
            for (entry, (u, q)) in row.iter_mut().zip(u.iter().zip(&*q)) {
                *entry -= from_u * *q + from_q * *u;
            }
        }
        put(off, i - 1, kept);
    }
}

/// Replaces the reflections that [`reduce`] left behind by their product, the tridiagonal basis as rows.
fn accumulate<T: Real>(matrix: &mut [T], n: usize) {
    for i in 0..n {
        let (above, row) = split(matrix, n, i);
        let u = row.get(..i).unwrap_or(&[]);
        let h = dot(u, u) * T::from_f64(0.5);
        for product in above.chunks_exact_mut(n.max(1)) {
            if h > T::ZERO {
                let share = dot(product, u) / h;
                for (entry, u) in product.iter_mut().zip(u) {
                    *entry -= share * *u;
                }
            }
            put(product, i, T::ZERO);
        }
        row.fill(T::ZERO);
        put(row, i, T::ONE);
    }
}

/// The largest |A·v − λ·v| over the given pairs, divided by the largest |λ|, in double precision.
///
/// `vectors` holds one unit vector of n entries for each value. 0 if there is no pair or all are 0.
pub fn residual<T: Real>(matrix: &[T], values: &[T], vectors: &[T]) -> f64 {
    let n = vectors.len().checked_div(values.len()).unwrap_or(0).max(1);
    let (mut worst, mut scale) = (0.0_f64, 0.0_f64);
    for (value, vector) in values.iter().zip(vectors.chunks_exact(n)) {
        scale = scale.max(value.abs().to_f64());
        let mut square = 0.0;
        for (row, entry) in matrix.chunks_exact(n).zip(vector) {
            let rest = crate::cost::dot(row, vector) - value.to_f64() * entry.to_f64();
            square += rest * rest;
        }
        worst = worst.max(libm::sqrt(square));
    }
    if worst == 0.0 { 0.0 } else { worst / scale }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::length::WrongLength;
    use crate::spectrum::basis::turned;
    use std::vec;
    use std::vec::Vec;

    fn solve<T: Real>(matrix: &[T], n: usize) -> (Vec<T>, Vec<T>, Report) {
        let (mut values, mut vectors, mut scratch) =
            (vec![T::ZERO; n], vec![T::ZERO; n * n], vec![T::ZERO; n]);
        let report = eigen(matrix, &mut values, &mut vectors, &mut scratch).unwrap();
        (values, vectors, report)
    }

    /// max |V·Vᵀ − I|.
    fn skew<T: Real>(vectors: &[T], n: usize) -> f64 {
        let mut worst = 0.0_f64;
        for (i, a) in vectors.chunks_exact(n).enumerate() {
            for (j, b) in vectors.chunks_exact(n).enumerate() {
                worst = worst.max((crate::cost::dot(a, b) - f64::from(i == j)).abs());
            }
        }
        worst
    }

    #[test]
    fn a_turned_spectrum_is_found_again_with_its_repetitions_and_clusters() {
        let mut wanted = vec![7.0, 7.0, 7.0, 1.0 + 1e-12, 1.0, 1.0 - 1e-12, 0.0, 0.0, -2.0, -2.0, -9.0];
        wanted.extend((0..20).map(|i| -9.5 - f64::from(i)));
        let n = wanted.len();
        let (values, vectors, report) = solve(&turned(&wanted, 3), n);
        for (found, wanted) in values.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 1e-13 * 30.0, "{found} {wanted}");
        }
        assert!(skew(&vectors, n) < 1e-14 * n as f64);
        assert!(report.residual < 1e-14, "{}", report.residual);
    }

    #[test]
    fn the_hilbert_matrix_keeps_its_trace_and_its_largest_value() {
        let matrix: Vec<f64> = (0..100).map(|k| 1.0 / f64::from(k / 10 + k % 10 + 1)).collect();
        let (values, _, _) = solve(&matrix, 10);
        assert!((values[0] - 1.751_919_670_265_178).abs() < 1e-14);
        let trace: f64 = (0..10).map(|k| 1.0 / f64::from(2 * k + 1)).sum();
        assert!((values.iter().sum::<f64>() - trace).abs() < 1e-14);
    }

    #[test]
    fn single_precision_is_as_good_as_its_digits() {
        let wanted: Vec<f64> = (0..24).map(|i| f64::from(12 - i)).collect();
        let matrix: Vec<f32> = turned(&wanted, 4).iter().map(|&entry| entry as f32).collect();
        let (values, vectors, report) = solve(&matrix, 24);
        for (found, wanted) in values.iter().zip(&wanted) {
            assert!((f64::from(*found) - wanted).abs() < 12.0 * 2e-6, "{found} {wanted}");
        }
        assert!(skew(&vectors, 24) < 1e-5 && report.residual < 2e-6);
    }

    #[test]
    fn one_zero_and_diagonal_matrices_are_exact() {
        assert_eq!(solve(&[-3.5_f64], 1).0, [-3.5]);
        let (values, vectors, report) = solve(&[0.0_f64; 9], 3);
        assert_eq!((values, skew(&vectors, 3), report.residual), (vec![0.0; 3], 0.0, 0.0));
        let (values, vectors, _) = solve(&[1.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, -2.0], 3);
        assert_eq!(values, [4.0, 1.0, -2.0]);
        assert_eq!(vectors, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert!(solve::<f64>(&[], 0).0.is_empty());
    }

    #[test]
    fn rank_one_has_one_value_and_the_rest_is_zero_to_rounding() {
        let x: Vec<f64> = (1..=30).map(f64::from).collect();
        let matrix: Vec<f64> = x.iter().flat_map(|a| x.iter().map(move |b| a * b)).collect();
        let (values, _, _) = solve(&matrix, 30);
        let square: f64 = x.iter().map(|a| a * a).sum();
        assert!((values[0] / square - 1.0).abs() < 1e-14);
        assert!(values[1..].iter().all(|value| value.abs() < 1e-13 * square));
    }

    #[test]
    fn entries_whose_squares_vanish_do_no_harm() {
        let (values, _, report) = solve(&[1.0, 0.0, 1e-200, 0.0, 0.5, 1e-200, 1e-200, 1e-200, 0.25], 3);
        assert_eq!(values, [1.0, 0.5, 0.25]);
        assert!(report.residual < 1e-100);
    }

    #[test]
    fn a_matrix_that_is_not_symmetric_shows_in_the_residual() {
        assert!(solve(&[1.0, 1.0, 0.0, 1.0], 2).2.residual > 0.1);
    }

    #[test]
    fn a_short_slice_is_named_and_nothing_is_written() {
        let mut values = [7.0; 2];
        let error = eigen(&[1.0; 4], &mut values, &mut [0.0; 3], &mut [0.0; 2]).unwrap_err();
        assert_eq!(error, EigenError::Length(WrongLength { argument: "vectors", needed: 4, found: 3 }));
        assert_eq!(values, [7.0; 2]);
    }
}
