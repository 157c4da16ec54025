//! The desktop's engines: the core's sweeps over wide lanes, with the instruction set chosen at run time.

use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::engine::{Engine, Exact, Matrix, Pair};
use thalweg_core::real::Real;

use crate::tile::{Arithmetic, Fused, LANES, Lane, Unfused, rows_times_lanes, transpose};

/// A scalar that both engines can compute with.
pub trait Scalar: Real {
    /// Adds a product with one rounding, where the machine can.
    type Fused: Arithmetic<Self>;
}

impl Scalar for f32 {
    type Fused = Fused;
}

impl Scalar for f64 {
    type Fused = Fused;
}

/// Which engine computes: the choice of `--engine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// May fuse a multiplication and an addition into one rounding.
    Fast,
    /// Gives the bits of a microcontroller.
    Exact,
}

impl Choice {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Exact => "exact",
        }
    }
}

/// Matrix products through the tile, with memory for the operands that it turns round.
#[derive(Debug)]
pub struct Tiled<T, A> {
    arch: Arch,
    turned: Vec<T>,
    left: Vec<T>,
    right: Vec<Lane<T>>,
    arithmetic: PhantomData<A>,
}

impl<T, A> Default for Tiled<T, A> {
    fn default() -> Self {
        Self {
            arch: Arch::new(),
            turned: Vec::new(),
            left: Vec::new(),
            right: Vec::new(),
            arithmetic: PhantomData,
        }
    }
}

/// y += W·x for each panel, compiled once for each instruction set.
struct Product<'a, T, A> {
    w: &'a [T],
    rows: usize,
    columns: usize,
    x: &'a [Lane<T>],
    y: &'a mut [Lane<T>],
    arithmetic: PhantomData<A>,
}

impl<T: Real, A: Arithmetic<T>> WithSimd for Product<'_, T, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (x, y) in self.x.chunks_exact(self.columns).zip(self.y.chunks_exact_mut(self.rows)) {
            by_registers::<T, A, S>(self.w, self.columns, x, y);
        }
    }
}

/// As many rows at a time as the registers of the instruction set hold lanes.
#[inline(always)]
fn by_registers<T: Real, A: Arithmetic<T>, S: Simd>(
    w: &[T],
    stride: usize,
    x: &[Lane<T>],
    y: &mut [Lane<T>],
) {
    let wide = size_of::<S::f32s>() >= 64;
    match (wide, size_of::<T>()) {
        (true, 4) => rows_times_lanes::<T, A, 8>(w, stride, x, y),
        (true, _) => rows_times_lanes::<T, A, 4>(w, stride, x, y),
        (false, 4) => rows_times_lanes::<T, A, 2>(w, stride, x, y),
        (false, _) => rows_times_lanes::<T, A, 1>(w, stride, x, y),
    }
}

/// G += Σ left·rightᵀ over the examples of all panels, compiled once for each instruction set.
struct Outer<'a, T, A> {
    /// rows × examples.
    left: &'a [T],
    examples: usize,
    /// For each lane of columns, the examples' entries.
    right: &'a [Lane<T>],
    gradient: &'a mut [T],
    columns: usize,
    arithmetic: PhantomData<A>,
}

impl<T: Real, A: Arithmetic<T>> WithSimd for Outer<'_, T, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let rows = self.gradient.len() / self.columns;
        let mut sums = [[T::ZERO; LANES]; ROWS];
        for (lane, right) in self.right.chunks_exact(self.examples).enumerate() {
            let first = lane * LANES;
            let width = LANES.min(self.columns - first);
            for start in (0..rows).step_by(ROWS) {
                let count = ROWS.min(rows - start);
                for (row, sums) in (start..start + count).zip(&mut sums) {
                    let from = row * self.columns + first;
                    sums[..width].copy_from_slice(&self.gradient[from..from + width]);
                }
                let left = &self.left[start * self.examples..(start + count) * self.examples];
                by_registers::<T, A, S>(left, self.examples, right, &mut sums[..count]);
                for (row, sums) in (start..start + count).zip(&sums) {
                    let from = row * self.columns + first;
                    self.gradient[from..from + width].copy_from_slice(&sums[..width]);
                }
            }
        }
    }
}

/// Rows of a gradient that are added up at a time.
const ROWS: usize = 32;

impl<T: Real, A: Arithmetic<T>> Tiled<T, A> {
    fn product(&self, w: &[T], rows: usize, columns: usize, x: &[Lane<T>], y: &mut [Lane<T>]) {
        self.arch.dispatch(Product { w, rows, columns, x, y, arithmetic: PhantomData::<A> });
    }

    /// Lays the pairs of each example side by side: rows of `left` over (example, pair), and lanes of
    /// columns of `right` for each (example, pair).
    fn arrange(&mut self, pairs: &[Pair<'_, T, LANES>], examples: usize, rows: usize, columns: usize) {
        let terms = examples * pairs.len();
        let lanes = columns.div_ceil(LANES);
        self.left.resize(rows * terms, T::ZERO);
        self.right.resize(lanes * terms, [T::ZERO; LANES]);
        for (place, pair) in pairs.iter().enumerate() {
            for (panel, (left, right)) in
                pair.left.chunks_exact(rows).zip(pair.right.chunks_exact(columns)).enumerate()
            {
                let first = panel * LANES;
                let live = LANES.min(examples.saturating_sub(first));
                for (row, entries) in left.iter().enumerate() {
                    let out = self.left[row * terms..(row + 1) * terms].iter_mut();
                    for (out, entry) in
                        out.skip(first * pairs.len() + place).step_by(pairs.len()).zip(&entries[..live])
                    {
                        *out = *entry;
                    }
                }
                for (lane, entries) in right.chunks(LANES).enumerate() {
                    let out = &mut self.right[lane * terms..(lane + 1) * terms];
                    for (example, out) in out
                        .iter_mut()
                        .skip(first * pairs.len() + place)
                        .step_by(pairs.len())
                        .take(live)
                        .enumerate()
                    {
                        for (out, entries) in out.iter_mut().zip(entries) {
                            *out = entries[example];
                        }
                    }
                }
            }
        }
    }
}

impl<T: Real, A: Arithmetic<T>> Engine<T, LANES> for Tiled<T, A> {
    fn affine(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        self.product(weight.entries(), weight.rows().get(), weight.columns().get(), x, y);
    }

    fn affine_transposed(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        let (rows, columns) = (weight.rows().get(), weight.columns().get());
        let mut turned = std::mem::take(&mut self.turned);
        turned.resize(rows * columns, T::ZERO);
        transpose(rows, columns, weight.entries(), &mut turned);
        self.product(&turned, columns, rows, x, y);
        self.turned = turned;
    }

    fn outer(
        &mut self,
        pairs: &[Pair<'_, T, LANES>],
        examples: Range<usize>,
        gradient: &mut [T],
        columns: NonZeroUsize,
    ) {
        if examples.start > 0 || examples.is_empty() {
            Engine::<T, LANES>::outer(&mut Exact, pairs, examples, gradient, columns);
            return;
        }
        let rows = gradient.len() / columns;
        self.arrange(pairs, examples.end, rows, columns.get());
        self.arch.dispatch(Outer {
            left: &self.left,
            examples: examples.end * pairs.len(),
            right: &self.right,
            gradient,
            columns: columns.get(),
            arithmetic: PhantomData::<A>,
        });
    }
}

/// One of the two engines.
#[derive(Debug)]
pub enum Machine<T: Scalar> {
    /// See [`Choice::Fast`].
    Fast(Tiled<T, T::Fused>),
    /// See [`Choice::Exact`].
    Exact(Tiled<T, Unfused>),
}

impl<T: Scalar> Machine<T> {
    /// The engine of a choice.
    #[must_use]
    pub fn new(choice: Choice) -> Self {
        match choice {
            Choice::Fast => Self::Fast(Tiled::default()),
            Choice::Exact => Self::Exact(Tiled::default()),
        }
    }
}

impl<T: Scalar> Engine<T, LANES> for Machine<T> {
    fn affine(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        match self {
            Self::Fast(engine) => engine.affine(weight, x, y),
            Self::Exact(engine) => engine.affine(weight, x, y),
        }
    }

    fn affine_transposed(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        match self {
            Self::Fast(engine) => engine.affine_transposed(weight, x, y),
            Self::Exact(engine) => engine.affine_transposed(weight, x, y),
        }
    }

    fn outer(
        &mut self,
        pairs: &[Pair<'_, T, LANES>],
        examples: Range<usize>,
        gradient: &mut [T],
        columns: NonZeroUsize,
    ) {
        match self {
            Self::Fast(engine) => engine.outer(pairs, examples, gradient, columns),
            Self::Exact(engine) => engine.outer(pairs, examples, gradient, columns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::random::Random;

    fn lanes<T: Real>(count: usize, random: &mut Random) -> Vec<Lane<T>> {
        (0..count).map(|_| std::array::from_fn(|_| T::from_f64(random.normal()))).collect()
    }

    /// All three products of the tile against the core's `Exact`, bit by bit.
    fn bits_agree<T: Scalar>() {
        for (rows, columns, panels) in [(10, 128, 3), (13, 5, 1), (1, 1, 2), (33, 300, 2), (128, 70, 1)] {
            let mut random = Random::new(rows as u64);
            let w: Vec<T> = (0..rows * columns).map(|_| T::from_f64(random.normal())).collect();
            let (x, y) = (lanes::<T>(columns * panels, &mut random), lanes::<T>(rows * panels, &mut random));
            let matrix = Matrix::new(&w, rows, columns).unwrap();
            let mut tiled = Machine::<T>::new(Choice::Exact);
            let (mut found, mut wanted) = (y.clone(), y.clone());
            tiled.affine(matrix, &x, &mut found);
            Exact.affine(matrix, &x, &mut wanted);
            assert!(found == wanted, "affine {rows} {columns}");
            let (mut found, mut wanted) = (x.clone(), x.clone());
            tiled.affine_transposed(matrix, &y, &mut found);
            Exact.affine_transposed(matrix, &y, &mut wanted);
            assert!(found == wanted, "transposed {rows} {columns}");
            let (left, right) =
                (lanes::<T>(rows * panels, &mut random), lanes::<T>(columns * panels, &mut random));
            let pairs = [Pair { left: &left, right: &right }, Pair { left: &y, right: &x }];
            for count in [1, 2] {
                let examples = 0..panels * LANES - 5;
                let (mut found, mut wanted) = (w.clone(), w.clone());
                tiled.outer(&pairs[..count], examples.clone(), &mut found, matrix.columns());
                Engine::<T, LANES>::outer(
                    &mut Exact,
                    &pairs[..count],
                    examples,
                    &mut wanted,
                    matrix.columns(),
                );
                assert!(found == wanted, "outer {rows} {columns} {count}");
            }
        }
    }

    #[test]
    fn the_tile_gives_the_bits_of_the_core_in_single_precision() {
        bits_agree::<f32>();
    }

    #[test]
    fn the_tile_gives_the_bits_of_the_core_in_double_precision() {
        bits_agree::<f64>();
    }
}
