//! Gauss–Newton and Fisher at one θ, as operators.

use thalweg_core::cost::decay::add_decay;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::sweep::Curvature;

use super::Objective;
use super::pass::{Pass, Quantity};
use super::workspace::Workspace;
use crate::engine::Scalar;

/// The Gauss–Newton or the empirical Fisher matrix of an objective at a fixed θ.
///
/// Weight decay adds to Gauss–Newton what it adds to the Hessian; Fisher is of the losses alone.
#[derive(Clone, Debug)]
pub struct CurvatureAt<'m, T> {
    objective: Objective<'m, T>,
    curvature: Curvature,
    theta: Vec<T>,
}

impl<'m, T: Scalar> Objective<'m, T> {
    /// A curvature that stands beside H(θ).
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` does not have one entry per parameter.
    pub fn curvature(&self, curvature: Curvature, theta: &[T]) -> Result<CurvatureAt<'m, T>, WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        Ok(CurvatureAt { objective: *self, curvature, theta: theta.to_vec() })
    }
}

impl<T: Scalar> SymmetricOperator for CurvatureAt<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.theta.len()
    }

    fn product(&mut self, v: &[T], out: &mut [T]) -> Result<(), WrongLength> {
        let (objective, n) = (self.objective, self.theta.len());
        expect_length("v", v, n)?;
        expect_length("out", out, n)?;
        let prepared = [objective.turned(&self.theta), objective.turned(v)];
        let quantity = Quantity::Curvature(self.curvature, v);
        let pass =
            Pass { objective: &objective, theta: &self.theta, prepared: &prepared, kept: &[], quantity };
        Workspace::with(|workspace| pass.run(workspace, out))?;
        if self.curvature == Curvature::GaussNewton {
            add_decay(&objective.network, objective.decay, v, out);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Choice;
    use crate::engine::batch::Batch;
    use crate::objective::tests::{case, case_with, error, networks};
    use thalweg_core::network::Network;

    const LOGISTIC: Network<2> = Network::input(4).dense(2).softmax_cross_entropy();
    const SOFTMAX: Network<2> = Network::input(4).dense(3).softmax_cross_entropy();
    const LEAST_SQUARES: Network<2> = Network::input(4).dense(3).squared_error();

    #[test]
    fn linear_logistic_and_softmax_regression_have_no_other_curvature() {
        for network in [LOGISTIC.view(), SOFTMAX.view(), LEAST_SQUARES.view()] {
            let mut case = case::<f64>(&network, 1100);
            if let crate::engine::batch::Answers::Labels(labels) = &mut case.answers {
                labels.iter_mut().for_each(|label| *label %= network.output_width() as u32);
            }
            let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
            let objective = Objective::new(network, &batch, Choice::Fast, 0.3);
            let (mut hv, mut gv) = (case.v.clone(), case.v.clone());
            objective.linearise(&case.theta).unwrap().product(&case.v, &mut hv).unwrap();
            let mut gauss_newton = objective.curvature(Curvature::GaussNewton, &case.theta).unwrap();
            gauss_newton.product(&case.v, &mut gv).unwrap();
            assert!(error(&gv, &hv) < 1e-13, "{}", error(&gv, &hv));
        }
    }

    #[test]
    fn both_engines_and_any_chunks_agree() {
        for (network, zeros) in networks().into_iter().flat_map(|network| [(network, false), (network, true)])
        {
            let case = case_with::<f64>(&network, 1100, zeros);
            let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
            for curvature in [Curvature::GaussNewton, Curvature::Fisher] {
                let [fast, exact] = [Choice::Fast, Choice::Exact].map(|choice| {
                    let objective = Objective::new(network, &batch, choice, 0.0);
                    let mut out = case.v.clone();
                    let mut operator = objective.curvature(curvature, &case.theta).unwrap();
                    operator.product(&case.v, &mut out).unwrap();
                    out
                });
                assert!(error(&fast, &exact) < 1e-12);
            }
        }
    }
}
