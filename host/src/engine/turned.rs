//! The weights of a θ, turned round once for all chunks.

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::network::operation::{Kind, Operation, Register};
use thalweg_core::network::{Block, View};
use thalweg_core::real::Real;

use crate::engine::sparse::meets_inputs_alone;
use crate::engine::tile::{LANES, Lane};
use crate::engine::transpose::{Turn, lanes_of_columns, transpose};

/// The weights of one θ that a sweep reads by columns, turned round.
#[derive(Debug)]
pub struct Turned<'t, T> {
    theta: &'t [T],
    /// The first entry of each weight in θ, and where its transpose begins.
    places: Vec<(usize, usize)>,
    entries: Vec<T>,
    /// The first entry of each weight that the inputs meet, and the first lane of its columns.
    tables: Vec<(usize, usize)>,
    lanes: Vec<Lane<T>>,
    /// Whether every product with the inputs finds its table.
    complete: bool,
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

impl<'t, T: Real + Turn> Turned<'t, T> {
    /// Turns those weights of `theta` round that the sweeps of `network` read by columns.
    #[must_use]
    pub fn new(network: &View<'_>, theta: &'t [T]) -> Self {
        let mut turned = Self {
            theta,
            places: Vec::new(),
            entries: Vec::new(),
            tables: Vec::new(),
            lanes: Vec::new(),
            complete: false,
        };
        for operation in network.operations() {
            let Kind::Affine(affine) = operation.kind() else { continue };
            let source = operation.from().number().checked_sub(1).map(|index| network.operations()[index]);
            let by_columns = affine.is_transposed() || source.is_some_and(|source| source.is_active());
            if by_columns && !turned.places.iter().any(|place| place.0 == affine.weight) {
                let (start, size) = (turned.entries.len(), affine.rows * affine.columns);
                turned.places.push((affine.weight, start));
                turned.entries.resize(start + size, T::ZERO);
                let weight = &theta[affine.weight..affine.weight + size];
                transpose(affine.rows, affine.columns, weight, &mut turned.entries[start..]);
            }
        }
        turned
    }

    /// The same, and tables of those weights that meet sparse inputs and nothing else: if leaving out products
    /// with zeros changes no bit of θ's, see [`crate::engine::sparse`].
    #[must_use]
    pub fn with_tables(network: &View<'_>, theta: &'t [T]) -> Self {
        let mut turned = Self::new(network, theta);
        let mut readers = network.operations().iter().filter(|operation| reads_inputs(operation)).count();
        for block in network.blocks().filter(|block| meets_inputs_alone(network, block)) {
            let Some(operation) = network.operations().get(block.operation) else { continue };
            let Kind::Affine(affine) = operation.kind() else { continue };
            let weight = &theta[block.range()];
            let bias = affine.bias.map_or(&[][..], |bias| &theta[bias..bias + affine.rows]);
            let negative_zero = |value: &T| *value == T::ZERO && value.to_f64().is_sign_negative();
            if !bias.iter().any(negative_zero) && turned.add_table(&block, weight) {
                readers -= 1;
            }
        }
        turned.complete = readers == 0;
        turned
    }

    /// Adds a table, if all its numbers are finite.
    fn add_table(&mut self, block: &Block, weight: &[T]) -> bool {
        let start = self.lanes.len();
        let rows = lanes_of(block.columns) * LANES;
        self.lanes.resize(start + lanes_of(block.rows) * rows, [T::ZERO; LANES]);
        let finite =
            Arch::new().dispatch(Table { weight, columns: block.columns, out: &mut self.lanes[start..] });
        if finite {
            self.tables.push((block.offset, start));
        }
        finite
    }

    /// Whether every product of these weights with sparse inputs finds its table.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    fn offset(&self, weight: &[T]) -> Option<usize> {
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
        let &(_, start) = self.places.iter().find(|place| place.0 == offset)?;
        self.entries.get(start..start + weight.len())
    }

    /// The table of a weight, in [`parts`] of [`lanes_of`] its rows lanes, if it is a part of this θ and has one:
    /// a row for each of its columns, and some empty ones.
    #[must_use]
    pub fn table_of(&self, weight: &[T]) -> Option<&[Lane<T>]> {
        let offset = self.offset(weight)?;
        let &(_, start) = self.tables.iter().find(|place| place.0 == offset)?;
        self.lanes.get(start..)
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

/// Whether all numbers are finite, without a branch for each.
#[inline(always)]
pub fn all_finite<T: Real>(values: &[T]) -> bool {
    // an infinity or NaN is no zero away from itself
    !values.iter().fold(false, |found, value| found | (*value - *value != T::ZERO))
}

/// Row c of `out` holds `weight[·][c]`; answers whether all numbers are finite.
struct Table<'a, T> {
    weight: &'a [T],
    columns: usize,
    out: &'a mut [Lane<T>],
}

impl<T: Real + Turn> WithSimd for Table<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Self { weight, columns, out } = self;
        let lanes = lanes_of(weight.len() / columns.max(1));
        let rows = out.len() / lanes.max(1);
        for (first, width) in parts(lanes) {
            let part = &mut out[first * rows..][..width * rows];
            for lane in 0..width {
                let start = (first + lane) * LANES * columns;
                let weight = &weight[start..weight.len().min(start + LANES * columns)];
                lanes_of_columns(weight, columns, width, &mut part[lane..]);
            }
        }
        all_finite(weight)
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
