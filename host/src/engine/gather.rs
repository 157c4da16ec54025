//! Products with inputs that are kept without their zeros: `sums[r] += Σ value·table[place][r]`.
//!
//! One kernel serves both products: forward (a list for each example, a table of the weight's columns) and the
//! weight's gradient (a list for each feature, a table of the examples' deltas). Each sum takes its entries in
//! their order, so the unfused kernel gives the bits of the core's `Exact` engine.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use thalweg_core::real::Real;

use crate::engine::lanes::Lanes;
use crate::engine::sparse::{Entry, NEIGHBOURS, Sparse};
use crate::engine::tile::{Arithmetic, LANES, Lane, Sum, Unfused};
use crate::engine::transpose::{ALONE, Turn, lanes_of_examples};
use crate::engine::turned::{all_finite, lanes_of, parts};

/// Adds the rows of a table that the entries name to `R` lanes of sums of each neighbour.
#[inline(always)]
pub(crate) fn gather<T: Real, A: Arithmetic<T>, const R: usize>(
    entries: &[Entry<T>],
    (table, stride): (&[Lane<T>], usize),
    sums: [[Lane<T>; R]; NEIGHBOURS],
) -> [[Lane<T>; R]; NEIGHBOURS] {
    let [left, right] = sums;
    let (mut left, mut right) = (left.map(Sum), right.map(Sum));
    for entry in entries {
        let start = entry.place as usize * stride;
        let row = &table[start..start + R];
        for ((left, right), lane) in left.iter_mut().zip(&mut right).zip(row) {
            *left = left.accumulate::<A>(entry.values[0], Sum(*lane));
            *right = right.accumulate::<A>(entry.values[1], Sum(*lane));
        }
    }
    [left.map(|sum| sum.0), right.map(|sum| sum.0)]
}

/// As many blocks of `R` lanes of a part of a table as there are from lane `done` on.
#[inline(always)]
fn pass<T: Real, A: Arithmetic<T>, const R: usize>(
    entries: &[Entry<T>],
    (table, width): (&[Lane<T>], usize),
    [left, right]: &mut [&mut [Lane<T>]; NEIGHBOURS],
    (first, done): (usize, usize),
) -> usize {
    let mut end = done;
    while end + R <= width {
        let place = first + end..first + end + R;
        if let (Some(left), Some(right)) =
            (left[place.clone()].first_chunk_mut(), right[place].first_chunk_mut())
        {
            [*left, *right] = gather::<T, A, R>(entries, (&table[end..], width), [*left, *right]);
        }
        end += R;
    }
    end
}

/// Adds a list to the sums of two neighbours.
#[inline(always)]
fn list<T: Real, A: Arithmetic<T>, const R: usize>(
    entries: &[Entry<T>],
    part: (&[Lane<T>], usize),
    mut sums: [&mut [Lane<T>]; NEIGHBOURS],
    first: usize,
) {
    let mut done = pass::<T, A, R>(entries, part, &mut sums, (first, 0));
    if R > 2 {
        done = pass::<T, A, 2>(entries, part, &mut sums, (first, done));
    }
    if R > 1 {
        pass::<T, A, 1>(entries, part, &mut sums, (first, done));
    }
}

/// Adds lists to the sums of the two neighbours that each of them names, part by part of the table, with as many lanes
/// at a time as the instruction set `S` has registers for.
#[inline(always)]
fn lists<'l, T: Real, A: Arithmetic<T>, S: Simd>(
    lists: impl Iterator<Item = (&'l [Entry<T>], [usize; NEIGHBOURS])> + Clone,
    table: &[Lane<T>],
    lanes: usize,
    sums: &mut [Lane<T>],
) {
    let rows = table.len() / lanes;
    for (first, width) in parts(lanes) {
        let part = (&table[first * rows..][..width * rows], width);
        for (entries, neighbours) in lists.clone() {
            let places = neighbours.map(|place| place * lanes..(place + 1) * lanes);
            let Ok(sums) = sums.get_disjoint_mut(places) else { continue };
            match (size_of::<S::f32s>(), size_of::<T>()) {
                (64.., 4) => list::<T, A, 4>(entries, part, sums, first),
                (64.., _) => list::<T, A, 2>(entries, part, sums, first),
                // without a fused instruction, a fused product is a call to a slow function
                (..=4, _) => list::<T, Unfused, 1>(entries, part, sums, first),
                _ => list::<T, A, 1>(entries, part, sums, first),
            }
        }
    }
}

/// y += W·x for panels of examples.
pub(crate) struct Forward<'a, T, A> {
    /// The inputs.
    pub inputs: &'a Sparse<T>,
    /// The first example of the chunk.
    pub first: usize,
    /// The columns of W: see [`crate::engine::turned::Turned::table_of`].
    pub table: &'a [Lane<T>],
    /// The rows of W.
    pub rows: usize,
    /// Panels of `rows` lanes.
    pub y: &'a mut [Lane<T>],
    pub arithmetic: PhantomData<A>,
}

impl<T: Real + Turn, A: Arithmetic<T>> WithSimd for Forward<'_, T, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let lanes = lanes_of(self.rows);
        let mut sums = Lanes::zeros(self.y.len() / self.rows * LANES * lanes);
        let panels = self.y.chunks_exact(self.rows).zip(sums.chunks_exact_mut(LANES * lanes));
        for (y, sums) in panels {
            for (lane, y) in y.chunks(LANES).enumerate() {
                lanes_of_examples(y, lanes, &mut sums[lane..]);
            }
        }
        let pairs = self.inputs.pairs(self.first, sums.len() / lanes);
        lists::<T, A, S>(pairs, self.table, lanes, &mut sums);
        let (mut turned, mut rows) = ([[T::ZERO; LANES]; LANES], [[T::ZERO; LANES]; LANES]);
        let panels = self.y.chunks_exact_mut(self.rows).zip(sums.chunks_exact(LANES * lanes));
        for (y, sums) in panels {
            for (lane, y) in y.chunks_mut(LANES).enumerate() {
                for (turned, sums) in turned.iter_mut().zip(sums.chunks_exact(lanes)) {
                    *turned = sums[lane];
                }
                lanes_of_examples(&turned, 1, &mut rows);
                y.copy_from_slice(&rows[..y.len()]);
            }
        }
    }
}

/// Writes panels of `rows` lanes as a table with a row for each example; answers whether all numbers are finite.
pub fn table_of_examples<T: Real + Turn>(
    arch: Arch,
    panels: &[Lane<T>],
    rows: usize,
    out: &mut Lanes<T>,
) -> bool {
    let count = panels.len() / rows.max(1);
    let length = count * LANES * lanes_of(rows);
    if out.len() != length {
        // lanes that are padding in one shape are not in another
        out.reset(length);
    }
    arch.dispatch(TableOfExamples { panels, rows, out })
}

struct TableOfExamples<'a, T> {
    panels: &'a [Lane<T>],
    rows: usize,
    out: &'a mut [Lane<T>],
}

impl<T: Real + Turn> WithSimd for TableOfExamples<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let Self { panels, rows, out } = self;
        let lanes = lanes_of(rows);
        let examples = out.len() / lanes;
        for (first, width) in parts(lanes) {
            let part = &mut out[first * examples..][..width * examples];
            for (panel, part) in panels.chunks_exact(rows).zip(part.chunks_exact_mut(width * LANES)) {
                for (lane, rows) in panel.chunks(LANES).enumerate().skip(first).take(width) {
                    lanes_of_examples(rows, width, &mut part[lane - first..]);
                }
            }
        }
        all_finite(panels.as_flattened())
    }
}

/// Adds Σ value·table row over the entries of each list to the sums of its two neighbours, each of `lanes` lanes.
pub fn add<'l, T: Real, A: Arithmetic<T>>(
    arch: Arch,
    lists: impl Iterator<Item = &'l [Entry<T>]> + Clone,
    table: &[Lane<T>],
    lanes: usize,
    sums: &mut [Lane<T>],
) {
    arch.dispatch(Add { lists, table, lanes, sums, arithmetic: PhantomData::<A> });
}

struct Add<'a, I, T, A> {
    lists: I,
    table: &'a [Lane<T>],
    lanes: usize,
    sums: &'a mut [Lane<T>],
    arithmetic: PhantomData<A>,
}

impl<'l, I: Iterator<Item = &'l [Entry<T>]> + Clone, T: Real, A: Arithmetic<T>> WithSimd
    for Add<'_, I, T, A>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let all = (0..self.sums.len() / self.lanes).step_by(NEIGHBOURS);
        let pairs = self.lists.zip(all.map(|place| [place, place + 1]));
        lists::<T, A, S>(pairs, self.table, self.lanes, self.sums);
    }
}

/// Writes sums that stand by column, divided by `count`, row by row.
pub fn write_columns<T: Real + Turn + Send + Sync>(
    sums: &[Lane<T>],
    columns: usize,
    count: T,
    out: &mut [T],
) {
    let arch = Arch::new();
    let lanes = sums.len() / columns.next_multiple_of(NEIGHBOURS).max(1);
    let write = |(lane, out): (usize, &mut [T])| {
        arch.dispatch(WriteColumns { sums, place: (lane, lanes), columns, count, out });
    };
    if out.len() < ALONE {
        out.chunks_mut(LANES * columns).enumerate().for_each(write);
    } else {
        out.par_chunks_mut(LANES * columns).enumerate().for_each(write);
    }
}

struct WriteColumns<'a, T> {
    sums: &'a [Lane<T>],
    /// The lane to write, and how many each column has.
    place: (usize, usize),
    columns: usize,
    count: T,
    out: &'a mut [T],
}

impl<T: Real + Turn> WithSimd for WriteColumns<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { sums, place: (lane, lanes), columns, count, out } = self;
        let (mut block, mut rows) = ([[T::ZERO; LANES]; LANES], [[T::ZERO; LANES]; LANES]);
        for first in (0..columns).step_by(LANES) {
            let width = LANES.min(columns - first);
            // an odd column has a neighbour, whose sums nobody wants
            for (block, sums) in block.iter_mut().zip(sums[first * lanes..].chunks_exact(lanes)) {
                *block = sums[lane];
            }
            lanes_of_examples(&block[..width], 1, &mut rows);
            for (out, row) in out.chunks_exact_mut(columns).zip(&rows) {
                for (out, sum) in out[first..first + width].iter_mut().zip(row) {
                    *out = *sum / count;
                }
            }
        }
    }
}
