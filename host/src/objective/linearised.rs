//! The Hessian at one θ: the sweeps are kept, and each product pays for the tangents alone.

use rayon::prelude::*;
use thalweg_core::cost::decay::add_decay;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::sweep::Sweep;

use super::Objective;
use super::kept::Kept;
use super::pass::{Pass, Quantity};
use super::workspace::Workspace;
use crate::engine::Scalar;
use crate::engine::lanes::Lanes;
use crate::engine::tile::LANES;
use crate::engine::turned::{Copies, Turned};

/// The most directions that go through together, as each needs sums of its own.
const TOGETHER: usize = 4;

/// The bytes of registers and deltas that are kept; beyond that, each product computes them again.
const KEPT: usize = 512 << 20;

/// H(θ) of an objective at a fixed θ, known by its products.
#[derive(Debug)]
pub struct Linearised<'m, T> {
    objective: Objective<'m, T>,
    theta: Vec<T>,
    copies: Copies<T>,
    kept: Vec<Kept<T>>,
    workspace: Workspace<T>,
}

impl<'m, T: Scalar> Objective<'m, T> {
    /// Whether the sweeps at one θ take so little memory that they are kept.
    #[must_use]
    pub fn keeps_sweeps(&self) -> bool {
        let rows = self.batch.count().saturating_mul(self.network.register_rows());
        rows.saturating_mul(3 * size_of::<T>()) <= KEPT
    }

    /// H(θ), with the forward and the backward sweep done once for all products.
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` does not have one entry per parameter.
    pub fn linearise(&self, theta: &[T]) -> Result<Linearised<'m, T>, WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        let chunks = if self.keeps_sweeps() { self.batch.chunks() } else { 0 };
        let prepared = [self.turned(theta)];
        let keep = |index| {
            let mut inputs = Vec::new();
            let (chunk, mut engine) = self.chunk((index, self.batch.chunk_panels()), &prepared, &mut inputs);
            let rows = chunk.examples.div_ceil(LANES) * self.network.register_rows();
            let (mut registers, mut deltas) = (Lanes::default(), Lanes::default());
            registers.grow(rows);
            deltas.grow(rows);
            let sweep = Sweep::new(self.network, theta, chunk)?;
            sweep.forward(&mut engine, &mut registers)?;
            sweep.backward(&mut engine, &registers, &mut deltas, None)?;
            Ok(Kept::new((&self.network, self.choice), &sweep, (registers, deltas)))
        };
        let kept = (0..chunks).into_par_iter().map(keep).collect::<Result<_, WrongLength>>()?;
        let [turned] = prepared;
        let (theta, copies, workspace) = (theta.to_vec(), turned.into_copies(), Workspace::default());
        Ok(Linearised { objective: *self, theta, copies, kept, workspace })
    }
}

impl<T: Scalar> Linearised<'_, T> {
    /// θ.
    #[must_use]
    pub fn theta(&self) -> &[T] {
        &self.theta
    }

    /// Several directions through the sweeps that are kept, wave by wave: each product has the bits it has alone.
    fn push(&mut self, vs: &[&[T]], outs: &mut [&mut [T]]) -> Result<(), WrongLength> {
        let Self { objective, theta, copies, kept, workspace } = self;
        let of_theta = Turned::beside(theta, std::mem::take(copies));
        let prepared: Vec<_> =
            std::iter::once(of_theta).chain(vs.iter().map(|v| objective.turned(v))).collect();
        let pass = |v| Pass { objective, theta, prepared: &prepared, kept, quantity: Quantity::Product(v) };
        let passes: Vec<_> = vs.iter().copied().map(pass).collect();
        let done = Pass::run_together(&passes, workspace, outs);
        if let Some(of_theta) = prepared.into_iter().next() {
            *copies = of_theta.into_copies();
        }
        done?;
        let network = objective.network;
        vs.iter().zip(outs).for_each(|(v, out)| add_decay(&network, objective.decay, v, out));
        Ok(())
    }
}

impl<T: Scalar> SymmetricOperator for Linearised<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.theta.len()
    }

    fn product(&mut self, v: &[T], out: &mut [T]) -> Result<(), WrongLength> {
        expect_length("v", v, self.theta.len())?;
        expect_length("out", out, self.theta.len())?;
        self.push(&[v], &mut [out])
    }

    fn products(&mut self, vs: &[T], outs: &mut [T]) -> Result<(), WrongLength> {
        let n = self.theta.len().max(1);
        expect_length("vs", vs, vs.len() / n * n)?;
        expect_length("outs", outs, vs.len())?;
        let groups = vs.chunks(TOGETHER * n).zip(outs.chunks_mut(TOGETHER * n));
        groups.into_iter().try_for_each(|(vs, outs)| {
            let (vs, mut outs): (Vec<_>, Vec<_>) = (vs.chunks(n).collect(), outs.chunks_mut(n).collect());
            self.push(&vs, &mut outs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Choice;
    use crate::engine::batch::{Batch, Order};
    use crate::objective::tests::{Case, case_with, error, networks, plain};
    use thalweg_core::cost::HessianVector;
    use thalweg_core::network::Network;

    static DEEP: Network<8> = Network::input(37)
        .dense(50)
        .relu()
        .dense(41)
        .relu()
        .dense(33)
        .relu()
        .dense(3)
        .softmax_cross_entropy();

    /// Examples of a few kinds, which come in turn: where they stand together, half of all units are silent.
    fn kinds<T: Scalar>(count: usize) -> Case<T> {
        let mut case = case_with::<T>(&DEEP.view(), count, true);
        let kinds = case.inputs[..5 * 37].to_vec();
        for (example, row) in case.inputs.chunks_exact_mut(37).enumerate() {
            let scale = T::from_f64(1.0 + 0.01 * (example % 13) as f64);
            row.iter_mut().zip(&kinds[example % 5 * 37..]).for_each(|(row, kind)| *row = scale * *kind);
        }
        case
    }

    fn silent_units_change_nothing<T: Scalar>(tolerance: f64) {
        let network = DEEP.view();
        for count in [33, 1100] {
            let case = kinds::<T>(count);
            let (_, _, hv) = plain(network, &case);
            let mut found = hv.clone();
            let batch = Batch::ordered(&network, &case.inputs, case.answers.clone(), Order::Alike).unwrap();
            let mut objective = Objective::new(network, &batch, Choice::Fast, 0.0);
            let mut linearised = objective.linearise(&case.theta).unwrap();
            let second = network.blocks().filter(|block| !block.is_bias).nth(1).unwrap();
            let [source, result] = linearised.kept[0].silent.of(second.offset);
            assert!(source.is_some() && result.is_some(), "{count}");
            linearised.product(&case.v, &mut found).unwrap();
            assert!(error(&found, &hv) < tolerance, "{count}: {}", error(&found, &hv));
            let mut unkept = hv.clone();
            objective.hessian_vector(&case.theta, &case.v, &mut unkept).unwrap();
            assert!(error(&unkept, &hv) < tolerance, "{count}");
        }
    }

    #[test]
    fn what_is_silent_is_left_out_of_products_and_changes_nothing() {
        silent_units_change_nothing::<f64>(1e-12);
        silent_units_change_nothing::<f32>(2e-5);
    }

    #[test]
    fn directions_that_go_through_together_have_the_bits_they_have_alone() {
        for (network, choice) in networks()
            .into_iter()
            .chain([DEEP.view()])
            .flat_map(|network| [(network, Choice::Fast), (network, Choice::Exact)])
        {
            let case = case_with::<f32>(&network, 1100, true);
            let batch = Batch::new(&network, &case.inputs, case.answers.clone()).unwrap();
            let mut linearised = Objective::new(network, &batch, choice, 0.1).linearise(&case.theta).unwrap();
            let n = case.theta.len();
            let vs: Vec<f32> =
                (0..TOGETHER + 3).flat_map(|k| case.v.iter().map(move |v| v + k as f32)).collect();
            let (mut together, mut alone) = (vec![0.0; vs.len()], vec![1.0; n]);
            linearised.products(&vs, &mut together).unwrap();
            for (v, together) in vs.chunks_exact(n).zip(together.chunks_exact(n)) {
                linearised.product(v, &mut alone).unwrap();
                assert!(together == alone);
            }
            assert!(linearised.products(&vs[1..], &mut together[1..]).is_err());
        }
    }
}
