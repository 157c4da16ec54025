//! A network's cost that linearises once at a θ, however many products are asked for there.

use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::cost::{Cost, Gradient, HessianVector};
use thalweg_core::length::WrongLength;

use crate::engine::Scalar;
use crate::objective::{Linearised, Objective};

/// A cost that keeps its linearisation from one product to the next, as long as θ stays.
#[derive(Debug)]
pub struct Remembered<'m, T> {
    objective: Objective<'m, T>,
    linearised: Option<Linearised<'m, T>>,
}

impl<'m, T: Scalar> Remembered<'m, T> {
    /// The cost, with nothing remembered yet.
    #[must_use]
    pub const fn new(objective: Objective<'m, T>) -> Self {
        Self { objective, linearised: None }
    }
}

impl<T: Scalar> Cost for Remembered<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.objective.dimension()
    }

    fn cost(&mut self, theta: &[T]) -> Result<f64, WrongLength> {
        self.objective.cost(theta)
    }
}

impl<T: Scalar> Gradient for Remembered<'_, T> {
    fn gradient(&mut self, theta: &[T], gradient: &mut [T]) -> Result<f64, WrongLength> {
        self.objective.gradient(theta, gradient)
    }
}

impl<T: Scalar> HessianVector for Remembered<'_, T> {
    fn hessian_vector(&mut self, theta: &[T], v: &[T], hv: &mut [T]) -> Result<(), WrongLength> {
        match &mut self.linearised {
            Some(linearised) if linearised.theta() == theta => linearised.product(v, hv),
            remembered => remembered.insert(self.objective.linearise(theta)?).product(v, hv),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Choice;
    use crate::engine::batch::{Answers, Batch};
    use thalweg_core::network::Network;

    #[test]
    fn products_follow_theta_when_it_moves() {
        let network: Network<4> = Network::input(2).dense(3).tanh().dense(2).softmax_cross_entropy();
        let answers = Answers::Labels(vec![0, 1, 1]);
        let batch = Batch::new(&network.view(), &[0.1, -0.4, 0.7, 0.2, -0.3, 0.9], answers).unwrap();
        let objective = Objective::new(network.view(), &batch, Choice::Fast, 0.1);
        let n = network.parameters();
        let (v, mut found, mut wanted) = (vec![0.5; n], vec![0.0; n], vec![0.0; n]);
        let mut remembered = Remembered::new(objective);
        for place in [0.1, 0.1, -0.3] {
            let theta: Vec<f64> = (0..n).map(|index| place * (index as f64 - 7.0)).collect();
            remembered.hessian_vector(&theta, &v, &mut found).unwrap();
            objective.clone().hessian_vector(&theta, &v, &mut wanted).unwrap();
            for (found, wanted) in found.iter().zip(&wanted) {
                assert!((found - wanted).abs() < 1e-13, "{found} {wanted}");
            }
        }
    }
}
