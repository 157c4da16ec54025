//! The Hessian at one θ: the sweeps are kept, and each product pays for the tangents alone.

use rayon::prelude::*;
use thalweg_core::cost::decay::add_decay;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::sweep::Sweep;

use super::kept::Kept;
use super::pass::{Pass, Quantity, Workspace};
use super::{Objective, grow};
use crate::engine::Scalar;
use crate::engine::tile::LANES;
use crate::engine::turned::{Copies, Turned};

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
    /// H(θ), with the forward and the backward sweep done once for all products.
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` does not have one entry per parameter.
    pub fn linearise(&self, theta: &[T]) -> Result<Linearised<'m, T>, WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        let rows = self.batch.count().saturating_mul(self.network.register_rows());
        let chunks = if rows.saturating_mul(3 * size_of::<T>()) <= KEPT { self.batch.chunks() } else { 0 };
        let prepared = [self.turned(theta)];
        let keep = |index| {
            let mut inputs = Vec::new();
            let (chunk, mut engine) = self.chunk((index, self.batch.chunk_panels()), &prepared, &mut inputs);
            let rows = chunk.examples.div_ceil(LANES) * self.network.register_rows();
            let (mut registers, mut deltas) = (Vec::new(), Vec::new());
            grow(&mut registers, rows);
            grow(&mut deltas, rows);
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
}

impl<T: Scalar> SymmetricOperator for Linearised<'_, T> {
    type Real = T;

    fn dimension(&self) -> usize {
        self.theta.len()
    }

    fn product(&mut self, v: &[T], out: &mut [T]) -> Result<(), WrongLength> {
        let Self { objective, theta, copies, kept, workspace } = self;
        expect_length("v", v, theta.len())?;
        expect_length("out", out, theta.len())?;
        let network = objective.network;
        let prepared = [Turned::beside(theta, std::mem::take(copies)), objective.turned(v)];
        let pass = Pass { objective, theta, prepared: &prepared, kept, quantity: Quantity::Product(v) };
        let done = pass.run(workspace, out);
        let [of_theta, _] = prepared;
        *copies = of_theta.into_copies();
        done?;
        add_decay(&network, objective.decay, v, out);
        Ok(())
    }
}
