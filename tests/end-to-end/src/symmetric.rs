//! Eigenvalues of a small symmetric matrix by rotations: a method that thalweg does not have.

/// The eigenvalues of a symmetric n × n matrix (row-major), descending.
///
/// Jacobi's rotations, row by row, until what stands off the diagonal is 1e-14 of the whole: its square is rounding.
///
/// # Panics
/// If the matrix does not have n² entries, or 60 rounds are not enough.
#[must_use]
pub fn eigenvalues(matrix: &[f64], n: usize) -> Vec<f64> {
    assert_eq!(matrix.len(), n * n);
    let mut a = matrix.to_vec();
    let whole: f64 = a.iter().map(|entry| entry * entry).sum();
    for round in 0.. {
        let off: f64 =
            (0..n * n).filter(|place| place / n != place % n).map(|place| a[place] * a[place]).sum();
        if off <= 1e-28 * whole {
            break;
        }
        assert!(round < 60, "{off} is left off the diagonal");
        for (p, q) in (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))) {
            rotate(&mut a, n, p, q);
        }
    }
    let mut values: Vec<f64> = (0..n).map(|index| a[index * (n + 1)]).collect();
    values.sort_by(|a, b| b.total_cmp(a));
    values
}

/// Turns rows and columns p and q so that the entry (p, q) becomes 0.
fn rotate(a: &mut [f64], n: usize, p: usize, q: usize) {
    let entry = a[p * n + q];
    if entry == 0.0 {
        return;
    }
    let ratio = (a[q * (n + 1)] - a[p * (n + 1)]) / (2.0 * entry);
    let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        (a[k * n + p], a[k * n + q]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        (a[p * n + k], a[q * n + k]) = (cosine * x - sine * y, sine * x + cosine * y);
    }
}

/// Σ over rows r of the products r·rᵀ, divided by `count`: a second moment, n × n.
#[must_use]
pub fn moment<'r>(rows: impl IntoIterator<Item = &'r [f64]>, n: usize, count: usize) -> Vec<f64> {
    let mut sum = vec![0.0; n * n];
    for row in rows {
        for (place, entry) in sum.iter_mut().enumerate() {
            *entry += row[place / n] * row[place % n] / count as f64;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spectra_on_paper_come_out() {
        let found = eigenvalues(&[2.0, -1.0, 0.0, -1.0, 2.0, -1.0, 0.0, -1.0, 2.0], 3);
        for (found, wanted) in found.iter().zip([2.0 + 2.0_f64.sqrt(), 2.0, 2.0 - 2.0_f64.sqrt()]) {
            assert!((found - wanted).abs() < 4e-15);
        }
        assert_eq!(eigenvalues(&[0.0; 9], 3), [0.0; 3]);
        let rows: [&[f64]; 2] = [&[1.0, 2.0], &[3.0, -1.0]];
        assert_eq!(moment(rows, 2, 2), [5.0, -0.5, -0.5, 2.5]);
    }
}
