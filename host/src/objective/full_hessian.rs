//! The whole Hessian at one θ.

use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::operator::SymmetricOperator;

use super::Objective;
use crate::engine::Scalar;

impl<T: Scalar> Objective<'_, T> {
    /// Writes H(θ) into `hessian`, row by row.
    ///
    /// | argument  | shape |
    /// |-----------|-------|
    /// | `theta`   | n     |
    /// | `hessian` | n × n |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is not of that shape; nothing is written then.
    pub fn full_hessian(&self, theta: &[T], hessian: &mut [T]) -> Result<(), WrongLength> {
        let n = self.network.parameters();
        expect_length("theta", theta, n)?;
        expect_length("hessian", hessian, n.saturating_mul(n))?;
        let mut linearised = self.linearise(theta)?;
        let mut unit = vec![T::ZERO; n];
        for (index, row) in hessian.chunks_exact_mut(n.max(1)).enumerate() {
            unit[index] = T::ONE;
            linearised.product(&unit, row)?;
            unit[index] = T::ZERO;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Batch;
    use crate::engine::Choice;
    use crate::objective::tests::{case, networks};
    use thalweg_core::cost::norm;

    #[test]
    fn every_column_is_a_product_with_a_unit_vector() {
        for network in networks() {
            let case = case::<f64>(&network, 300);
            let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
            for choice in [Choice::Fast, Choice::Exact] {
                let objective = Objective::new(network, &batch, choice, 0.1);
                let n = network.parameters();
                let mut hessian = vec![0.0; n * n];
                objective.full_hessian(&case.theta, &mut hessian).unwrap();
                let mut linearised = objective.linearise(&case.theta).unwrap();
                let (mut unit, mut column) = (vec![0.0; n], vec![0.0; n]);
                for index in 0..n {
                    unit[index] = 1.0;
                    linearised.product(&unit, &mut column).unwrap();
                    unit[index] = 0.0;
                    let found: Vec<f64> = hessian[index..].iter().step_by(n).copied().collect();
                    let difference: Vec<f64> = found.iter().zip(&column).map(|(a, b)| a - b).collect();
                    assert!(norm(&difference) < 1e-10 * norm(&hessian), "column {index} of {choice:?}");
                }
            }
        }
    }
}
