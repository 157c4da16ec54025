//! The whole Hessian at one θ.

use thalweg_core::cost::mean_cost::divide;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::length::{WrongLength, expect_length};

use super::Objective;
use super::blocks::Blocks;
use crate::engine::Scalar;

impl<T: Scalar> Objective<'_, T> {
    /// Writes H(θ) into `hessian`, row by row: from its structure where that takes less work than n products.
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
        let blocks = Blocks::new(&self.network).filter(|blocks| blocks.work(n) < 4 * n * n);
        if let Some(blocks) = blocks {
            self.hessian_of_blocks(&blocks, theta, hessian)?;
            divide(hessian, self.batch.count());
            if self.decay != 0.0 {
                for index in
                    self.network.blocks().filter(|block| !block.is_bias).flat_map(|block| block.range())
                {
                    hessian[index * n + index] += T::from_f64(self.decay);
                }
            }
            return Ok(());
        }
        self.hessian_of_products(theta, hessian)
    }

    /// The same by n products, one for each row.
    fn hessian_of_products(&self, theta: &[T], hessian: &mut [T]) -> Result<(), WrongLength> {
        let n = self.network.parameters();
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
    use crate::engine::Choice;
    use crate::engine::batch::Batch;
    use crate::objective::tests::{case, networks};
    use thalweg_core::cost::norm;

    /// Whatever takes less work: every network that has the structure, against products with unit vectors.
    #[test]
    fn the_structure_gives_the_same_hessian_as_products() {
        let mut structured = 0;
        for network in networks() {
            let case = case::<f64>(&network, 300);
            let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
            let objective = Objective::new(network, &batch, Choice::Fast, 0.0);
            let Some(blocks) = Blocks::new(&network) else { continue };
            structured += 1;
            let n = network.parameters();
            let (mut found, mut wanted) = (vec![0.0; n * n], vec![0.0; n * n]);
            objective.hessian_of_blocks(&blocks, &case.theta, &mut found).unwrap();
            divide(&mut found, 300);
            objective.hessian_of_products(&case.theta, &mut wanted).unwrap();
            let difference: Vec<f64> = found.iter().zip(&wanted).map(|(a, b)| a - b).collect();
            assert!(norm(&difference) < 1e-12 * norm(&wanted));
        }
        assert_eq!(structured, 5, "all networks but the one with tied weights");
    }

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
