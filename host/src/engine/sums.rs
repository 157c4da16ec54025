//! The sums over examples, G ← G + Σ left·rightᵀ: a lane of columns at a time.
//!
//! Rows of `left` run over (example, pair) and so do lanes of `right`, so that one sum takes the pairs of an
//! example one after the other, as the core's `Exact` engine does. Threads share out the lanes of columns:
//! no sum is ever cut.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::engine::Pair;
use thalweg_core::real::Real;

use crate::engine::tile::{Arithmetic, LANES, Lane, by_registers};
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

/// What one chunk adds to a lane of columns.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a, 'p, T> {
    /// As [`interleave`] lays it.
    pub left: &'a [T],
    /// The rows of the sum.
    pub rows: usize,
    /// The pairs, of which the right sides are read.
    pub pairs: &'a [Pair<'p, T, LANES>],
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
    right: &mut Vec<Lane<T>>,
    sums: &mut [Lane<T>],
) {
    right.resize(terms.examples.div_ceil(LANES) * LANES * terms.pairs.len(), [T::ZERO; LANES]);
    arch.dispatch(Add { terms, first, right, sums, arithmetic: PhantomData::<A> });
}

struct Add<'s, 'a, 'p, T, A> {
    terms: &'s Terms<'a, 'p, T>,
    first: usize,
    right: &'s mut [Lane<T>],
    sums: &'s mut [Lane<T>],
    arithmetic: PhantomData<A>,
}

impl<T: Real + Turn, A: Arithmetic<T>> WithSimd for Add<'_, '_, '_, T, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { terms, first, right, sums, .. } = self;
        let count = terms.pairs.len();
        let last = (first + LANES).min(terms.columns);
        for (place, pair) in terms.pairs.iter().enumerate() {
            let panels = pair.right.chunks_exact(terms.columns);
            for (panel, out) in panels.zip(right.chunks_exact_mut(LANES * count)) {
                lanes_of_examples(&panel[first..last], count, &mut out[place..]);
            }
        }
        let stride = right.len();
        by_registers::<T, A, S>(terms.left, stride, &right[..terms.examples * count], sums);
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
    right: &mut Vec<Lane<T>>,
    sums: &mut [Lane<T>],
) {
    right.resize(examples.div_ceil(LANES) * LANES, [T::ZERO; LANES]);
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
        by_registers::<T, A, S>(left, right.len(), &right[..examples], sums);
    }
}
