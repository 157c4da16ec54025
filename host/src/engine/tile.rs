//! The one tile through which every matrix product goes: `acc[r] += rows[r][k]·x[k]`.
//!
//! `x[k]` is a lane of [`LANES`] numbers. Each sum runs over k in order, so the unfused tile gives the
//! bits of the core's `Exact` engine; how rows and panels are blocked changes no order.

use pulp::Simd;
use thalweg_core::real::Real;

/// Examples (or features) that stand side by side in a lane.
pub const LANES: usize = 32;

/// A lane of numbers, passed by value so that it stays in registers.
pub type Lane<T> = [T; LANES];

/// How a product is added to a sum.
pub trait Arithmetic<T>: Copy + Send + Sync + 'static {
    /// sum + w·x.
    fn accumulate(sum: T, w: T, x: T) -> T;
}

/// Multiply, then add: the same bits on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Unfused;

/// Multiply and add with one rounding, where the machine can.
#[derive(Clone, Copy, Debug)]
pub struct Fused;

impl<T: Real> Arithmetic<T> for Unfused {
    #[inline(always)]
    fn accumulate(sum: T, w: T, x: T) -> T {
        sum + w * x
    }
}

impl Arithmetic<f32> for Fused {
    #[inline(always)]
    fn accumulate(sum: f32, w: f32, x: f32) -> f32 {
        w.mul_add(x, sum)
    }
}

impl Arithmetic<f64> for Fused {
    #[inline(always)]
    fn accumulate(sum: f64, w: f64, x: f64) -> f64 {
        w.mul_add(x, sum)
    }
}

/// A lane of sums.
#[derive(Clone, Copy)]
pub(crate) struct Sum<T>(pub(crate) Lane<T>);

impl<T: Copy> Sum<T> {
    #[inline(always)]
    pub(crate) fn accumulate<A: Arithmetic<T>>(self, w: T, x: Self) -> Self {
        let mut sums = self.0;
        for (sum, x) in sums.iter_mut().zip(x.0) {
            *sum = A::accumulate(*sum, w, x);
        }
        Self(sums)
    }
}

/// Adds `Σₖ rows[r][k]·x[k]` to `R` sums.
#[inline(always)]
fn tile<T: Copy, A: Arithmetic<T>, const R: usize>(
    rows: [&[T]; R],
    x: &[Lane<T>],
    sums: [Lane<T>; R],
) -> [Lane<T>; R] {
    let n = x.len();
    let rows = rows.map(|row| &row[..n]);
    let mut sums = sums.map(Sum);
    for (k, x) in x.iter().enumerate() {
        let x = Sum(*x);
        for (sum, row) in sums.iter_mut().zip(rows) {
            *sum = sum.accumulate::<A>(row[k], x);
        }
    }
    sums.map(|sum| sum.0)
}

/// `y[r] += Σₖ w[r][k]·x[k]` for all rows, with as many rows at a time as the instruction set `S` has registers
/// for.
/// In `w` the next row stands `stride` further.
#[inline(always)]
pub fn by_registers<T: Real, A: Arithmetic<T>, S: Simd>(
    w: &[T],
    stride: usize,
    x: &[Lane<T>],
    y: &mut [Lane<T>],
) {
    match (size_of::<S::f32s>(), size_of::<T>()) {
        (64.., 4) => rows_times_lanes::<T, A, 8>(w, stride, x, y),
        (64.., _) => rows_times_lanes::<T, A, 4>(w, stride, x, y),
        // without a fused instruction, a fused product is a call to a slow function
        (..=4, _) => rows_times_lanes::<T, Unfused, 1>(w, stride, x, y),
        (_, 4) => rows_times_lanes::<T, A, 2>(w, stride, x, y),
        _ => rows_times_lanes::<T, A, 1>(w, stride, x, y),
    }
}

#[inline(always)]
fn rows_times_lanes<T: Real, A: Arithmetic<T>, const R: usize>(
    w: &[T],
    stride: usize,
    x: &[Lane<T>],
    y: &mut [Lane<T>],
) {
    let mut done = 0;
    done += pass::<T, A, R>(w, stride, x, y, done);
    if R > 4 {
        done += pass::<T, A, 4>(w, stride, x, y, done);
    }
    if R > 2 {
        done += pass::<T, A, 2>(w, stride, x, y, done);
    }
    pass::<T, A, 1>(w, stride, x, y, done);
}

/// As many blocks of `R` rows as there are from row `done` on; answers how many rows they were.
#[inline(always)]
fn pass<T: Copy, A: Arithmetic<T>, const R: usize>(
    w: &[T],
    stride: usize,
    x: &[Lane<T>],
    y: &mut [Lane<T>],
    done: usize,
) -> usize {
    let (blocks, _) = y[done..].as_chunks_mut::<R>();
    let count = blocks.len() * R;
    for (index, block) in blocks.iter_mut().enumerate() {
        let mut rows = [&w[..0]; R];
        for (r, row) in rows.iter_mut().enumerate() {
            let start = (done + index * R + r) * stride;
            *row = &w[start..start + x.len()];
        }
        *block = tile::<T, A, R>(rows, x, *block);
    }
    count
}
