//! The sums over examples, G ← G + Σ left·rightᵀ: a lane of columns at a time.
//!
//! The core's `Exact` engine takes the pairs of an example one after the other: rows of [`interleave`]d left sides
//! run over (example, pair), and so do lanes of right sides. An engine that may take one pair after the other reads
//! the left sides where they stand. Threads share out the lanes of columns: no sum is ever cut.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::engine::Pair;
use thalweg_core::real::Real;

use crate::engine::lanes::Lanes;
use crate::engine::tile::{Arithmetic, LANES, Lane, Piece, by_registers};
use crate::engine::transpose::{Turn, lanes_of_examples};

/// Lays the left sides of pairs side by side, row by row: `[row][example·pairs + pair]`, so that a row is one
/// long run.
pub fn interleave<T: Real>(pairs: &[Pair<'_, T, LANES>], rows: usize, out: &mut Vec<T>) {
    let count = pairs.len();
    let terms = pairs.first().map_or(0, |pair| pair.left.len() / rows.max(1)) * LANES * count;
    out.resize(rows * terms, T::ZERO);
    for (place, pair) in pairs.iter().enumerate() {
        for (panel, left) in pair.left.chunks_exact(rows).enumerate() {
            let first = panel * LANES * count;
            for (out, left) in out.chunks_exact_mut(terms).zip(left) {
                let out = &mut out[first..first + LANES * count];
                if count == 1 {
                    out.copy_from_slice(left);
                } else if let (2, (out, [])) = (count, out.as_chunks_mut::<2>()) {
                    out.iter_mut().zip(left).for_each(|(out, left)| out[place] = *left);
                } else {
                    out[place..].iter_mut().step_by(count).zip(left).for_each(|(out, left)| *out = *left);
                }
            }
        }
    }
}

/// Writes right sides as lanes of columns, for [`Terms::turned`]: lane after lane, a row for each example.
pub fn turn<T: Real + Turn>(arch: Arch, panels: &[Lane<T>], columns: usize) -> Lanes<T> {
    let examples = panels.len() / columns.max(1) * LANES;
    let mut out = Lanes::zeros(columns.div_ceil(LANES) * examples);
    for (lane, out) in out.chunks_exact_mut(examples.max(1)).enumerate() {
        arch.dispatch(TurnLane { panels, columns, first: lane * LANES, step: 1, out });
    }
    out
}

/// Writes columns from `first` on as a lane for each example, every `step` rows.
pub(crate) struct TurnLane<'a, T> {
    pub panels: &'a [Lane<T>],
    pub columns: usize,
    pub first: usize,
    pub step: usize,
    pub out: &'a mut [Lane<T>],
}

impl<T: Real + Turn> WithSimd for TurnLane<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { panels, columns, first, step, out } = self;
        let last = (first + LANES).min(columns);
        for (panel, out) in panels.chunks_exact(columns).zip(out.chunks_mut(LANES * step)) {
            lanes_of_examples(&panel[first..last], step, out);
        }
    }
}

/// What one chunk adds to a lane of columns.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a, 'p, T> {
    /// As [`interleave`] lays it, or nothing to take one pair after the other.
    pub left: Option<&'a [T]>,
    /// The rows of the sum.
    pub rows: usize,
    /// The pairs; where `left` is given, only their right sides are read.
    pub pairs: &'a [Pair<'p, T, LANES>],
    /// For each pair its right side as [`turn`] writes it, where that was done before; read if `left` is not given.
    pub turned: &'a [Option<&'p [Lane<T>]>],
    /// The columns of the sum.
    pub columns: usize,
    /// The examples of the chunk.
    pub examples: usize,
}

/// Adds the terms of a chunk to the sums of the lane of columns that begins with `first`: one lane per row.
pub fn add<T: Real + Turn, A: Arithmetic<T>>(
    arch: Arch,
    terms: &Terms<'_, '_, T>,
    first: usize,
    right: &mut Lanes<T>,
    sums: &mut [Lane<T>],
) {
    let Terms { left, rows, pairs, columns, examples, .. } = *terms;
    let (count, all) = (pairs.len(), examples.div_ceil(LANES) * LANES);
    right.resize(all * count);
    if let Some(left) = left {
        for (place, pair) in pairs.iter().enumerate() {
            let out = &mut right[place..];
            arch.dispatch(TurnLane { panels: pair.right, columns, first, step: count, out });
        }
        let pieces = [Piece { w: left, x: &right[..examples * count] }];
        arch.dispatch(Add { pieces: &pieces, stride: all * count, sums, arithmetic: PhantomData::<A> });
        return;
    }
    let turned = |place: usize| terms.turned.get(place).copied().flatten();
    for (place, (pair, out)) in pairs.iter().zip(right.chunks_exact_mut(all)).enumerate() {
        if turned(place).is_none() {
            arch.dispatch(TurnLane { panels: pair.right, columns, first, step: 1, out });
        }
    }
    let mut pieces = Vec::with_capacity(count * all / LANES);
    for (place, (pair, right)) in pairs.iter().zip(right.chunks_exact(all)).enumerate() {
        let right = turned(place).map_or(right, |turned| &turned[first / LANES * all..][..all]);
        let left = pair.left.chunks_exact(rows);
        pieces.extend(
            left.zip(right[..examples].chunks(LANES)).map(|(left, x)| Piece { w: left.as_flattened(), x }),
        );
    }
    arch.dispatch(Add { pieces: &pieces, stride: LANES, sums, arithmetic: PhantomData::<A> });
}

struct Add<'s, 'a, T, A> {
    pieces: &'s [Piece<'a, T>],
    stride: usize,
    sums: &'s mut [Lane<T>],
    arithmetic: PhantomData<A>,
}

impl<T: Real, A: Arithmetic<T>> WithSimd for Add<'_, '_, T, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        by_registers::<T, A, S>(self.pieces.iter().copied(), self.stride, self.sums);
    }
}

/// Adds the values of `examples` examples to one sum for each row of their panels, in no order to rely on.
pub fn add_rows<T: Real>(arch: Arch, panels: &[Lane<T>], examples: usize, out: &mut [T]) {
    arch.dispatch(AddRows { panels, examples, out });
}

struct AddRows<'a, T> {
    panels: &'a [Lane<T>],
    examples: usize,
    out: &'a mut [T],
}

impl<T: Real> WithSimd for AddRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { panels, examples, out } = self;
        let rows = out.len().max(1);
        let (whole, last) = panels.split_at(examples / LANES * rows);
        for (row, out) in out.iter_mut().enumerate() {
            let mut sums = [T::ZERO; LANES];
            for values in whole.iter().skip(row).step_by(rows) {
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += *value);
            }
            let live = last.get(row).map_or(&[][..], |values| &values[..examples % LANES]);
            sums.iter_mut().zip(live).for_each(|(sum, value)| *sum += *value);
            for half in [16, 8, 4, 2, 1] {
                for lane in 0..half {
                    sums[lane] += sums[lane + half];
                }
            }
            *out += sums[0];
        }
    }
}

/// Columns that are products of two inputs, or one input, of each example.
#[derive(Clone, Copy, Debug)]
pub struct Products<'a, T> {
    /// Panels of inputs, and how many inputs a panel has.
    pub first: (&'a [Lane<T>], usize),
    /// Likewise; a column is one input of `first` alone if there is none.
    pub second: Option<(&'a [Lane<T>], usize)>,
    /// Up to [`LANES`] places in `first` and `second`.
    pub columns: &'a [(usize, usize)],
}

/// Adds Σ left·columnsᵀ over the examples of a chunk: one lane per row of `left` (`[row][example]`).
pub fn add_products<T: Real + Turn, A: Arithmetic<T>>(
    arch: Arch,
    left: &[T],
    products: &Products<'_, T>,
    examples: usize,
    right: &mut Lanes<T>,
    sums: &mut [Lane<T>],
) {
    right.resize(examples.div_ceil(LANES) * LANES);
    arch.dispatch(AddProducts { left, products, examples, right, sums, arithmetic: PhantomData::<A> });
}

struct AddProducts<'s, 'a, T, A> {
    left: &'s [T],
    products: &'s Products<'a, T>,
    examples: usize,
    right: &'s mut [Lane<T>],
    sums: &'s mut [Lane<T>],
    arithmetic: PhantomData<A>,
}

impl<T: Real + Turn, A: Arithmetic<T>> WithSimd for AddProducts<'_, '_, T, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { left, products, examples, right, sums, .. } = self;
        let mut block = [[T::ZERO; LANES]; LANES];
        for (panel, out) in right.chunks_exact_mut(LANES).enumerate() {
            for (row, &(k, l)) in block.iter_mut().zip(products.columns) {
                *row = products.first.0[panel * products.first.1 + k];
                if let Some((inputs, width)) = products.second {
                    for (entry, other) in row.iter_mut().zip(&inputs[panel * width + l]) {
                        *entry *= *other;
                    }
                }
            }
            lanes_of_examples(&block, 1, out);
        }
        let stride = right.len();
        let piece = Piece { w: left, x: &right[..examples] };
        by_registers::<T, A, S>(std::iter::once(piece), stride, sums);
    }
}
