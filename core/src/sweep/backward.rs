//! The backward sweep: the deltas ∂loss/∂register.

use super::{Sweep, before, part, part_mut};
use crate::engine::Engine;
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::operation::{Kind, Operation, Register};
use crate::real::Real;
use crate::rules::elementwise;

impl<'a, T: Real, const L: usize> Sweep<'a, T, L> {
    /// Computes ∂(sum of losses)/∂register for every register that depends on θ.
    ///
    /// | argument    | rows                       |                                    |
    /// |-------------|----------------------------|------------------------------------|
    /// | `registers` | panels × `register_rows`   | from the forward sweep             |
    /// | `deltas`    | panels × `register_rows`   | overwritten                        |
    /// | `inputs`    | panels × `input_width`     | overwritten with ∂loss/∂x, if given |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is shorter; nothing is written then.
    pub fn backward(
        &self,
        engine: &mut impl Engine<T, L>,
        registers: &[[T; L]],
        deltas: &mut [[T; L]],
        mut inputs: Option<&mut [[T; L]]>,
    ) -> Result<(), WrongLength> {
        let rows = self.panels * self.network.register_rows();
        expect_at_least("registers", registers, rows)?;
        expect_at_least("deltas", deltas, rows)?;
        if let Some(inputs) = inputs.as_deref_mut() {
            expect_length("input_gradient", inputs, self.chunk.inputs.len())?;
            inputs.fill([T::ZERO; L]);
        }
        part_mut(deltas, 0..rows).fill([T::ZERO; L]);
        let Some((loss, last)) = self.network.loss() else { return Ok(()) };
        let width = self.network.width(last);
        let wanted = match self.register_range(last) {
            Some(range) => part_mut(deltas, range),
            None => inputs.as_deref_mut().unwrap_or(&mut []),
        };
        let outputs = self.read(registers, last).chunks_exact(width.max(1));
        for (panel, (delta, outputs)) in wanted.chunks_exact_mut(width.max(1)).zip(outputs).enumerate() {
            engine.delta(loss, outputs, &self.chunk.targets, (panel * L, self.live(panel)), delta);
        }
        for operation in self.network.operations().iter().rev() {
            if operation.active || inputs.is_some() {
                self.backward_one(engine, operation, registers, deltas, inputs.as_deref_mut());
            }
        }
        Ok(())
    }

    /// Where the delta of a register is added up: `None` where nobody asks for it.
    pub(super) fn delta_of<'m>(
        &self,
        register: Register,
        low: &'m mut [[T; L]],
        inputs: Option<&'m mut [[T; L]]>,
    ) -> Option<&'m mut [[T; L]]> {
        match self.register_range(register) {
            None => inputs,
            Some(_) if inputs.is_none() && !self.network.is_active(register) => None,
            Some(range) => Some(part_mut(low, range)),
        }
    }

    pub(super) fn backward_one(
        &self,
        engine: &mut impl Engine<T, L>,
        operation: &Operation,
        registers: &[[T; L]],
        deltas: &mut [[T; L]],
        mut inputs: Option<&mut [[T; L]]>,
    ) {
        let rows = self.rows(operation);
        let y = part(registers, rows.clone());
        let (low, delta) = before(deltas, rows);
        let from = operation.from;
        if operation.in_place {
            if let Kind::Map(map) = operation.kind {
                engine.map_backward(map, y, delta);
            }
            return;
        }
        if let Some(with) = operation.second() {
            let product = operation.is_product();
            for (one, other) in [(from, with), (with, from)] {
                if let Some(out) = self.delta_of(one, low, inputs.as_deref_mut()) {
                    if product {
                        elementwise::add_product(delta, self.read(registers, other), out);
                    } else {
                        elementwise::add(delta, out);
                    }
                }
            }
            return;
        }
        let Some(out) = self.delta_of(from, low, inputs) else { return };
        match operation.kind {
            Kind::Affine(affine) => {
                if let Some(weight) = self.weight(self.theta, &affine) {
                    Self::add_affine(engine, weight, !affine.is_transposed(), delta, out);
                }
            }
            Kind::Map(map) => {
                engine.map_backward(map, y, delta);
                elementwise::add(delta, out);
            }
            #[cfg(feature = "maximum")]
            Kind::Maximum { pieces } => {
                engine.maximum_backward(pieces, self.read(registers, from), delta, out);
            }
            #[cfg(feature = "slice")]
            Kind::Slice { start } => {
                elementwise::slice_backward(start, (self.network.width(from), operation.width), delta, out);
            }
            _ => {}
        }
    }
}
