//! The sweeps over a chunk of examples: forward, backward, and both again for tangents.
//!
//! Four rules per operation give everything: the forward sweep the cost, the backward sweep the
//! gradient, and the tangents of both (Pearlmutter's R-operator) the Hessian–vector product. Each
//! sweep writes to memory of the caller; what an earlier sweep wrote is read by the later ones, so
//! that several directions can be pushed through one linearisation.
//!
//! # Source
//! Pearlmutter, *Fast exact multiplication by the Hessian* (1994).

mod parameters;
mod backward;
mod curvature;
mod tangent;
mod gauss_newton;

pub use gauss_newton::Curvature;

pub use parameters::{Tangents, Traces};

use core::ops::Range;

use crate::engine::{Engine, Matrix};
use crate::examples::Chunk;
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::View;
use crate::network::operation::{Affine, Kind, Operation, Register};
use crate::real::Real;
use crate::rules::loss::Tally;
use crate::rules::{elementwise, maximum};

/// A network at one θ over one chunk of examples.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a, T, const L: usize> {
    pub(crate) network: View<'a>,
    theta: &'a [T],
    pub(crate) chunk: Chunk<'a, T, L>,
    pub(crate) panels: usize,
}

/// The part of a memory that holds `width` rows of each panel, from row `offset` on.
fn range(offset: usize, width: usize, panels: usize) -> Range<usize> {
    offset * panels..(offset + width) * panels
}

pub(crate) fn part<T>(memory: &[T], range: Range<usize>) -> &[T] {
    memory.get(range).unwrap_or(&[])
}

pub(crate) fn part_mut<T>(memory: &mut [T], range: Range<usize>) -> &mut [T] {
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
            if bias.is_empty() {
                panel.fill([T::ZERO; L]);
            }
            for (y, bias) in panel.iter_mut().zip(bias) {
                *y = [*bias; L];
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
                    Self::affine(
                        engine,
                        weight,
                        bias,
                        affine.is_transposed(),
                        self.read(low, operation.from),
                        y,
                    );
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
            #[cfg(feature = "maximum")]
            Kind::Maximum { pieces } => maximum::forward(pieces, self.read(low, from), y),
            #[cfg(feature = "product")]
            Kind::Product { with } => elementwise::product(self.read(low, from), self.read(low, with), y),
            #[cfg(feature = "sum")]
            Kind::Sum { with } => elementwise::sum(self.read(low, from), self.read(low, with), y),
            #[cfg(feature = "slice")]
            Kind::Slice { start } => {
                let widths = (self.network.width(from), operation.width);
                elementwise::slice(start, widths, self.read(low, from), y);
            }
        }
    }

    /// Calls `each` with the loss of every example and whether it is answered rightly, in order.
    pub fn losses(
        &self,
        engine: &mut impl Engine<T, L>,
        registers: &[[T; L]],
        mut each: impl FnMut(usize, T, bool),
    ) {
        let Some((loss, from)) = self.network.loss() else { return };
        let outputs = self.read(registers, from).chunks_exact(self.network.width(from).max(1));
        let mut losses = [(T::ZERO, false); L];
        for (panel, outputs) in outputs.enumerate() {
            let (first, live) = (panel * L, self.live(panel));
            engine.losses(loss, outputs, &self.chunk.targets, (first, live), &mut losses);
            for (lane, &(value, correct)) in losses.iter().enumerate().take(live) {
                each(first + lane, value, correct);
            }
        }
    }

    /// Adds the losses of the chunk to `tally`, example by example.
    pub fn tally(&self, engine: &mut impl Engine<T, L>, registers: &[[T; L]], tally: &mut Tally) {
        self.losses(engine, registers, |_, loss, correct| tally.add(loss.to_f64(), correct));
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
