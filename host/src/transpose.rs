//! Blocks of numbers turned round, and the weights of a θ turned round once for all chunks.

use thalweg_core::network::View;
use thalweg_core::operation::Kind;
use thalweg_core::real::Real;

use crate::tile::{LANES, Lane};

/// `out[c][r] = in[r][c]`, in blocks that fit the nearest cache.
pub fn transpose<T: Copy>(rows: usize, columns: usize, entries: &[T], out: &mut [T]) {
    const BLOCK: usize = 16;
    for first_row in (0..rows).step_by(BLOCK) {
        let last_row = (first_row + BLOCK).min(rows);
        for first_column in (0..columns).step_by(BLOCK) {
            let last_column = (first_column + BLOCK).min(columns);
            for row in first_row..last_row {
                for column in first_column..last_column {
                    out[column * rows + row] = entries[row * columns + column];
                }
            }
        }
    }
}

/// `out[step·e][c] = in[c][e]`: up to [`LANES`] rows of a panel become a lane for each of its examples.
#[inline(always)]
pub fn lanes_of_examples<T: Copy>(rows: &[Lane<T>], step: usize, out: &mut [Lane<T>]) {
    for (column, row) in rows.iter().enumerate().take(LANES) {
        for (out, entry) in out.iter_mut().step_by(step).zip(row) {
            out[column] = *entry;
        }
    }
}

/// The weights of one θ that a sweep reads by columns, turned round.
#[derive(Debug)]
pub struct Turned<'t, T> {
    theta: &'t [T],
    /// The first entry of each weight in θ, and where its transpose begins.
    places: Vec<(usize, usize)>,
    entries: Vec<T>,
}

impl<'t, T: Real> Turned<'t, T> {
    /// Turns those weights of `theta` round that the sweeps of `network` read by columns.
    #[must_use]
    pub fn new(network: &View<'_>, theta: &'t [T]) -> Self {
        let mut turned = Self { theta, places: Vec::new(), entries: Vec::new() };
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

    /// The transpose of a weight, if it is a part of this θ and was turned round.
    ///
    /// While θ is borrowed here, no other slice can stand at its place.
    #[must_use]
    pub fn of(&self, weight: &[T]) -> Option<&[T]> {
        let distance = (weight.as_ptr() as usize).checked_sub(self.theta.as_ptr() as usize)?;
        let offset = distance / size_of::<T>();
        let &(_, start) = self.places.iter().find(|place| place.0 == offset)?;
        let inside = offset + weight.len() <= self.theta.len();
        if inside { self.entries.get(start..start + weight.len()) } else { None }
    }
}
