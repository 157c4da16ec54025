//! The tangents of both sweeps, along a direction in θ.

use super::parameters::Traces;
use super::{Sweep, before, part, part_mut};
use crate::engine::{Engine, Matrix};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::operation::{Kind, Operation, Register};
use crate::real::Real;
use crate::rules::{elementwise, maximum};

impl<'a, T: Real, const L: usize> Sweep<'a, T, L> {
    /// Computes the tangent of every register, for the direction `v` in θ.
    ///
    /// `tangents` holds panels × [`View::tangent_rows`](crate::network::View::tangent_rows) rows, and is overwritten.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short; nothing is written then.
    pub fn tangent_forward(
        &self,
        engine: &mut impl Engine<T, L>,
        v: &[T],
        registers: &[[T; L]],
        tangents: &mut [[T; L]],
    ) -> Result<(), WrongLength> {
        expect_length("v", v, self.network.parameters())?;
        expect_at_least("registers", registers, self.panels * self.network.register_rows())?;
        expect_at_least("tangents", tangents, self.panels * self.network.tangent_rows())?;
        for operation in self.network.operations().iter().filter(|operation| operation.active) {
            let (low, out) = before(tangents, self.tangent_rows(operation));
            let from = operation.from;
            let source = self.tangent(low, from);
            match operation.kind {
                Kind::Affine(affine) => {
                    let end = affine.weight + affine.rows * affine.columns;
                    let step = Matrix::new(part(v, affine.weight..end), affine.rows, affine.columns);
                    if let (Some(step), Some(weight)) = (step, self.weight(self.theta, &affine)) {
                        let bias = Self::bias(v, &affine, operation.width);
                        Self::affine(
                            engine,
                            step,
                            bias,
                            affine.is_transposed(),
                            self.read(registers, from),
                            out,
                        );
                        if let Some(source) = source {
                            Self::add_affine(engine, weight, affine.is_transposed(), source, out);
                        }
                    }
                }
                Kind::Map(map) => {
                    let y = part(registers, self.rows(operation));
                    engine.map_tangent(map, y, source.unwrap_or(&[]), out);
                }
                #[cfg(feature = "maximum")]
                Kind::Maximum { pieces } => {
                    maximum::gather(pieces, self.read(registers, from), source.unwrap_or(&[]), out);
                }
                #[cfg(feature = "product")]
                Kind::Product { with } => {
                    out.fill([T::ZERO; L]);
                    for (one, other) in [(from, with), (with, from)] {
                        if let Some(tangent) = self.tangent(low, one) {
                            elementwise::add_product(tangent, self.read(registers, other), out);
                        }
                    }
                }
                #[cfg(feature = "sum")]
                Kind::Sum { with } => {
                    out.fill([T::ZERO; L]);
                    for one in [from, with] {
                        if let Some(tangent) = self.tangent(low, one) {
                            elementwise::add(tangent, out);
                        }
                    }
                }
                #[cfg(feature = "slice")]
                Kind::Slice { start } => {
                    let widths = (self.network.width(from), operation.width);
                    elementwise::slice(start, widths, source.unwrap_or(&[]), out);
                }
                Kind::Loss(_) => {}
            }
        }
        Ok(())
    }

    /// The tangent of a register, or `None` where it does not depend on θ.
    pub(super) fn tangent<'m>(&self, tangents: &'m [[T; L]], register: Register) -> Option<&'m [[T; L]]> {
        if self.network.is_active(register) {
            self.tangent_range(register).map(|range| part(tangents, range))
        } else {
            None
        }
    }

    /// Σ ∂loss/∂ŷ·ŷ˙ over the chunk: the slope of the summed loss along the direction, by tangents alone.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short, `scratch` shorter than one panel of outputs.
    pub fn slope(
        &self,
        engine: &mut impl Engine<T, L>,
        registers: &[[T; L]],
        tangents: &[[T; L]],
        scratch: &mut [[T; L]],
        mut each: impl FnMut(T),
    ) -> Result<(), WrongLength> {
        let Some((loss, last)) = self.network.loss() else { return Ok(()) };
        let width = self.network.width(last).max(1);
        expect_at_least("scratch", scratch, width)?;
        let delta = part_mut(scratch, 0..width);
        let outputs = self.read(registers, last).chunks_exact(width);
        let tangents = self.tangent(tangents, last).unwrap_or(&[]).chunks_exact(width);
        for (panel, (outputs, tangents)) in outputs.zip(tangents).enumerate() {
            engine.delta(loss, outputs, &self.chunk.targets, (panel * L, self.live(panel)), delta);
            for lane in 0..self.live(panel) {
                let mut sum = T::ZERO;
                for (delta, tangent) in delta.iter().zip(tangents) {
                    if let (Some(&delta), Some(&tangent)) = (delta.get(lane), tangent.get(lane)) {
                        sum += delta * tangent;
                    }
                }
                each(sum);
            }
        }
        Ok(())
    }

    /// Computes the tangents of all deltas, for the direction whose tangents are given.
    ///
    /// | argument         | rows                     |                         |
    /// |------------------|--------------------------|-------------------------|
    /// | `v`              | parameters               | the direction           |
    /// | `registers`      | panels × `register_rows` | from the forward sweep  |
    /// | `deltas`         | panels × `register_rows` | from the backward sweep |
    /// | `tangents`       | panels × `tangent_rows`  | of the registers        |
    /// | `delta_tangents` | panels × `register_rows` | overwritten             |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is too short; nothing is written then.
    pub fn tangent_backward(
        &self,
        engine: &mut impl Engine<T, L>,
        v: &[T],
        registers: &[[T; L]],
        deltas: &[[T; L]],
        tangents: &[[T; L]],
        delta_tangents: &mut [[T; L]],
    ) -> Result<(), WrongLength> {
        let rows = self.panels * self.network.register_rows();
        expect_length("v", v, self.network.parameters())?;
        expect_at_least("registers", registers, rows)?;
        expect_at_least("deltas", deltas, rows)?;
        expect_at_least("tangents", tangents, self.panels * self.network.tangent_rows())?;
        expect_at_least("delta_tangents", delta_tangents, rows)?;
        part_mut(delta_tangents, 0..rows).fill([T::ZERO; L]);
        let Some((loss, last)) = self.network.loss() else { return Ok(()) };
        let width = self.network.width(last).max(1);
        if let (Some(range), Some(output_tangents)) =
            (self.register_range(last), self.tangent(tangents, last))
        {
            let outputs = self.read(registers, last);
            for (panel, delta) in part_mut(delta_tangents, range).chunks_exact_mut(width).enumerate() {
                let place = panel * width..(panel + 1) * width;
                let tangents = part(output_tangents, place.clone());
                engine.delta_tangent(loss, part(outputs, place), tangents, self.live(panel), delta);
            }
        }
        let traces = Traces { registers, deltas, tangents: Some((tangents, &[])) };
        for operation in self.network.operations().iter().rev().filter(|operation| operation.active) {
            self.tangent_backward_one(engine, operation, v, traces, delta_tangents);
        }
        Ok(())
    }

    fn tangent_backward_one(
        &self,
        engine: &mut impl Engine<T, L>,
        operation: &Operation,
        v: &[T],
        traces: Traces<'_, T, L>,
        delta_tangents: &mut [[T; L]],
    ) {
        let tangents = traces.tangents.map_or(&[] as &[[T; L]], |(tangents, _)| tangents);
        let rows = self.rows(operation);
        let y = part(traces.registers, rows.clone());
        let delta = part(traces.deltas, rows.clone());
        let (low, delta_tangent) = before(delta_tangents, rows);
        let from = operation.from;
        if let Kind::Map(map) = operation.kind {
            // the backward sweep left φ′·ȳ in the map's own place, alone or shared with its argument
            let x_tangent = self.tangent(tangents, from).unwrap_or(&[]);
            engine.map_delta_tangent(map, y, (x_tangent, delta), delta_tangent);
            if operation.in_place {
                return;
            }
        }
        if let Some(with) = operation.second() {
            let product = operation.is_product();
            for (one, other) in [(from, with), (with, from)] {
                let Some(out) = self.delta_of(one, low, None) else { continue };
                if product {
                    elementwise::add_product(delta_tangent, self.read(traces.registers, other), out);
                    if let Some(tangent) = self.tangent(tangents, other) {
                        elementwise::add_product(delta, tangent, out);
                    }
                } else {
                    elementwise::add(delta_tangent, out);
                }
            }
            return;
        }
        let Some(out) = self.delta_of(from, low, None) else { return };
        match operation.kind {
            Kind::Affine(affine) => {
                let end = affine.weight + affine.rows * affine.columns;
                let step = Matrix::new(part(v, affine.weight..end), affine.rows, affine.columns);
                if let (Some(step), Some(weight)) = (step, self.weight(self.theta, &affine)) {
                    Self::add_affine(engine, weight, !affine.is_transposed(), delta_tangent, out);
                    Self::add_affine(engine, step, !affine.is_transposed(), delta, out);
                }
            }
            Kind::Map(_) => elementwise::add(delta_tangent, out),
            #[cfg(feature = "maximum")]
            Kind::Maximum { pieces } => {
                engine.maximum_backward(pieces, self.read(traces.registers, from), delta_tangent, out);
            }
            #[cfg(feature = "slice")]
            Kind::Slice { start } => {
                let widths = (self.network.width(from), operation.width);
                elementwise::slice_backward(start, widths, delta_tangent, out);
            }
            _ => {}
        }
    }
}
