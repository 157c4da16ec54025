//! The sums over examples: what each weight and bias gets from the deltas.

use core::ops::Range;

use super::{Sweep, part, part_mut};
use crate::engine::{Engine, Pair};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::operation::{Affine, Kind, Operation};
use crate::real::Real;

/// The memory that the backward sweep and its tangent leave behind, for the sums over examples.
#[derive(Clone, Copy, Debug)]
pub struct Traces<'m, T, const L: usize> {
    /// From the forward sweep.
    pub registers: &'m [[T; L]],
    /// From the backward sweep.
    pub deltas: &'m [[T; L]],
    /// From the tangent sweeps, if the sums are those of a Hessian–vector product.
    pub tangents: Option<Tangents<'m, T, L>>,
}

/// The tangents of the registers, and those of the deltas.
pub type Tangents<'m, T, const L: usize> = (&'m [[T; L]], &'m [[T; L]]);

impl<'a, T: Real, const L: usize> Sweep<'a, T, L> {
    /// gradient ← gradient + Σ ∂loss/∂θ over the examples of the chunk, in their order.
    ///
    /// # Errors
    /// [`WrongLength`] if `gradient` does not have one entry per parameter, or a memory is too short.
    pub fn add_gradient(
        &self,
        engine: &mut impl Engine<T, L>,
        registers: &[[T; L]],
        deltas: &[[T; L]],
        gradient: &mut [T],
    ) -> Result<(), WrongLength> {
        let rows = self.panels * self.network.register_rows();
        expect_at_least("registers", registers, rows)?;
        expect_at_least("deltas", deltas, rows)?;
        expect_length("gradient", gradient, self.network.parameters())?;
        self.add_parameters(engine, Traces { registers, deltas, tangents: None }, gradient);
        Ok(())
    }

    /// hv ← hv + Σ ∂²loss/∂θ²·v over the examples of the chunk, in their order.
    ///
    /// For a weight W each example adds δ˙·xᵀ and then δ·ẋᵀ.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short; nothing is written then.
    pub fn add_hessian_vector(
        &self,
        engine: &mut impl Engine<T, L>,
        registers: &[[T; L]],
        deltas: &[[T; L]],
        tangents: &[[T; L]],
        delta_tangents: &[[T; L]],
        hv: &mut [T],
    ) -> Result<(), WrongLength> {
        let rows = self.panels * self.network.register_rows();
        expect_at_least("registers", registers, rows)?;
        expect_at_least("deltas", deltas, rows)?;
        expect_at_least("tangents", tangents, self.panels * self.network.tangent_rows())?;
        expect_at_least("delta_tangents", delta_tangents, rows)?;
        expect_length("hv", hv, self.network.parameters())?;
        self.add_parameters(
            engine,
            Traces { registers, deltas, tangents: Some((tangents, delta_tangents)) },
            hv,
        );
        Ok(())
    }

    /// Adds the sums over examples to each weight and bias. A weight that several operations read
    /// takes them example by example, last operation first, so that the chunk length changes no bit.
    fn add_parameters(&self, engine: &mut impl Engine<T, L>, traces: Traces<'_, T, L>, out: &mut [T]) {
        for operation in self.network.operations() {
            let Kind::Affine(affine) = operation.kind else { continue };
            let all = 0..self.chunk.examples;
            if affine.owns_weight() {
                self.add_weight(engine, operation, &affine, traces, all.clone(), out);
            } else if !affine.weight_is_shared {
                for example in all.clone() {
                    for (user, other) in self.users(|other| other.weight == affine.weight) {
                        self.add_weight(engine, user, &other, traces, example..example + 1, out);
                    }
                }
            }
            if affine.owns_bias() {
                self.add_bias(operation, &affine, traces, all, out);
            } else if !affine.bias_is_shared && affine.bias.is_some() {
                for example in all {
                    for (user, other) in self.users(|other| other.bias == affine.bias) {
                        self.add_bias(user, &other, traces, example..example + 1, out);
                    }
                }
            }
        }
    }

    fn users(&self, wanted: impl Fn(&Affine) -> bool) -> impl Iterator<Item = (&'a Operation, Affine)> {
        self.network.operations().iter().rev().filter_map(move |operation| match operation.kind {
            Kind::Affine(affine) if wanted(&affine) => Some((operation, affine)),
            _ => None,
        })
    }

    fn add_weight(
        &self,
        engine: &mut impl Engine<T, L>,
        operation: &Operation,
        affine: &Affine,
        traces: Traces<'_, T, L>,
        examples: Range<usize>,
        out: &mut [T],
    ) {
        let end = affine.weight + affine.rows * affine.columns;
        let out = part_mut(out, affine.weight..end);
        let Some(columns) = core::num::NonZeroUsize::new(affine.columns) else { return };
        match self.pairs_of(operation, affine, traces) {
            (first, None) => engine.outer(&[first], examples, out, columns),
            (first, Some(second)) => engine.outer(&[first, second], examples, out, columns),
        }
    }

    /// What one operation adds to its weight: δ·xᵀ, or δ˙·xᵀ and then δ·ẋᵀ.
    fn pairs_of<'m>(
        &'m self,
        operation: &Operation,
        affine: &Affine,
        traces: Traces<'m, T, L>,
    ) -> (Pair<'m, T, L>, Option<Pair<'m, T, L>>) {
        let rows = self.rows(operation);
        let x = self.read(traces.registers, operation.from);
        let delta = part(traces.deltas, rows.clone());
        let pair = |delta, x| {
            if affine.is_transposed() {
                Pair { left: x, right: delta }
            } else {
                Pair { left: delta, right: x }
            }
        };
        match traces.tangents {
            None => (pair(delta, x), None),
            Some((tangents, delta_tangents)) => {
                let second = self.tangent(tangents, operation.from).map(|x_tangent| pair(delta, x_tangent));
                (pair(part(delta_tangents, rows), x), second)
            }
        }
    }

    /// Calls `each` with the pairs whose outer products an example adds to the weight at `weight` in θ,
    /// in the order in which it adds them: the last operation that reads the weight comes first.
    pub fn weight_pairs<'m>(
        &'m self,
        weight: usize,
        traces: Traces<'m, T, L>,
        mut each: impl FnMut(Pair<'m, T, L>),
    ) {
        for (operation, affine) in self.users(|affine| affine.weight == weight) {
            let (first, second) = self.pairs_of(operation, &affine, traces);
            each(first);
            second.into_iter().for_each(&mut each);
        }
    }

    /// Calls `each` with the panels that an example adds to the bias at `bias` in θ, in their order.
    pub fn bias_terms<'m>(&self, bias: usize, traces: Traces<'m, T, L>, mut each: impl FnMut(&'m [[T; L]])) {
        let source = traces.tangents.map_or(traces.deltas, |(_, delta_tangents)| delta_tangents);
        for (operation, _) in self.users(|affine| affine.bias == Some(bias)) {
            each(part(source, self.rows(operation)));
        }
    }

    fn add_bias(
        &self,
        operation: &Operation,
        affine: &Affine,
        traces: Traces<'_, T, L>,
        examples: Range<usize>,
        out: &mut [T],
    ) {
        let Some(bias) = affine.bias else { return };
        let source = traces.tangents.map_or(traces.deltas, |(_, delta_tangents)| delta_tangents);
        let delta = part(source, self.rows(operation));
        let width = operation.width;
        for (row, entry) in part_mut(out, bias..bias + width).iter_mut().enumerate() {
            let mut sum = *entry;
            for panel in 0..self.panels {
                let Some(lanes) = delta.get(panel * width + row) else { return };
                let start = examples.start.saturating_sub(panel * L);
                let end = examples.end.saturating_sub(panel * L).min(L);
                for delta in part(lanes, start..end.max(start)) {
                    sum += *delta;
                }
            }
            *entry = sum;
        }
    }
}
