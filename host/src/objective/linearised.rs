//! The Hessian at one θ: the sweeps are kept, and each product pays for the tangents alone.

use rayon::prelude::*;
use thalweg_core::cost::decay::add_decay;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::sweep::Sweep;

use super::pass::{Kept, Pass, Quantity, Workspace};
use super::{Objective, grow};
use crate::engine::Scalar;
use crate::engine::tile::LANES;

/// The bytes of registers and deltas that are kept; beyond that, each product computes them again.
const KEPT: usize = 512 << 20;

/// H(θ) of an objective at a fixed θ, known by its products.
#[derive(Debug)]
pub struct Linearised<'m, T> {
    objective: Objective<'m, T>,
    theta: Vec<T>,
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
        let chunks = if rows.saturating_mul(2 * size_of::<T>()) <= KEPT { self.batch.chunks() } else { 0 };
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
            Ok((registers, deltas))
        };
        let kept = (0..chunks).into_par_iter().map(keep).collect::<Result<_, WrongLength>>()?;
        Ok(Linearised { objective: *self, theta: theta.to_vec(), kept, workspace: Workspace::default() })
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
        let Self { objective, theta, kept, workspace } = self;
        expect_length("v", v, theta.len())?;
        expect_length("out", out, theta.len())?;
        let network = objective.network;
        let prepared = [objective.turned(theta), objective.turned(v)];
        let pass = Pass { objective, theta, prepared: &prepared, kept, quantity: Quantity::Product(v) };
        pass.run(workspace, out)?;
        add_decay(&network, objective.decay, v, out);
        Ok(())
    }
}
