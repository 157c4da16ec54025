//! The sweeps over a chunk of examples: forward, backward, and both again for tangents.
//!
//! Four rules per operation give everything: the forward sweep the cost, the backward sweep the
//! gradient, and the tangents of both (Pearlmutter's R-operator) the Hessian–vector product. Each
//! sweep writes to memory of the caller; what an earlier sweep wrote is read by the later ones, so
//! that several directions can be pushed through one linearisation.
//!
//! # Source
//! Pearlmutter, *Fast exact multiplication by the Hessian* (1994).

use core::ops::Range;

use crate::engine::{Engine, Matrix, Pair};
use crate::examples::Chunk;
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::loss::{self, Tally};
use crate::network::View;
use crate::operation::{Affine, Kind, Operation, Register};
use crate::real::Real;
use crate::{elementwise, map, maximum};

/// A network at one θ over one chunk of examples.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a, T, const L: usize> {
    pub(crate) network: View<'a>,
    theta: &'a [T],
    pub(crate) chunk: Chunk<'a, T, L>,
    pub(crate) panels: usize,
}

/// The memory that the backward sweep and its tangent leave behind, for the sums over examples.
#[derive(Clone, Copy, Debug)]
struct Traces<'m, T, const L: usize> {
    registers: &'m [[T; L]],
    deltas: &'m [[T; L]],
    tangents: Option<Tangents<'m, T, L>>,
}

/// The tangents of the registers, and those of the deltas.
type Tangents<'m, T, const L: usize> = (&'m [[T; L]], &'m [[T; L]]);

/// The part of a memory that holds `width` rows of each panel, from row `offset` on.
fn range(offset: usize, width: usize, panels: usize) -> Range<usize> {
    offset * panels..(offset + width) * panels
}

fn part<T>(memory: &[T], range: Range<usize>) -> &[T] {
    memory.get(range).unwrap_or(&[])
}

fn part_mut<T>(memory: &mut [T], range: Range<usize>) -> &mut [T] {
    memory.get_mut(range).unwrap_or(&mut [])
}

/// The memory before a range, and the range itself.
fn before<T>(memory: &mut [T], range: Range<usize>) -> (&mut [T], &mut [T]) {
    let end = range.end.min(memory.len());
    let start = range.start.min(end);
    part_mut(memory, 0..end).split_at_mut_checked(start).unwrap_or((&mut [], &mut []))
}

impl<'a, T: Real, const L: usize> Sweep<'a, T, L> {
    /// A sweep of `network` at `theta` over `chunk`.
    ///
    /// | argument       | shape                                   |
    /// |----------------|-----------------------------------------|
    /// | `theta`        | parameters                              |
    /// | `chunk.inputs` | panels × input width                    |
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is not of that shape, or holds fewer lanes than examples.
    pub fn new(network: View<'a>, theta: &'a [T], chunk: Chunk<'a, T, L>) -> Result<Self, WrongLength> {
        expect_length("theta", theta, network.parameters())?;
        let panels = chunk.examples.div_ceil(L.max(1));
        expect_length("inputs", chunk.inputs, panels * network.input_width())?;
        Ok(Self { network, theta, chunk, panels })
    }

    /// The number of examples of the chunk.
    #[must_use]
    pub const fn examples(&self) -> usize {
        self.chunk.examples
    }

    /// The number of examples in a panel that are not padding.
    fn live(&self, panel: usize) -> usize {
        self.chunk.examples.saturating_sub(panel * L).min(L)
    }

    fn rows(&self, operation: &Operation) -> Range<usize> {
        range(operation.offset, operation.width, self.panels)
    }

    fn tangent_rows(&self, operation: &Operation) -> Range<usize> {
        range(operation.tangent_offset, operation.width, self.panels)
    }

    fn register_range(&self, register: Register) -> Option<Range<usize>> {
        self.network.offset(register).map(|offset| range(offset, self.network.width(register), self.panels))
    }

    fn tangent_range(&self, register: Register) -> Option<Range<usize>> {
        self.network
            .tangent_offset(register)
            .map(|offset| range(offset, self.network.width(register), self.panels))
    }

    /// A register's values.
    pub(crate) fn read<'m>(&'m self, registers: &'m [[T; L]], register: Register) -> &'m [[T; L]] {
        match self.register_range(register) {
            None => self.chunk.inputs,
            Some(range) => part(registers, range),
        }
    }

    fn weight(&self, theta: &'a [T], affine: &Affine) -> Option<Matrix<'a, T>> {
        let end = affine.weight + affine.rows * affine.columns;
        Matrix::new(theta.get(affine.weight..end)?, affine.rows, affine.columns)
    }

    fn bias<'t>(theta: &'t [T], affine: &Affine, width: usize) -> &'t [T] {
        affine.bias.map_or(&[], |bias| part(theta, bias..bias + width))
    }

    /// y ← b + W·x (or Wᵀ·x).
    pub(crate) fn affine(
        engine: &mut impl Engine<T, L>,
        weight: Matrix<'_, T>,
        bias: &[T],
        transposed: bool,
        x: &[[T; L]],
        y: &mut [[T; L]],
    ) {
        let width = if transposed { weight.columns() } else { weight.rows() };
        for panel in y.chunks_exact_mut(width.get()) {
            for (row, y) in panel.iter_mut().enumerate() {
                *y = [bias.get(row).copied().unwrap_or(T::ZERO); L];
            }
        }
        Self::add_affine(engine, weight, transposed, x, y);
    }

    fn add_affine(
        engine: &mut impl Engine<T, L>,
        weight: Matrix<'_, T>,
        transposed: bool,
        x: &[[T; L]],
        y: &mut [[T; L]],
    ) {
        if transposed {
            engine.affine_transposed(weight, x, y);
        } else {
            engine.affine(weight, x, y);
        }
    }

    /// Computes every register from the input on.
    ///
    /// `registers` holds panels × [`View::register_rows`] rows, and is overwritten.
    ///
    /// # Errors
    /// [`WrongLength`] if `registers` is shorter; nothing is written then.
    pub fn forward(
        &self,
        engine: &mut impl Engine<T, L>,
        registers: &mut [[T; L]],
    ) -> Result<(), WrongLength> {
        expect_at_least("registers", registers, self.panels * self.network.register_rows())?;
        for operation in self.network.operations() {
            if let Kind::Affine(affine) = operation.kind {
                let (low, y) = before(registers, self.rows(operation));
                if let Some(weight) = self.weight(self.theta, &affine) {
                    let bias = Self::bias(self.theta, &affine, operation.width);
                    Self::affine(engine, weight, bias, affine.transposed, self.read(low, operation.from), y);
                }
            } else {
                self.forward_plain(engine, operation, registers);
            }
        }
        Ok(())
    }

    /// The forward rule of an operation that has no weights.
    pub(crate) fn forward_plain(
        &self,
        engine: &mut impl Engine<T, L>,
        operation: &Operation,
        registers: &mut [[T; L]],
    ) {
        let (low, y) = before(registers, self.rows(operation));
        let from = operation.from;
        match operation.kind {
            Kind::Affine(_) | Kind::Loss(_) => {}
            Kind::Map(map) => {
                if !operation.in_place {
                    y.copy_from_slice_checked(self.read(low, from));
                }
                engine.map(map, y);
            }
            Kind::Maximum { pieces } => maximum::forward(pieces, self.read(low, from), y),
            Kind::Product { with } => elementwise::product(self.read(low, from), self.read(low, with), y),
            Kind::Sum { with } => elementwise::sum(self.read(low, from), self.read(low, with), y),
            Kind::Slice { start } => {
                let widths = (self.network.width(from), operation.width);
                elementwise::slice(start, widths, self.read(low, from), y);
            }
        }
    }

    /// Calls `each` with the loss of every example and whether it is answered rightly, in order.
    pub fn losses(&self, registers: &[[T; L]], mut each: impl FnMut(usize, T, bool)) {
        let Some((loss, from)) = self.network.loss() else { return };
        let outputs = self.read(registers, from).chunks_exact(self.network.width(from).max(1));
        for (panel, outputs) in outputs.enumerate() {
            for lane in 0..self.live(panel) {
                let example = panel * L + lane;
                let (value, correct) = loss::loss(loss, outputs, &self.chunk.targets, example, lane);
                each(example, value, correct);
            }
        }
    }

    /// Adds the losses of the chunk to `tally`, example by example.
    pub fn tally(&self, registers: &[[T; L]], tally: &mut Tally) {
        self.losses(registers, |_, loss, correct| tally.add(loss.to_f64(), correct));
    }

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
            loss::delta(loss, outputs, &self.chunk.targets, panel * L, self.live(panel), delta);
        }
        for operation in self.network.operations().iter().rev() {
            if operation.active || inputs.is_some() {
                self.backward_one(engine, operation, registers, deltas, inputs.as_deref_mut());
            }
        }
        Ok(())
    }

    /// Where the delta of a register is added up: `None` where nobody asks for it.
    fn delta_of<'m>(
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

    fn backward_one(
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
                map::backward(map, y, delta);
            }
            return;
        }
        if let Kind::Product { with } | Kind::Sum { with } = operation.kind {
            let product = matches!(operation.kind, Kind::Product { .. });
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
                    Self::add_affine(engine, weight, !affine.transposed, delta, out);
                }
            }
            Kind::Map(map) => {
                map::backward(map, y, delta);
                elementwise::add(delta, out);
            }
            Kind::Maximum { pieces } => maximum::scatter(pieces, self.read(registers, from), delta, out),
            Kind::Slice { start } => {
                elementwise::slice_backward(start, (self.network.width(from), operation.width), delta, out);
            }
            Kind::Product { .. } | Kind::Sum { .. } | Kind::Loss(_) => {}
        }
    }

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

    /// Computes the tangent of every register, for the direction `v` in θ.
    ///
    /// `tangents` holds panels × [`View::tangent_rows`] rows, and is overwritten.
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
                        Self::affine(engine, step, bias, affine.transposed, self.read(registers, from), out);
                        if let Some(source) = source {
                            Self::add_affine(engine, weight, affine.transposed, source, out);
                        }
                    }
                }
                Kind::Map(map) => {
                    let y = part(registers, self.rows(operation));
                    map::tangent_forward(map, y, source.unwrap_or(&[]), out);
                }
                Kind::Maximum { pieces } => {
                    maximum::gather(pieces, self.read(registers, from), source.unwrap_or(&[]), out);
                }
                Kind::Product { with } => {
                    out.fill([T::ZERO; L]);
                    for (one, other) in [(from, with), (with, from)] {
                        if let Some(tangent) = self.tangent(low, one) {
                            elementwise::add_product(tangent, self.read(registers, other), out);
                        }
                    }
                }
                Kind::Sum { with } => {
                    out.fill([T::ZERO; L]);
                    for one in [from, with] {
                        if let Some(tangent) = self.tangent(low, one) {
                            elementwise::add(tangent, out);
                        }
                    }
                }
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
    fn tangent<'m>(&self, tangents: &'m [[T; L]], register: Register) -> Option<&'m [[T; L]]> {
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
            loss::delta(loss, outputs, &self.chunk.targets, panel * L, self.live(panel), delta);
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
            let outputs =
                self.read(registers, last).chunks_exact(width).zip(output_tangents.chunks_exact(width));
            let panels = part_mut(delta_tangents, range).chunks_exact_mut(width).zip(outputs);
            for (panel, (delta, (outputs, tangents))) in panels.enumerate() {
                loss::delta_tangent(loss, outputs, tangents, self.live(panel), delta);
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
            map::tangent_backward(map, y, self.tangent(tangents, from).unwrap_or(&[]), delta, delta_tangent);
            if operation.in_place {
                return;
            }
        }
        if let Kind::Product { with } | Kind::Sum { with } = operation.kind {
            let product = matches!(operation.kind, Kind::Product { .. });
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
                    Self::add_affine(engine, weight, !affine.transposed, delta_tangent, out);
                    Self::add_affine(engine, step, !affine.transposed, delta, out);
                }
            }
            Kind::Map(_) => elementwise::add(delta_tangent, out),
            Kind::Maximum { pieces } => {
                maximum::scatter(pieces, self.read(traces.registers, from), delta_tangent, out);
            }
            Kind::Slice { start } => {
                let widths = (self.network.width(from), operation.width);
                elementwise::slice_backward(start, widths, delta_tangent, out);
            }
            Kind::Product { .. } | Kind::Sum { .. } | Kind::Loss(_) => {}
        }
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
            if affine.weight_users == 1 {
                self.add_weight(engine, operation, &affine, traces, all.clone(), out);
            } else if !affine.weight_is_shared {
                for example in all.clone() {
                    for (user, other) in self.users(|other| other.weight == affine.weight) {
                        self.add_weight(engine, user, &other, traces, example..example + 1, out);
                    }
                }
            }
            if affine.bias_users == 1 {
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
        let rows = self.rows(operation);
        let x = self.read(traces.registers, operation.from);
        let delta = part(traces.deltas, rows.clone());
        let end = affine.weight + affine.rows * affine.columns;
        let out = part_mut(out, affine.weight..end);
        let Some(columns) = core::num::NonZeroUsize::new(affine.columns) else { return };
        let pair = |delta, x| {
            if affine.transposed { Pair { left: x, right: delta } } else { Pair { left: delta, right: x } }
        };
        match traces.tangents {
            None => engine.outer(&[pair(delta, x)], examples, out, columns),
            Some((tangents, delta_tangents)) => {
                let delta_tangent = part(delta_tangents, rows);
                match self.tangent(tangents, operation.from) {
                    None => engine.outer(&[pair(delta_tangent, x)], examples, out, columns),
                    Some(x_tangent) => {
                        engine.outer(
                            &[pair(delta_tangent, x), pair(delta, x_tangent)],
                            examples,
                            out,
                            columns,
                        );
                    }
                }
            }
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

/// `copy_from_slice` that cannot panic: copies what both have.
trait CopyChecked<T> {
    fn copy_from_slice_checked(&mut self, source: &[T]);
}

impl<T: Copy> CopyChecked<T> for [T] {
    fn copy_from_slice_checked(&mut self, source: &[T]) {
        for (out, value) in self.iter_mut().zip(source) {
            *out = *value;
        }
    }
}
