//! The cost of a network with its whole Hessian taken apart: for networks of up to a few thousand
//! parameters.

use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::length::{WrongLength, expect_at_least, expect_length};
use thalweg_core::spectrum::decomposition::Decompose;
use thalweg_core::spectrum::symmetric::EigenError;

use crate::curvature::eigen::FullError;
use crate::engine::Scalar;
use crate::objective::Objective;

/// A network's cost whose Hessian is written out and given to an eigen-solver for large matrices.
#[derive(Clone, Copy, Debug)]
pub struct Decomposed<'m, T>(pub Objective<'m, T>);

/// Writes the eigenvalues of a symmetric matrix, the largest first, and its unit eigenvectors one after
/// the other, by `faer` in double precision.
///
/// # Errors
/// [`EigenError`], if a slice is not of the matrix's size, an entry is not finite, or a value is not found.
pub fn eigen<T: Scalar>(matrix: &[T], values: &mut [T], vectors: &mut [T]) -> Result<(), EigenError> {
    let n = values.len();
    expect_length("matrix", matrix, n * n)?;
    expect_length("vectors", vectors, n * n)?;
    let whole: Vec<f64> = (0..n * n)
        .map(|place| 0.5 * (matrix[place].to_f64() + matrix[place % n * n + place / n].to_f64()))
        .collect();
    let found = crate::curvature::eigen::eigen(&whole, n).map_err(|error| match error {
        FullError::NotFinite => EigenError::NotFinite,
        FullError::NotConverged { .. } => EigenError::NotConverged { allowed: 30 },
    })?;
    for (place, (value, vector)) in values.iter_mut().zip(vectors.chunks_exact_mut(n)).enumerate() {
        *value = T::from_f64(found.values[place]);
        for (entry, found) in vector.iter_mut().zip(found.vector(place)) {
            *entry = T::from_f64(found);
        }
    }
    Ok(())
}

impl<T: Scalar> Cost for Decomposed<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn cost(&mut self, theta: &[T]) -> Result<f64, WrongLength> {
        self.0.cost(theta)
    }
}

impl<T: Scalar> Gradient for Decomposed<'_, T> {
    fn gradient(&mut self, theta: &[T], gradient: &mut [T]) -> Result<f64, WrongLength> {
        self.0.gradient(theta, gradient)
    }
}

impl<T: Scalar> Decompose for Decomposed<'_, T> {
    fn decompose(
        &mut self,
        theta: &[T],
        values: &mut [T],
        vectors: &mut [T],
        scratch: &mut [T],
    ) -> Result<(), EigenError> {
        let n = self.dimension();
        expect_length("values", values, n)?;
        expect_length("vectors", vectors, n * n)?;
        expect_at_least("scratch", scratch, n * n)?;
        let matrix = &mut scratch[..n * n];
        self.0.full_hessian(theta, matrix)?;
        eigen(matrix, values, vectors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Choice;
    use crate::engine::batch::{Answers, Batch};
    use thalweg_core::network::Network;
    use thalweg_core::random::Random;
    use thalweg_core::spectrum::decomposition::ByProducts;

    #[test]
    fn both_solvers_take_a_network_apart_alike() {
        let network: Network<4> = Network::input(3).dense(4).tanh().dense(3).softmax_cross_entropy();
        let (mut rows, mut theta) = (vec![0.0_f64; 30], vec![0.0; network.parameters()]);
        Random::new(1).fill_normal(&mut rows);
        Random::new(2).fill_normal(&mut theta);
        let labels = Answers::Labels((0..10).map(|index| index % 3).collect());
        let batch = Batch::new(&network.view(), &rows, labels).unwrap();
        let objective = Objective::new(network.view(), &batch, Choice::Fast, 0.01);
        let n = theta.len();
        let (mut scratch, mut vectors) = (vec![0.0; n * n + n], vec![0.0; n * n]);
        let (mut found, mut wanted) = (vec![0.0; n], vec![0.0; n]);
        Decomposed(objective).decompose(&theta, &mut found, &mut vectors, &mut scratch).unwrap();
        ByProducts(objective).decompose(&theta, &mut wanted, &mut vectors, &mut scratch).unwrap();
        assert!(wanted[0] > 0.0 && wanted[n - 1] < 0.0);
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!((found - wanted).abs() < 1e-12 * found.abs().max(1.0), "{found} {wanted}");
        }
    }

    #[test]
    fn an_entry_that_is_not_finite_is_an_error() {
        let error = eigen(&[f64::NAN], &mut [0.0], &mut [0.0]).unwrap_err();
        assert_eq!(error, EigenError::NotFinite);
    }
}
