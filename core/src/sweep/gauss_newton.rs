//! The backward sweep of a curvature that is known at the outputs: Gauss–Newton and Fisher.

use super::{Sweep, part, part_mut};
use crate::engine::Engine;
use crate::length::{WrongLength, expect_at_least};
use crate::real::Real;

/// A matrix that stands beside the Hessian, and has no negative eigenvalue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curvature {
    /// Σ Jᵀ·(∂²loss/∂ŷ²)·J over examples, J = ∂ŷ/∂θ: the Hessian without the curvature of the network.
    ///
    /// # Source
    /// Schraudolph, *Fast curvature matrix-vector products for second-order gradient descent* (2002).
    #[doc(alias = "GGN")]
    GaussNewton,
    /// Σ g·gᵀ over examples, g = ∂loss/∂θ with the example's own label (the empirical Fisher matrix).
    ///
    /// # Source
    /// Kunstner, Balles, Hennig, *Limitations of the empirical Fisher approximation* (2019), who say
    /// what must not be read from it.
    Fisher,
}

impl<T: Real, const L: usize> Sweep<'_, T, L> {
    /// Computes what [`Sweep::add_gradient`] turns into the product of a curvature with a direction.
    ///
    /// At the outputs the delta is the curvature of the loss times the tangent: (∂²loss/∂ŷ²)·ŷ˙ for
    /// Gauss–Newton, (∂loss/∂ŷ)·(∂loss/∂ŷ·ŷ˙) for Fisher. From there on it goes back as any delta does.
    ///
    /// | argument    | rows                     |                        |
    /// |-------------|--------------------------|------------------------|
    /// | `registers` | panels × `register_rows` | from the forward sweep |
    /// | `tangents`  | panels × `tangent_rows`  | of the registers       |
    /// | `deltas`    | panels × `register_rows` | overwritten            |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short; nothing is written then.
    pub fn curvature_backward(
        &self,
        engine: &mut impl Engine<T, L>,
        curvature: Curvature,
        registers: &[[T; L]],
        tangents: &[[T; L]],
        deltas: &mut [[T; L]],
    ) -> Result<(), WrongLength> {
        let rows = self.panels * self.network.register_rows();
        expect_at_least("registers", registers, rows)?;
        expect_at_least("tangents", tangents, self.panels * self.network.tangent_rows())?;
        expect_at_least("deltas", deltas, rows)?;
        part_mut(deltas, 0..rows).fill([T::ZERO; L]);
        let Some((loss, last)) = self.network.loss() else { return Ok(()) };
        let (Some(range), Some(tangents)) = (self.register_range(last), self.tangent(tangents, last)) else {
            return Ok(());
        };
        let width = self.network.width(last).max(1);
        let outputs = self.read(registers, last);
        for (panel, delta) in part_mut(deltas, range).chunks_exact_mut(width).enumerate() {
            let (live, place) = (self.live(panel), panel * width..(panel + 1) * width);
            let (outputs, tangents) = (part(outputs, place.clone()), part(tangents, place));
            match curvature {
                Curvature::GaussNewton => engine.delta_tangent(loss, outputs, tangents, live, delta),
                Curvature::Fisher => {
                    engine.delta(loss, outputs, &self.chunk.targets, (panel * L, live), delta);
                    times_slope(tangents, delta);
                }
            }
        }
        for operation in self.network.operations().iter().rev().filter(|operation| operation.active) {
            self.backward_one(engine, operation, registers, deltas, None);
        }
        Ok(())
    }
}

/// δ ← δ·(δ·ŷ˙), lane by lane.
fn times_slope<T: Real, const L: usize>(tangents: &[[T; L]], delta: &mut [[T; L]]) {
    let mut slopes = [T::ZERO; L];
    for (delta, tangent) in delta.iter().zip(tangents) {
        for (slope, (delta, tangent)) in slopes.iter_mut().zip(delta.iter().zip(tangent)) {
            *slope += *delta * *tangent;
        }
    }
    for delta in delta {
        for (delta, slope) in delta.iter_mut().zip(&slopes) {
            *delta *= *slope;
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    use super::*;
    use crate::cost::mean_cost::{Ability, MeanCost};
    use crate::cost::{HessianVector, dot, norm};
    use crate::engine::Exact;
    use crate::examples::{Examples, Targets};
    use crate::network::initialise::{Initialiser, initialise};
    use crate::network::{Network, View};
    use crate::random::Random;

    const LINEAR: Network<2> = Network::input(4).dense(3).softmax_cross_entropy();
    const TANH: Network<6> =
        Network::input(4).dense(5).tanh().dense(4).tanh().dense(3).softmax_cross_entropy();
    const MAXOUT: Network<5> = Network::input(4).maxout(5, 3).dense(3).softmax_cross_entropy();
    const SIGMOID: Network<5> = Network::input(4).dense(5).sigmoid().dense(3).squared_error();

    struct Case {
        network: View<'static>,
        inputs: Vec<f64>,
        theta: Vec<f64>,
        v: Vec<f64>,
    }

    fn case(network: View<'static>, examples: usize) -> Case {
        let n = network.parameters();
        let (mut theta, mut v, mut inputs) = (vec![0.0; n], vec![0.0; n], vec![0.0; 4 * examples]);
        initialise(&network, Initialiser::NormalEverywhere(0.6), 3, &mut theta).unwrap();
        let mut random = Random::new(5);
        random.fill_normal(&mut v);
        random.fill_normal(&mut inputs);
        Case { network, inputs, theta, v }
    }

    impl Case {
        fn with<R>(
            &self,
            targets: Targets<'_, f64>,
            each: impl FnOnce(&mut MeanCost<'_, f64, Exact, 2>) -> R,
        ) -> R {
            let examples = Examples::new(&self.network, &self.inputs, targets).unwrap();
            let mut memory = vec![[0.0; 2]; 2 * self.network.memory_rows(Ability::HessianVector)];
            each(&mut MeanCost::new(self.network, Exact, examples, &mut memory))
        }

        fn product(&self, targets: Targets<'_, f64>, curvature: Curvature) -> Vec<f64> {
            let mut out = vec![0.0; self.v.len()];
            self.with(targets, |cost| {
                cost.curvature_vector(curvature, &self.theta, &self.v, &mut out).unwrap();
            });
            out
        }

        fn hessian(&self, targets: Targets<'_, f64>) -> Vec<f64> {
            let mut out = vec![0.0; self.v.len()];
            self.with(targets, |cost| cost.hessian_vector(&self.theta, &self.v, &mut out).unwrap());
            out
        }

        fn loss(&self, targets: Targets<'_, f64>) -> f64 {
            let mut losses = [0.0];
            self.with(targets, |cost| cost.losses(&self.theta, &mut losses).unwrap());
            losses[0]
        }
    }

    fn agree(found: &[f64], wanted: &[f64]) {
        for (found, other) in found.iter().zip(wanted) {
            assert!((found - other).abs() < 1e-12 * norm(wanted), "{found} {other}");
        }
    }

    #[test]
    fn a_linear_network_has_no_other_curvature() {
        let case = case(LINEAR.view(), 7);
        let labels = Targets::Labels(&[0, 2, 1, 1, 0, 2, 2]);
        agree(&case.product(labels, Curvature::GaussNewton), &case.hessian(labels));
    }

    #[test]
    fn labels_drawn_from_the_networks_own_probabilities_leave_gauss_newton() {
        for network in [TANH.view(), MAXOUT.view()] {
            let case = case(network, 1);
            let (mut hessian, mut fisher) = (vec![0.0; case.v.len()], vec![0.0; case.v.len()]);
            for label in 0..3 {
                let labels = [label];
                let targets = Targets::Labels(&labels);
                let probability = (-case.loss(targets)).exp();
                for (sum, part) in hessian.iter_mut().zip(case.hessian(targets)) {
                    *sum += probability * part;
                }
                for (sum, part) in fisher.iter_mut().zip(case.product(targets, Curvature::Fisher)) {
                    *sum += probability * part;
                }
            }
            let found = case.product(Targets::Labels(&[0]), Curvature::GaussNewton);
            agree(&found, &hessian);
            agree(&found, &fisher);
        }
    }

    #[test]
    fn where_nothing_is_left_to_learn_the_hessian_is_gauss_newton() {
        let case = case(SIGMOID.view(), 1);
        let from = |target: [f64; 3]| case.loss(Targets::Values(&target));
        let zero = from([0.0; 3]);
        let outputs: [f64; 3] = core::array::from_fn(|row| {
            zero - from(core::array::from_fn(|other| if other == row { 1.0 } else { 0.0 })) + 0.5
        });
        let targets = Targets::Values(&outputs);
        assert!(case.loss(targets) < 1e-25);
        agree(&case.product(targets, Curvature::GaussNewton), &case.hessian(targets));
        let elsewhere = case.product(Targets::Values(&[5.0, -3.0, 2.0]), Curvature::GaussNewton);
        agree(&elsewhere, &case.hessian(targets));
    }

    #[test]
    fn fisher_is_the_mean_of_the_gradients_outer_products() {
        let case = case(TANH.view(), 5);
        let labels = Targets::Labels(&[0, 2, 1, 1, 0]);
        let mut wanted = vec![0.0; case.v.len()];
        case.with(labels, |cost| {
            for example in 0..5 {
                let mut gradient = vec![0.0; case.v.len()];
                cost.gradient_over(&case.theta, (example, 1), &mut gradient).unwrap();
                let slope = dot(&gradient, &case.v);
                for (wanted, entry) in wanted.iter_mut().zip(&gradient) {
                    *wanted += slope * entry / 5.0;
                }
            }
        });
        agree(&case.product(labels, Curvature::Fisher), &wanted);
    }
}
