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
    /// Whether what is zero for all finite numbers may be left out.
    const LEAVES_ZEROS: bool;

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
    const LEAVES_ZEROS: bool = false;

    #[inline(always)]
    fn accumulate(sum: T, w: T, x: T) -> T {
        sum + w * x
    }
}

impl Arithmetic<f32> for Fused {
    const LEAVES_ZEROS: bool = true;

    #[inline(always)]
    fn accumulate(sum: f32, w: f32, x: f32) -> f32 {
        w.mul_add(x, sum)
    }
}

impl Arithmetic<f64> for Fused {
    const LEAVES_ZEROS: bool = true;

    #[inline(always)]
    fn accumulate(sum: f64, w: f64, x: f64) -> f64 {
        w.mul_add(x, sum)
    }
}

/// Sums side by side: a lane of them, or a part of one.
#[derive(Clone, Copy)]
pub(crate) struct Sum<T, const L: usize>(pub(crate) [T; L]);

impl<T: Copy, const L: usize> Sum<T, L> {
    #[inline(always)]
    pub(crate) fn accumulate<A: Arithmetic<T>>(self, w: T, x: Self) -> Self {
        let mut sums = self.0;
        for (sum, x) in sums.iter_mut().zip(x.0) {
            *sum = A::accumulate(*sum, w, x);
        }
        Self(sums)
    }
}

/// Numbers and the lanes that they are multiplied with: `w` holds rows of numbers, the next one `stride` further.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a, T> {
    /// The rows.
    pub w: &'a [T],
    /// A lane for each number of a row.
    pub x: &'a [Lane<T>],
}

/// Adds `Σₖ rows[r][k]·x[k]` to the sums of `R` rows from `first` on, piece after piece.
#[inline(always)]
fn tile<'a, T: Copy + 'a, A: Arithmetic<T>, const R: usize>(
    pieces: impl Iterator<Item = Piece<'a, T>>,
    (first, stride): (usize, usize),
    sums: [Lane<T>; R],
) -> [Lane<T>; R] {
    let mut sums = sums.map(Sum);
    for Piece { w, x } in pieces {
        let n = x.len();
        let mut rows = [&w[..0]; R];
        for (r, row) in rows.iter_mut().enumerate() {
            *row = &w[(first + r) * stride..][..n];
        }
        for (k, x) in x.iter().enumerate() {
            let x = Sum(*x);
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = sum.accumulate::<A>(row[k], x);
            }
        }
    }
    sums.map(|sum| sum.0)
}

/// `y[r] += Σₖ w[r][k]·x[k]` for all rows, piece after piece, with as many rows at a time as the instruction set
/// `S` has registers for.
#[inline(always)]
pub fn by_registers<'a, T: Real + 'a, A: Arithmetic<T>, S: Simd>(
    pieces: impl Iterator<Item = Piece<'a, T>> + Clone,
    stride: usize,
    y: &mut [Lane<T>],
) {
    match (size_of::<S::f32s>(), size_of::<T>()) {
        (64.., 4) => rows_times_lanes::<T, A, 8>(pieces, stride, y),
        (64.., _) => rows_times_lanes::<T, A, 4>(pieces, stride, y),
        // without a fused instruction, a fused product is a call to a slow function
        (..=4, _) => rows_times_lanes::<T, Unfused, 1>(pieces, stride, y),
        (_, 4) => rows_times_lanes::<T, A, 2>(pieces, stride, y),
        _ => rows_times_lanes::<T, A, 1>(pieces, stride, y),
    }
}

#[inline(always)]
fn rows_times_lanes<'a, T: Real + 'a, A: Arithmetic<T>, const R: usize>(
    pieces: impl Iterator<Item = Piece<'a, T>> + Clone,
    stride: usize,
    y: &mut [Lane<T>],
) {
    let mut done = 0;
    if R == 8 && y.len() == 10 {
        // ten classes: five rows twice leave no short remainder
        done += pass::<T, A, 5>(pieces.clone(), stride, y, done);
    }
    done += pass::<T, A, R>(pieces.clone(), stride, y, done);
    if R > 4 {
        done += pass::<T, A, 4>(pieces.clone(), stride, y, done);
    }
    if R > 2 {
        done += pass::<T, A, 2>(pieces.clone(), stride, y, done);
    }
    pass::<T, A, 1>(pieces, stride, y, done);
}

/// As many blocks of `R` rows as there are from row `done` on; answers how many rows they were.
#[inline(always)]
fn pass<'a, T: Copy + 'a, A: Arithmetic<T>, const R: usize>(
    pieces: impl Iterator<Item = Piece<'a, T>> + Clone,
    stride: usize,
    y: &mut [Lane<T>],
    done: usize,
) -> usize {
    let (blocks, _) = y[done..].as_chunks_mut::<R>();
    let count = blocks.len() * R;
    for (index, block) in blocks.iter_mut().enumerate() {
        *block = tile::<T, A, R>(pieces.clone(), (done + index * R, stride), *block);
    }
    count
}
