//! The backward sweep over one example that moves each weight when its last reader has passed.

use core::num::NonZeroUsize;
use core::ops::Range;

use crate::device::update::Update;
use crate::engine::{Engine, Exact, Matrix};
use crate::network::View;
use crate::network::operation::{Affine, Kind, Operation, Register};
use crate::real::Real;
use crate::rules::{elementwise, map, maximum};
use crate::sweep::{part, part_mut};

/// The backward sweep over one example that moves the parameters.
pub(super) struct Backward<'a, T> {
    network: View<'a>,
    inputs: &'a [[T; 1]],
    registers: &'a [[T; 1]],
    is_chain: bool,
    /// Which of the two rows of a chain holds the current delta.
    side: usize,
}

/// Two parts of a memory that do not touch.
fn two<T>(memory: &mut [T], first: Range<usize>, second: Range<usize>) -> (&mut [T], &mut [T]) {
    let later = first.start.max(second.start).min(memory.len());
    let (low, high) = memory.split_at_mut_checked(later).unwrap_or((&mut [], &mut []));
    if first.start < second.start {
        (part_mut(low, first), part_mut(high, 0..second.len()))
    } else {
        (part_mut(high, 0..first.len()), part_mut(low, second))
    }
}

impl<'a, T: Real> Backward<'a, T> {
    /// The sweep over what the forward sweep left, before its first operation.
    pub(super) const fn new(network: View<'a>, inputs: &'a [[T; 1]], registers: &'a [[T; 1]]) -> Self {
        Self { network, inputs, registers, is_chain: network.is_chain(), side: 0 }
    }

    /// Whether two rows take turns as the deltas.
    pub(super) const fn is_chain(&self) -> bool {
        self.is_chain
    }

    /// A register's values.
    pub(super) fn read(&self, register: Register) -> &'a [[T; 1]] {
        match self.network.offset(register) {
            None => self.inputs,
            Some(offset) => part(self.registers, offset..offset + self.network.width(register)),
        }
    }

    /// Where the delta of a register stands that is the current one, or has a place of its own.
    pub(super) fn delta(&self, register: Register) -> Range<usize> {
        self.place(register, self.side)
    }

    fn place(&self, register: Register, side: usize) -> Range<usize> {
        let start = if self.is_chain {
            side * self.network.widest_row()
        } else {
            self.network.offset(register).unwrap_or(0)
        };
        start..start + self.network.width(register)
    }

    /// Hands the delta of an operation on to what it reads, and moves its weights.
    pub(super) fn pass(
        &mut self,
        operation: &Operation,
        theta: &mut [T],
        update: &mut impl Update<T>,
        deltas: &mut [[T; 1]],
    ) {
        let from = operation.from;
        let start = if self.is_chain { self.side * self.network.widest_row() } else { operation.offset };
        let own = start..start + operation.width;
        let y = part(self.registers, operation.offset..operation.offset + operation.width);
        if let Kind::Map(map) = operation.kind {
            map::backward(map, y, part_mut(deltas, own.clone()));
            if operation.in_place {
                return;
            }
        }
        for read in [Some(from), operation.second()].into_iter().flatten() {
            let wanted = self.network.is_active(read);
            let out = if wanted { self.place(read, 1 - self.side) } else { own.end..own.end };
            let (delta, out) = two(deltas, own.clone(), out);
            if self.is_chain {
                out.fill([T::ZERO]);
            }
            match operation.kind {
                Kind::Affine(affine) => {
                    self.affine(
                        operation,
                        &affine,
                        theta,
                        update,
                        (delta.as_flattened(), out.as_flattened_mut()),
                    );
                }
                _ if !wanted => {}
                Kind::Map(_) => elementwise::add(delta, out),
                #[cfg(feature = "sum")]
                Kind::Sum { .. } => elementwise::add(delta, out),
                #[cfg(feature = "product")]
                Kind::Product { with } => {
                    let other = if read == from { with } else { from };
                    elementwise::add_product(delta, self.read(other), out);
                }
                #[cfg(feature = "maximum")]
                Kind::Maximum { pieces } => maximum::scatter(pieces, self.read(from), delta, out),
                #[cfg(feature = "slice")]
                Kind::Slice { start } => {
                    let widths = (self.network.width(from), operation.width);
                    elementwise::slice_backward(start, widths, delta, out);
                }
                Kind::Loss(_) => {}
            }
        }
        self.side = 1 - self.side;
        if let (Kind::Affine(affine), false) = (operation.kind, self.is_chain) {
            self.shared((&affine, operation.width), theta, update, deltas);
        }
    }
}

impl<'a, T: Real> Backward<'a, T> {
    /// The rule of an affine operation: its delta handed on by the weights as they were, and the
    /// parameters moved that no operation before it reads.
    fn affine(
        &self,
        operation: &Operation,
        affine: &Affine,
        theta: &mut [T],
        update: &mut impl Update<T>,
        (delta, out): (&[T], &mut [T]),
    ) {
        let Some(columns) = NonZeroUsize::new(affine.columns) else { return };
        let end = affine.weight + affine.rows * affine.columns;
        if affine.owns_weight() {
            let weight = part_mut(theta, affine.weight..end);
            let x = self.read(operation.from).as_flattened();
            update.weight((affine.weight, columns), weight, delta, x, out);
        } else if !out.is_empty()
            && let Some(weight) = theta.get(affine.weight..end)
            && let Some(weight) = Matrix::new(weight, affine.rows, affine.columns)
        {
            let (delta, _) = delta.as_chunks::<1>();
            let (out, _) = out.as_chunks_mut::<1>();
            if affine.is_transposed() {
                Exact.affine(weight, delta, out);
            } else {
                Exact.affine_transposed(weight, delta, out);
            }
        }
        if let (true, Some(bias)) = (affine.owns_bias(), affine.bias) {
            update.bias(bias, part_mut(theta, bias..bias + operation.width), delta);
        }
    }

    /// Moves the weights and biases that `owner` brought and others read too, now that all have passed:
    /// the gradient of each is a sum over its readers, the last operation first.
    fn shared(
        &self,
        (owner, width): (&Affine, usize),
        theta: &mut [T],
        update: &mut impl Update<T>,
        deltas: &[[T; 1]],
    ) {
        let readers = |wanted: fn(&Affine, &Affine) -> bool| {
            self.network.operations().iter().rev().filter_map(move |operation| match operation.kind {
                Kind::Affine(affine) if wanted(&affine, owner) => {
                    let delta = part(deltas, operation.offset..operation.offset + operation.width);
                    Some((affine, self.read(operation.from).as_flattened(), delta.as_flattened()))
                }
                _ => None,
            })
        };
        let zero = T::ZERO;
        if !owner.owns_weight() && !owner.weight_is_shared {
            for row in 0..owner.rows {
                for column in 0..owner.columns {
                    let mut gradient = zero;
                    for (affine, x, delta) in readers(|affine, owner| affine.weight == owner.weight) {
                        let (left, right) = if affine.is_transposed() { (x, delta) } else { (delta, x) };
                        if let (Some(left), Some(right)) = (left.get(row), right.get(column)) {
                            gradient += *left * *right;
                        }
                    }
                    let index = owner.weight + row * owner.columns + column;
                    if let Some(theta) = theta.get_mut(index) {
                        update.entry(index, theta, gradient);
                    }
                }
            }
        }
        if let (Some(bias), false) = (owner.bias, owner.bias_is_shared)
            && !owner.owns_bias()
        {
            for row in 0..width {
                let mut gradient = zero;
                for (_, _, delta) in readers(|affine, owner| affine.bias == owner.bias) {
                    gradient += delta.get(row).copied().unwrap_or(zero);
                }
                if let Some(theta) = theta.get_mut(bias + row) {
                    update.entry(bias + row, theta, gradient);
                }
            }
        }
    }
}
