//! What the sweeps ask of a machine: three matrix products and the elementwise maps.

use core::num::NonZeroUsize;
use core::ops::Range;

use crate::examples::Selection;
use crate::network::operation::{Loss, Map};
use crate::real::Real;
#[cfg(feature = "maximum")]
use crate::rules::maximum;
use crate::rules::{loss, map};

/// A row-major matrix with at least one row and one column.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    entries: &'a [T],
    rows: NonZeroUsize,
    columns: NonZeroUsize,
}

impl<'a, T> Matrix<'a, T> {
    /// A view of `rows` × `columns` entries, or `None` if the slice does not have as many.
    #[must_use]
    pub fn new(entries: &'a [T], rows: usize, columns: usize) -> Option<Self> {
        let (rows, columns) = (NonZeroUsize::new(rows)?, NonZeroUsize::new(columns)?);
        (entries.len() == rows.checked_mul(columns)?.get()).then_some(Self { entries, rows, columns })
    }

    /// The entries, row by row.
    #[must_use]
    pub const fn entries(&self) -> &'a [T] {
        self.entries
    }

    /// The number of rows.
    #[must_use]
    pub const fn rows(&self) -> NonZeroUsize {
        self.rows
    }

    /// The number of columns.
    #[must_use]
    pub const fn columns(&self) -> NonZeroUsize {
        self.columns
    }
}

/// Two registers whose outer products, added up over the examples, give a gradient.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a, T, const L: usize> {
    /// Panels of as many rows as the gradient has rows.
    pub left: &'a [[T; L]],
    /// Panels of as many rows as the gradient has columns.
    pub right: &'a [[T; L]],
}

/// A machine for the sweeps. `L` is the number of examples that stand side by side in a lane.
///
/// Registers come as panels: a panel holds `width` rows of `L` examples, and panels follow one
/// another. [`Exact`] defines the order of every sum; an engine that keeps it gives the same bits.
pub trait Engine<T: Real, const L: usize> {
    /// y ← y + W·x for each panel: for each row of W the sum runs over its columns in order.
    fn affine(&mut self, weight: Matrix<'_, T>, x: &[[T; L]], y: &mut [[T; L]]);

    /// y ← y + Wᵀ·x for each panel: for each column of W the sum runs over its rows in order.
    fn affine_transposed(&mut self, weight: Matrix<'_, T>, x: &[[T; L]], y: &mut [[T; L]]);

    /// G ← G + Σ left·rightᵀ: for each entry the sum runs over the examples in order, and for each
    /// example over the pairs in order. `gradient` has `columns` columns.
    fn outer(
        &mut self,
        pairs: &[Pair<'_, T, L>],
        examples: Range<usize>,
        gradient: &mut [T],
        columns: NonZeroUsize,
    );

    /// y ← φ(y).
    fn map(&mut self, map: Map, y: &mut [[T; L]]) {
        map::forward(map, y);
    }

    /// x̄ ← φ′·x̄, where x̄ came in as ȳ.
    #[inline]
    fn map_backward(&mut self, map: Map, y: &[[T; L]], delta: &mut [[T; L]]) {
        map::backward(map, y, delta);
    }

    /// ẏ ← φ′·ẋ.
    #[inline]
    fn map_tangent(&mut self, map: Map, y: &[[T; L]], x_tangent: &[[T; L]], y_tangent: &mut [[T; L]]) {
        map::tangent_forward(map, y, x_tangent, y_tangent);
    }

    /// x̄˙ ← φ′·ȳ˙ + φ″·ẋ·ȳ, where x̄˙ came in as ȳ˙ and `delta` is x̄ = φ′·ȳ.
    #[inline]
    fn map_delta_tangent(
        &mut self,
        map: Map,
        y: &[[T; L]],
        (x_tangent, delta): (&[[T; L]], &[[T; L]]),
        delta_tangent: &mut [[T; L]],
    ) {
        map::tangent_backward(map, y, x_tangent, delta, delta_tangent);
    }

    /// x̄ ← x̄ + ȳ at the place of the largest of each group of `pieces` rows of x, and nothing elsewhere: the first of
    /// equals is the largest, and the first NaN.
    #[cfg(feature = "maximum")]
    #[inline]
    fn maximum_backward(
        &mut self,
        pieces: NonZeroUsize,
        x: &[[T; L]],
        y_delta: &[[T; L]],
        x_delta: &mut [[T; L]],
    ) {
        maximum::scatter(pieces, x, y_delta, x_delta);
    }

    /// out ← φ(origin + factor·direction), without φ where there is none.
    fn along(&mut self, origin: &[T], factor: T, direction: &[T], map: Option<Map>, out: &mut [T]) {
        for ((out, origin), direction) in out.iter_mut().zip(origin).zip(direction) {
            *out = *origin + factor * *direction;
        }
        if let Some(map) = map {
            map::forward(map, out.as_chunks_mut::<1>().0);
        }
    }

    /// Writes the loss of the first `live` lanes of a panel, whose first example is `first`, and whether
    /// their largest outputs are their labels.
    fn losses(
        &mut self,
        loss: Loss,
        outputs: &[[T; L]],
        targets: &Selection<'_, T>,
        (first, live): (usize, usize),
        each: &mut [(T, bool); L],
    ) {
        loss::losses(loss, outputs, targets, (first, live), each);
    }

    /// δ ← ∂loss/∂ŷ for the first `live` lanes of a panel, 0 for the others.
    fn delta(
        &mut self,
        loss: Loss,
        outputs: &[[T; L]],
        targets: &Selection<'_, T>,
        (first, live): (usize, usize),
        delta: &mut [[T; L]],
    ) {
        loss::delta(loss, outputs, targets, first, live, delta);
    }

    /// δ˙ ← the Hessian of the loss times ŷ˙, likewise.
    fn delta_tangent(
        &mut self,
        loss: Loss,
        outputs: &[[T; L]],
        tangents: &[[T; L]],
        live: usize,
        delta: &mut [[T; L]],
    ) {
        loss::delta_tangent(loss, outputs, tangents, live, delta);
    }
}

/// The engine that gives the same bits on every machine: sequential sums, never fused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exact;

/// acc ← acc + w·x, entry by entry: multiply, then add.
#[inline(always)]
fn accumulate<T: Real, const L: usize>(sum: &mut [T; L], w: T, x: &[T; L]) {
    for (sum, x) in sum.iter_mut().zip(x) {
        *sum += w * *x;
    }
}

/// y ← y + w·x for a row, or the end of one. Not inlined: five copies would cost a device more than calls. Two ways
/// out of the loop, where a zip has one, keep the compiler from unrolling what takes few turns.
#[inline(never)]
fn row_times_panel<T: Real, const L: usize>(row: &[T], x: &[[T; L]], y: &mut [T; L]) {
    let mut sum = *y;
    let (mut row, mut x) = (row.iter(), x.iter());
    while let (Some(w), Some(x)) = (row.next(), x.next()) {
        accumulate(&mut sum, *w, x);
    }
    *y = sum;
}

/// Four rows at a time, so that each x is loaded once for four sums; four inputs to a turn.
fn rows_times_panel<T: Real, const L: usize>(
    weight: &[T],
    columns: NonZeroUsize,
    x: &[[T; L]],
    y: &mut [[T; L]],
) {
    let n = columns.get();
    let Some(x) = x.get(..n) else { return };
    let (blocks, rest) = y.as_chunks_mut::<4>();
    let mut rows = weight.chunks_exact(n);
    for block in blocks {
        let (Some(a), Some(b)) = (rows.next(), rows.next()) else { return };
        let (Some(c), Some(d)) = (rows.next(), rows.next()) else { return };
        let mut sums = *block;
        let ((x4, x1), (a4, a1), (b4, b1), (c4, c1), (d4, d1)) = (
            x.as_chunks::<4>(),
            a.as_chunks::<4>(),
            b.as_chunks::<4>(),
            c.as_chunks::<4>(),
            d.as_chunks::<4>(),
        );
        for ((((x, a), b), c), d) in x4.iter().zip(a4).zip(b4).zip(c4).zip(d4) {
            for k in 0..4 {
                accumulate(&mut sums[0], a[k], &x[k]);
                accumulate(&mut sums[1], b[k], &x[k]);
                accumulate(&mut sums[2], c[k], &x[k]);
                accumulate(&mut sums[3], d[k], &x[k]);
            }
        }
        *block = sums;
        if !x1.is_empty() {
            row_times_panel(a1, x1, &mut block[0]);
            row_times_panel(b1, x1, &mut block[1]);
            row_times_panel(c1, x1, &mut block[2]);
            row_times_panel(d1, x1, &mut block[3]);
        }
    }
    for (y, row) in rest.iter_mut().zip(rows) {
        row_times_panel(row, x, y);
    }
}

/// Four rows at a time, so that each y is loaded and stored once for four terms.
fn columns_times_panel<T: Real, const L: usize>(
    weight: &[T],
    columns: NonZeroUsize,
    x: &[[T; L]],
    y: &mut [[T; L]],
) {
    let n = columns.get();
    let Some(y) = y.get_mut(..n) else { return };
    let (blocks, rest) = x.as_chunks::<4>();
    let mut rows = weight.chunks_exact(n);
    for [p, q, r, s] in blocks {
        let (Some(a), Some(b)) = (rows.next(), rows.next()) else { return };
        let (Some(c), Some(d)) = (rows.next(), rows.next()) else { return };
        for ((((y, a), b), c), d) in y.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            accumulate(y, *a, p);
            accumulate(y, *b, q);
            accumulate(y, *c, r);
            accumulate(y, *d, s);
        }
    }
    for (x, row) in rest.iter().zip(rows) {
        for (y, w) in y.iter_mut().zip(row) {
            accumulate(y, *w, x);
        }
    }
}

impl<T: Real, const L: usize> Engine<T, L> for Exact {
    fn affine(&mut self, weight: Matrix<'_, T>, x: &[[T; L]], y: &mut [[T; L]]) {
        let panels = x.chunks_exact(weight.columns.get()).zip(y.chunks_exact_mut(weight.rows.get()));
        for (x, y) in panels {
            rows_times_panel(weight.entries, weight.columns, x, y);
        }
    }

    fn affine_transposed(&mut self, weight: Matrix<'_, T>, x: &[[T; L]], y: &mut [[T; L]]) {
        let panels = x.chunks_exact(weight.rows.get()).zip(y.chunks_exact_mut(weight.columns.get()));
        for (x, y) in panels {
            columns_times_panel(weight.entries, weight.columns, x, y);
        }
    }

    fn outer(
        &mut self,
        pairs: &[Pair<'_, T, L>],
        examples: Range<usize>,
        gradient: &mut [T],
        columns: NonZeroUsize,
    ) {
        let Some(lanes) = NonZeroUsize::new(L) else { return };
        let rows = gradient.len() / columns;
        for (index, row) in gradient.chunks_exact_mut(columns.get()).enumerate() {
            for example in examples.clone() {
                let (panel, lane) = (example / lanes, example % lanes);
                for pair in pairs {
                    let left = pair.left.get(panel * rows + index).and_then(|left| left.get(lane));
                    let start = panel * columns.get();
                    let right = pair.right.get(start..start + columns.get());
                    let (Some(&left), Some(right)) = (left, right) else { return };
                    for (entry, right) in row.iter_mut().zip(right) {
                        if let Some(&right) = right.get(lane) {
                            *entry += left * right;
                        }
                    }
                }
            }
        }
    }
}
