//! The weights of a θ, turned round once for all chunks.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use thalweg_core::network::operation::{Kind, Operation, Register};
use thalweg_core::network::{Block, View};
use thalweg_core::real::Real;

use crate::engine::lanes::Lanes;
use crate::engine::sparse::meets_inputs_alone;
use crate::engine::tile::{LANES, Lane};
use crate::engine::transpose::{ALONE, Turn, columns_of_lanes, lanes_of_columns, transpose};

/// Copies of weights of some θ, turned round.
#[derive(Debug)]
pub struct Copies<T> {
    /// The first entry of each weight in θ, and where its transpose begins.
    places: Vec<(usize, usize)>,
    entries: Vec<T>,
    /// Of the weights that the inputs meet.
    tables: Vec<Table>,
    lanes: Lanes<T>,
    /// Whether every product with the inputs finds its table.
    complete: bool,
}

/// A θ and copies of its weights.
#[derive(Debug)]
pub struct Turned<'t, T> {
    theta: &'t [T],
    copies: Copies<T>,
}

/// Where the columns of a weight stand: in [`parts`] of [`lanes_of`] its rows lanes, a row for each column and some
/// empty ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The weight.
    pub block: Block,
    first: usize,
}

impl Table {
    /// The lanes of a row.
    #[must_use]
    pub const fn width(&self) -> usize {
        lanes_of(self.block.rows)
    }

    /// The rows, with those that are empty.
    #[must_use]
    pub const fn depth(&self) -> usize {
        lanes_of(self.block.columns) * LANES
    }

    /// The place of the table among all lanes.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.first..self.first + self.width() * self.depth()
    }
}

/// The lanes that so many numbers fill.
#[must_use]
pub const fn lanes_of(rows: usize) -> usize {
    rows.div_ceil(LANES)
}

/// The lanes of a row of a table that stand together, so that what is read again stays in a near cache.
pub const TOGETHER: usize = 4;

/// The first lane of each part of a table of `lanes` lanes, and its width: part after part, row by row.
pub fn parts(lanes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..lanes).step_by(TOGETHER).map(move |first| (first, TOGETHER.min(lanes - first)))
}

impl<T> Default for Copies<T> {
    fn default() -> Self {
        let (places, entries, tables, lanes) = (Vec::new(), Vec::new(), Vec::new(), Lanes::default());
        Self { places, entries, tables, lanes, complete: false }
    }
}

impl<T: Real + Turn + Send + Sync> Copies<T> {
    /// Turns those weights of `theta` round that the sweeps of `network` read by columns; the tables stay as they are.
    pub fn turn(&mut self, network: &View<'_>, theta: &[T]) {
        let mut length = 0;
        self.places.clear();
        for operation in network.operations() {
            let Kind::Affine(affine) = operation.kind() else { continue };
            let source = operation.from().number().checked_sub(1).map(|index| network.operations()[index]);
            let by_columns = affine.is_transposed() || source.is_some_and(|source| source.is_active());
            if by_columns && !self.places.iter().any(|place| place.0 == affine.weight) {
                let (start, size) = (length, affine.rows * affine.columns);
                length += size;
                self.places.push((affine.weight, start));
                if self.entries.len() < length {
                    self.entries.resize(length, T::ZERO);
                }
                let weight = &theta[affine.weight..affine.weight + size];
                transpose(affine.rows, affine.columns, weight, &mut self.entries[start..length]);
            }
        }
    }

    /// Makes tables of those weights that meet sparse inputs and nothing else: if leaving out products with zeros
    /// changes no bit of θ's, see [`crate::engine::sparse`].
    pub fn make_tables(&mut self, network: &View<'_>, theta: &[T]) {
        self.tables.clear();
        self.lanes.clear();
        let mut readers = network.operations().iter().filter(|operation| reads_inputs(operation)).count();
        for block in network.blocks().filter(|block| meets_inputs_alone(network, block)) {
            let Some(operation) = network.operations().get(block.operation) else { continue };
            let Kind::Affine(affine) = operation.kind() else { continue };
            let bias = affine.bias.map_or(&[][..], |bias| &theta[bias..bias + affine.rows]);
            if bias.iter().any(is_negative_zero) {
                continue;
            }
            let table = Table { block, first: self.lanes.len() };
            self.lanes.resize(table.range().end);
            if fill_table(&table, theta, &mut self.lanes) {
                self.tables.push(table);
                readers -= 1;
            } else {
                self.lanes.resize(table.first);
            }
        }
        self.complete = readers == 0;
    }

    /// The tables.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The lanes of all tables.
    #[must_use]
    pub fn lanes(&mut self) -> &mut [Lane<T>] {
        &mut self.lanes
    }

    /// Writes the weights of the tables where they stand in θ.
    pub fn write_back(&self, theta: &mut [T]) {
        self.tables.iter().for_each(|table| read_table(table, &self.lanes, theta));
    }
}

/// Whether a number is −0.
pub fn is_negative_zero<T: Real>(value: &T) -> bool {
    *value == T::ZERO && value.to_f64().is_sign_negative()
}

/// Writes the columns of a weight, which stands in a vector as in θ, to its table; answers whether all are finite.
pub fn fill_table<T: Real + Turn>(table: &Table, vector: &[T], lanes: &mut [Lane<T>]) -> bool {
    let (columns, arch, weight) = (table.block.columns, Arch::new(), &vector[table.block.range()]);
    let (out, rows) = (&mut lanes[table.range()], TOGETHER * LANES * columns);
    let part = |(out, weight): (&mut [Lane<T>], &[T])| arch.dispatch(Part { weight, columns, out });
    if weight.len() < ALONE {
        let parts = out.chunks_mut(TOGETHER * table.depth()).zip(weight.chunks(rows));
        parts.map(part).fold(true, |all, one| all & one)
    } else {
        let parts = out.par_chunks_mut(TOGETHER * table.depth()).zip(weight.par_chunks(rows));
        parts.map(part).reduce(|| true, |a, b| a & b)
    }
}

/// Writes a weight from its table to a vector, where it stands as in θ.
pub fn read_table<T: Real + Turn>(table: &Table, lanes: &[Lane<T>], vector: &mut [T]) {
    let (columns, arch) = (table.block.columns, Arch::new());
    let (lanes, weight) = (&lanes[table.range()], &mut vector[table.block.range()]);
    let part = |(lanes, weight): (&[Lane<T>], &mut [T])| arch.dispatch(Back { lanes, columns, weight });
    let parts = weight.par_chunks_mut(TOGETHER * LANES * columns);
    lanes.par_chunks(TOGETHER * table.depth()).zip(parts).for_each(part);
}

impl<'t, T: Real + Turn + Send + Sync> Turned<'t, T> {
    /// Turns those weights of `theta` round that the sweeps of `network` read by columns.
    #[must_use]
    pub fn new(network: &View<'_>, theta: &'t [T]) -> Self {
        let mut copies = Copies::default();
        copies.turn(network, theta);
        Self { theta, copies }
    }

    /// The same, and tables of those weights that meet sparse inputs and nothing else: see [`Copies::make_tables`].
    #[must_use]
    pub fn with_tables(network: &View<'_>, theta: &'t [T]) -> Self {
        let mut turned = Self::new(network, theta);
        turned.copies.make_tables(network, theta);
        turned
    }

    /// A θ beside copies of its weights, which may be newer where they are tables.
    #[must_use]
    pub const fn beside(theta: &'t [T], copies: Copies<T>) -> Self {
        Self { theta, copies }
    }

    /// The copies alone.
    #[must_use]
    pub fn into_copies(self) -> Copies<T> {
        self.copies
    }

    /// Whether every product of these weights with sparse inputs finds its table.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.copies.complete
    }

    /// Where a weight stands in this θ, if it is a part of it.
    #[must_use]
    pub fn offset(&self, weight: &[T]) -> Option<usize> {
        let distance = (weight.as_ptr() as usize).checked_sub(self.theta.as_ptr() as usize)?;
        let offset = distance / size_of::<T>();
        (offset + weight.len() <= self.theta.len()).then_some(offset)
    }

    /// The transpose of a weight, if it is a part of this θ and was turned round.
    ///
    /// While θ is borrowed here, no other slice can stand at its place.
    #[must_use]
    pub fn of(&self, weight: &[T]) -> Option<&[T]> {
        let offset = self.offset(weight)?;
        let &(_, start) = self.copies.places.iter().find(|place| place.0 == offset)?;
        self.copies.entries.get(start..start + weight.len())
    }

    /// The table of a weight, if it is a part of this θ and has one: see [`Table`].
    #[must_use]
    pub fn table_of(&self, weight: &[T]) -> Option<&[Lane<T>]> {
        let offset = self.offset(weight)?;
        let table = self.copies.tables.iter().find(|table| table.block.offset == offset)?;
        self.copies.lanes.get(table.range())
    }
}

const fn is_input(register: Register) -> bool {
    register.number() == Register::INPUT.number()
}

const fn reads_inputs(operation: &Operation) -> bool {
    let other = match operation.kind() {
        Kind::Product { with } | Kind::Sum { with } => is_input(with),
        _ => false,
    };
    is_input(operation.from()) || other
}

/// Whether all numbers are finite, without a branch or a call for each: only a finite number times zero is zero.
#[inline(always)]
pub fn all_finite<T: Real>(values: &[T]) -> bool {
    let (lanes, rest) = values.as_chunks::<LANES>();
    let mut zeros = [T::ZERO; LANES];
    for lane in lanes {
        for (zero, value) in zeros.iter_mut().zip(lane) {
            *zero += *value * T::ZERO;
        }
    }
    for (zero, value) in zeros.iter_mut().zip(rest) {
        *zero += *value * T::ZERO;
    }
    zeros == [T::ZERO; LANES]
}

/// Row c of a part of a table holds `weight[·][c]`; answers whether all numbers are finite.
struct Part<'a, T> {
    weight: &'a [T],
    columns: usize,
    out: &'a mut [Lane<T>],
}

impl<T: Real + Turn> WithSimd for Part<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Self { weight, columns, out } = self;
        let width = lanes_of(weight.len() / columns);
        for (lane, weight) in weight.chunks(LANES * columns).enumerate() {
            lanes_of_columns(weight, columns, width, &mut out[lane..]);
        }
        all_finite(weight)
    }
}

/// The weight whose columns a part of a table holds.
struct Back<'a, T> {
    lanes: &'a [Lane<T>],
    columns: usize,
    weight: &'a mut [T],
}

impl<T: Real + Turn> WithSimd for Back<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { lanes, columns, weight } = self;
        let width = lanes_of(weight.len() / columns);
        for (lane, weight) in weight.chunks_mut(LANES * columns).enumerate() {
            columns_of_lanes(&lanes[lane..], width, columns, weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::network::Network;

    const NET: Network<4> = Network::input(35).dense(33).relu().dense(2).squared_error();

    #[test]
    fn a_table_holds_the_columns_of_the_first_weight() {
        let network = NET.view();
        let mut theta: Vec<f32> = (0..network.parameters()).map(|index| index as f32 + 1.0).collect();
        let turned = Turned::with_tables(&network, &theta);
        let table = turned.table_of(&theta[..33 * 35]).unwrap();
        for (row, column) in [(0, 0), (32, 0), (31, 34), (5, 33)] {
            assert_eq!(table[column * 2 + row / 32][row % 32], theta[row * 35 + column]);
            assert!(turned.is_complete());
        }
        assert!(turned.table_of(&theta[33 * 36..]).is_none());
        theta[7] = f32::NAN;
        assert!(Turned::with_tables(&network, &theta).table_of(&theta[..33 * 35]).is_none());
        theta[7] = 0.0;
        theta[33 * 35] = -0.0;
        assert!(Turned::with_tables(&network, &theta).table_of(&theta[..33 * 35]).is_none());
        assert!(!Turned::with_tables(&network, &theta).is_complete());
    }
}
