//! Eigenvalues and vectors of a symmetric tridiagonal matrix, in place.

use core::fmt;

use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// Why a matrix has no eigenvalues to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EigenError {
    /// A slice does not have the length that the matrix asks for.
    Length(WrongLength),
    /// The matrix holds a NaN or an infinity.
    NotFinite,
    /// An eigenvalue was not found within the allowed number of iterations.
    NotConverged {
        /// The iterations that one eigenvalue may take.
        allowed: u32,
    },
}

impl fmt::Display for EigenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(error) => fmt::Display::fmt(error, formatter),
            Self::NotFinite => formatter.write_str("the matrix holds a NaN or an infinity"),
            Self::NotConverged { allowed } => {
                write!(formatter, "an eigenvalue was not found within {allowed} iterations")
            }
        }
    }
}

impl core::error::Error for EigenError {}

impl From<WrongLength> for EigenError {
    fn from(error: WrongLength) -> Self {
        Self::Length(error)
    }
}

/// The iterations that one eigenvalue may take; two or three are usual.
///
/// # Source
/// Smith et al., *Matrix eigensystem routines: EISPACK guide* (1976), whose `TQL2` allows as many.
const ALLOWED: u32 = 30;

pub(crate) fn at<T: Real>(entries: &[T], index: usize) -> T {
    entries.get(index).copied().unwrap_or(T::ZERO)
}

pub(crate) fn put<T>(entries: &mut [T], index: usize, value: T) {
    if let Some(entry) = entries.get_mut(index) {
        *entry = value;
    }
}

/// The largest |entry| of a matrix; an error if an entry is not finite.
pub(crate) fn largest<T: Real>(entries: &[T]) -> Result<T, EigenError> {
    let mut largest = T::ZERO;
    for entry in entries {
        if !entry.is_finite() {
            return Err(EigenError::NotFinite);
        }
        if entry.abs() > largest {
            largest = entry.abs();
        }
    }
    Ok(largest)
}

/// Rows `index` and `index + 1` of a matrix of `width` columns.
fn two_rows<T>(rows: &mut [T], width: usize, index: usize) -> (&mut [T], &mut [T]) {
    rows.get_mut(index * width..(index + 2) * width)
        .and_then(|pair| pair.split_at_mut_checked(width))
        .unwrap_or((&mut [], &mut []))
}

/// Replaces `diagonal` by the eigenvalues of a symmetric tridiagonal matrix, the largest first, and
/// turns `rows` along: with the identity in it, row k becomes eigenvector k.
///
/// The implicit QL method: absolute error O(ε·max|λ|). Any other start of `rows` is turned alike;
/// a single column (1, 0, 0 …) becomes the first entries of all vectors, which is what a quadrature
/// needs, in O(n²). With the identity it takes O(n³), with no rows O(n²).
///
/// | argument   | shape | unit                                                        |
/// |------------|-------|-------------------------------------------------------------|
/// | `diagonal` | n     | eigenvalues on return                                       |
/// | `off`      | n     | entry i couples i and i + 1; the last is unused; overwritten |
/// | `rows`     | n × w | turned from the left; w may be 0                            |
///
/// # Errors
/// [`EigenError`]; the slices then hold nothing of use.
///
/// # Examples
/// ```
/// use thalweg_core::spectrum::tridiagonal;
/// let (mut diagonal, mut off, mut rows) = ([2.0_f64, 2.0], [1.0, 0.0], [1.0, 0.0, 0.0, 1.0]);
/// tridiagonal::eigen(&mut diagonal, &mut off, &mut rows).unwrap();
/// assert!((diagonal[0] - 3.0).abs() < 1e-15 && (diagonal[1] - 1.0).abs() < 1e-15);
/// assert!((rows[0] - rows[1]).abs() < 1e-15 && (rows[2] + rows[3]).abs() < 1e-15);
/// ```
/// # Source
/// Martin and Wilkinson, *The implicit QL algorithm* (1968).
pub fn eigen<T: Real>(diagonal: &mut [T], off: &mut [T], rows: &mut [T]) -> Result<u32, EigenError> {
    let n = diagonal.len();
    expect_length("off", off, n)?;
    let width = rows.len().checked_div(n).unwrap_or(0);
    expect_length("rows", rows, n * width)?;
    put(off, n.wrapping_sub(1), T::ZERO);
    let (most, most_off) = (largest(diagonal)?, largest(off)?);
    let scale = if most_off > most { most_off } else { most };
    if scale == T::ZERO {
        return Ok(0);
    }
    for entry in diagonal.iter_mut().chain(off.iter_mut()) {
        *entry /= scale;
    }
    let mut iterations = 0;
    for first in 0..n {
        iterations += one_value(first, diagonal, off, rows, width)?;
    }
    for entry in diagonal.iter_mut() {
        *entry *= scale;
    }
    sort_descending(diagonal, rows, width);
    Ok(iterations)
}

/// Iterates until entry `first` of the diagonal stands alone; returns the iterations.
fn one_value<T: Real>(
    first: usize,
    diagonal: &mut [T],
    off: &mut [T],
    rows: &mut [T],
    width: usize,
) -> Result<u32, EigenError> {
    // entries are at most 1: below ε² a coupling is lost in the rounding of the largest eigenvalue
    let tiny = T::EPSILON * T::EPSILON;
    for iteration in 0..=ALLOWED {
        let mut last = first;
        while last + 1 < diagonal.len() {
            let neighbours = at(diagonal, last).abs() + at(diagonal, last + 1).abs();
            let coupling = at(off, last).abs();
            if coupling <= T::EPSILON * neighbours || coupling <= tiny {
                break;
            }
            last += 1;
        }
        if last == first {
            return Ok(iteration);
        }
        chase(first, last, diagonal, off, rows, width);
    }
    Err(EigenError::NotConverged { allowed: ALLOWED })
}

/// One implicit QL step on the block from `first` to `last`, with Wilkinson's shift.
fn chase<T: Real>(
    first: usize,
    last: usize,
    diagonal: &mut [T],
    off: &mut [T],
    rows: &mut [T],
    width: usize,
) {
    let (d, e) = (at(diagonal, first), at(off, first));
    let half = (at(diagonal, first + 1) - d) / (e + e);
    let root = (half * half + T::ONE).sqrt();
    let mut g = at(diagonal, last) - d + e / (if half < T::ZERO { half - root } else { half + root });
    let (mut sine, mut cosine, mut shift) = (T::ONE, T::ONE, T::ZERO);
    for i in (first..last).rev() {
        let (f, b) = (sine * at(off, i), cosine * at(off, i));
        let radius = (f * f + g * g).sqrt();
        put(off, i + 1, radius);
        if radius == T::ZERO {
            put(diagonal, i + 1, at(diagonal, i + 1) - shift);
            put(off, last, T::ZERO);
            return;
        }
        (sine, cosine) = (f / radius, g / radius);
        g = at(diagonal, i + 1) - shift;
        let r = (at(diagonal, i) - g) * sine + (cosine + cosine) * b;
        shift = sine * r;
        put(diagonal, i + 1, g + shift);
        g = cosine * r - b;
        let (low, high) = two_rows(rows, width, i);
        for (low, high) in low.iter_mut().zip(high) {
            let (x, y) = (*low, *high);
            *high = sine * x + cosine * y;
            *low = cosine * x - sine * y;
        }
    }
    put(diagonal, first, at(diagonal, first) - shift);
    put(off, first, g);
    put(off, last, T::ZERO);
}

/// Puts the largest value first, and the rows with their values.
fn sort_descending<T: Real>(values: &mut [T], rows: &mut [T], width: usize) {
    for place in 0..values.len() {
        let mut best = place;
        for other in place..values.len() {
            if at(values, other) > at(values, best) {
                best = other;
            }
        }
        if best != place {
            if let Ok([one, other]) = values.get_disjoint_mut([place, best]) {
                core::mem::swap(one, other);
            }
            let (low, high) = rows.split_at_mut_checked(best * width).unwrap_or((&mut [], &mut []));
            let low = low.get_mut(place * width..(place + 1) * width).unwrap_or(&mut []);
            for (low, high) in low.iter_mut().zip(high) {
                core::mem::swap(low, high);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn the_second_difference_has_the_eigenvalues_on_paper() {
        let n = 50;
        let (mut diagonal, mut off) = (vec![2.0_f64; n], vec![-1.0; n]);
        let mut first = vec![0.0; n];
        first[0] = 1.0;
        eigen(&mut diagonal, &mut off, &mut first).unwrap();
        for (k, (value, first)) in diagonal.iter().zip(&first).enumerate() {
            let angle = core::f64::consts::PI * (n - k) as f64 / (n + 1) as f64;
            assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-14);
            let weight = 2.0 / (n + 1) as f64 * angle.sin().powi(2);
            assert!((first * first - weight).abs() < 1e-14);
        }
    }

    #[test]
    fn the_rows_start_as_they_are_given() {
        let (mut diagonal, mut off) = ([1.0_f64, 3.0], [2.0, 0.0]);
        let mut doubled = [2.0, 0.0, 0.0, 2.0];
        eigen(&mut diagonal, &mut off, &mut doubled).unwrap();
        assert!((doubled[0].hypot(doubled[1]) - 2.0).abs() < 1e-15);
    }

    #[test]
    fn the_close_pairs_of_wilkinsons_matrix_are_kept_apart_from_the_rest() {
        let mut diagonal: Vec<f64> = (-10..=10).map(|i: i32| f64::from(i.abs())).collect();
        let mut off = vec![1.0; 21];
        eigen(&mut diagonal, &mut off, &mut []).unwrap();
        assert!((diagonal[0] - 10.746_194_182_903_39).abs() < 1e-13);
        assert!((diagonal[0] - diagonal[1]).abs() < 1e-12);
        assert!((diagonal[20] + 1.125_441_522_119_98).abs() < 1e-13);
    }

    #[test]
    fn tiny_and_huge_matrices_neither_vanish_nor_overflow() {
        for scale in [1e-40_f32, 1e-30, 1e37] {
            let (mut diagonal, mut off) = ([2.0 * scale, 2.0 * scale], [scale, 0.0]);
            eigen(&mut diagonal, &mut off, &mut []).unwrap();
            assert!((diagonal[0] / scale - 3.0).abs() < 1e-4, "{diagonal:?}");
        }
    }

    #[test]
    fn a_nan_is_refused_and_a_short_slice_named() {
        let error = eigen(&mut [f64::NAN, 0.0], &mut [0.0, 0.0], &mut []).unwrap_err();
        assert_eq!(error, EigenError::NotFinite);
        let error = eigen(&mut [1.0, 0.0], &mut [0.0], &mut []).unwrap_err();
        assert_eq!(error, EigenError::Length(WrongLength { argument: "off", needed: 2, found: 1 }));
    }
}
