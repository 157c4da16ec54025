//! The whole spectrum of a symmetric matrix that fits memory.

use faer::{Mat, MatRef, Side};

/// All eigenvalues of a matrix, with their vectors and the error of each pair.
#[derive(Clone, Debug)]
pub struct Full {
    /// Descending.
    pub values: Vec<f64>,
    /// |A·v − λ·v| / max|λ| of each pair.
    pub residuals: Vec<f64>,
    /// Σ of the diagonal, of the matrix itself.
    pub trace: f64,
    /// √Σ entries², of the matrix itself.
    pub frobenius_norm: f64,
    vectors: Mat<f64>,
}

/// Why there is no spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FullError {
    /// The matrix holds a NaN or an infinity.
    #[error("the matrix holds a NaN or an infinity")]
    NotFinite,
    /// The method did not converge.
    #[error("the eigenvalues of the {n}×{n} matrix did not converge")]
    NotConverged {
        /// Its rows.
        n: usize,
    },
}

/// The bytes that a matrix of n rows, its spectrum and their residuals take at their most.
#[must_use]
pub const fn memory_needed(n: usize) -> u128 {
    let n = n as u128;
    5 * n * n * 8
}

/// All eigenpairs of a symmetric matrix (row-major, n × n), in double precision.
///
/// # Errors
/// [`FullError`].
///
/// # Panics
/// If `matrix` does not have n² entries.
pub fn eigen(matrix: &[f64], n: usize) -> Result<Full, FullError> {
    if !matrix.iter().all(|entry| entry.is_finite()) {
        return Err(FullError::NotFinite);
    }
    let view = MatRef::from_row_major_slice(matrix, n, n);
    let solved = view.self_adjoint_eigen(Side::Lower).map_err(|_| FullError::NotConverged { n })?;
    let (ascending, vectors) = (solved.S().column_vector(), solved.U());
    let values: Vec<f64> = (0..n).rev().map(|index| ascending[index]).collect();
    let scale = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let product = view * vectors;
    let residual = |index: usize| {
        let square: f64 = (0..n)
            .map(|row| (product[(row, index)] - ascending[index] * vectors[(row, index)]).powi(2))
            .sum();
        if square == 0.0 { 0.0 } else { square.sqrt() / scale }
    };
    Ok(Full {
        residuals: (0..n).rev().map(residual).collect(),
        values,
        trace: (0..n).map(|index| matrix[index * (n + 1)]).sum(),
        frobenius_norm: matrix.iter().map(|entry| entry * entry).sum::<f64>().sqrt(),
        vectors: vectors.to_owned(),
    })
}

impl Full {
    /// The unit vector of eigenvalue `index`, the largest first.
    #[must_use]
    pub fn vector(&self, index: usize) -> Vec<f64> {
        let column = self.values.len() - 1 - index;
        self.vectors.col(column).iter().copied().collect()
    }

    /// How many eigenvalues are below −`zero`·max|λ|, within it, and above it.
    #[must_use]
    pub fn index(&self, zero: f64) -> [usize; 3] {
        let scale = self.values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let negative = self.values.iter().filter(|value| **value < -zero * scale).count();
        let positive = self.values.iter().filter(|value| **value > zero * scale).count();
        [negative, self.values.len() - negative - positive, positive]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_difference_has_the_spectrum_on_paper() {
        let n = 40;
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            matrix[i * (n + 1)] = 2.0;
            if i > 0 {
                matrix[i * n + i - 1] = -1.0;
                matrix[(i - 1) * n + i] = -1.0;
            }
        }
        let full = eigen(&matrix, n).unwrap();
        for (k, value) in full.values.iter().enumerate() {
            let angle = std::f64::consts::PI * (n - k) as f64 / (n + 1) as f64;
            assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-14);
        }
        assert!(full.residuals.iter().all(|residual| *residual < 1e-14));
        assert!((full.trace - full.values.iter().sum::<f64>()).abs() < 1e-12);
        let squares: f64 = full.values.iter().map(|value| value * value).sum();
        assert!((full.frobenius_norm - squares.sqrt()).abs() < 1e-12);
        let first = full.vector(0);
        assert!((first.iter().map(|entry| entry * entry).sum::<f64>() - 1.0).abs() < 1e-14);
        assert!((2.0 * first[0] - first[1] - full.values[0] * first[0]).abs() < 1e-14);
    }

    #[test]
    fn signs_are_counted_with_a_tolerance() {
        let full = eigen(&[3.0, 0.0, 0.0, 0.0, -1e-12, 0.0, 0.0, 0.0, -2.0], 3).unwrap();
        assert_eq!((full.index(1e-10), full.index(0.0)), ([1, 1, 1], [2, 0, 1]));
        assert_eq!(eigen(&[f64::NAN], 1).unwrap_err(), FullError::NotFinite);
    }
}
