//! The Hessian at one θ: the sweeps are kept, and each product pays for the tangents alone.

use thalweg_core::decay::add_decay;
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::loss::Tally;
use thalweg_core::mean_cost::divide;
use thalweg_core::operator::SymmetricOperator;
use thalweg_core::sweep::Sweep;

use super::{Memory, Objective, grow};
use crate::engine::Scalar;
use crate::tile::Lane;

/// The bytes of registers and deltas that are kept; beyond that, each product computes them again.
const KEPT: usize = 1 << 30;

/// The registers and deltas that a forward and a backward sweep leave behind.
type Trace<T> = (Vec<Lane<T>>, Vec<Lane<T>>);

/// H(θ) of an objective at a fixed θ, known by its products.
#[derive(Clone, Debug)]
pub struct Linearised<'m, T> {
    objective: Objective<'m, T>,
    theta: Vec<T>,
    /// The registers and deltas of each chunk, if they are kept.
    traces: Vec<Trace<T>>,
}

impl<'m, T: Scalar> Objective<'m, T> {
    /// H(θ), with the forward and the backward sweep done once for all products.
    ///
    /// # Errors
    /// [`WrongLength`] if `theta` does not have one entry per parameter.
    pub fn linearise(&self, theta: &[T]) -> Result<Linearised<'m, T>, WrongLength> {
        expect_length("theta", theta, self.network.parameters())?;
        let rows = self.batch.count() * self.network.register_rows();
        let mut traces = Vec::new();
        if 2 * rows * size_of::<T>() <= KEPT {
            let mut memory = Memory::new(self.choice);
            for index in 0..self.batch.chunks() {
                self.forward_backward(theta, index, &mut memory, &mut Tally::default())?;
                traces.push((std::mem::take(&mut memory.registers), std::mem::take(&mut memory.deltas)));
            }
        }
        Ok(Linearised { objective: *self, theta: theta.to_vec(), traces })
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
        let (objective, n) = (self.objective, self.theta.len());
        expect_length("v", v, n)?;
        expect_length("out", out, n)?;
        objective.add_up(out, |index, memory, out, tally| {
            let chunk = objective.batch.chunk(index);
            let panels = Objective::<T>::panels(chunk.examples);
            let sweep = match self.traces.get(index) {
                Some(_) => Sweep::new(objective.network, &self.theta, chunk)?,
                None => objective.forward_backward(&self.theta, index, memory, tally)?,
            };
            grow(&mut memory.tangents, panels * objective.network.tangent_rows());
            grow(&mut memory.delta_tangents, panels * objective.network.register_rows());
            let Memory { engine, registers, deltas, tangents, delta_tangents } = memory;
            let (registers, deltas) = match self.traces.get(index) {
                Some((registers, deltas)) => (registers, deltas),
                None => (&*registers, &*deltas),
            };
            sweep.tangent_forward(engine, v, registers, tangents)?;
            sweep.tangent_backward(engine, v, registers, deltas, tangents, delta_tangents)?;
            sweep.add_hessian_vector(engine, registers, deltas, tangents, delta_tangents, out)
        })?;
        divide(out, objective.batch.count());
        add_decay(&objective.network, objective.decay, v, out);
        Ok(())
    }
}
