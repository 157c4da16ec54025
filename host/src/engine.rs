//! The desktop's engines: the core's sweeps over wide lanes, with the instruction set chosen at run time.

pub mod tile;
pub mod lanes;
pub mod vector;
pub mod panel_loss;
pub mod transpose;
mod alike;
pub mod active;
pub mod sparse;
pub mod turned;
pub mod gather;
pub mod sums;
pub mod moving;
pub mod moving_table;
mod maps;
mod maxima;
mod machine;
mod contents;
pub mod batch;

use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::engine::{Engine, Exact, Matrix, Pair};
use thalweg_core::examples::Selection;
use thalweg_core::network::operation::{Loss, Map};
use thalweg_core::real::Real;
use thalweg_core::rules::{loss, map};

use crate::engine::active::{Active, Silent};
use crate::engine::gather::Forward;
use crate::engine::lanes::Lanes;
use crate::engine::maps::{Along, Chained, Mapped, Slopes};
use crate::engine::maxima::Scattered;
use crate::engine::sparse::Sparse;
use crate::engine::sums::Terms;
use crate::engine::tile::{Arithmetic, Fused, LANES, Lane, Piece, by_registers};
use crate::engine::transpose::{Turn, transpose};
use crate::engine::turned::Turned;
use crate::engine::vector::{Elementary, Functions};

pub use contents::Order;
pub use machine::Machine;

/// A scalar that both engines can compute with.
pub trait Scalar: Elementary + Turn {
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
    /// In which order examples may stand.
    #[must_use]
    pub const fn order(self) -> Order {
        match self {
            Self::Fast => Order::Alike,
            Self::Exact => Order::Given,
        }
    }

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Exact => "exact",
        }
    }
}

/// Matrix products through the tile, and maps and losses over whole lanes.
#[derive(Debug)]
pub struct Tiled<'t, T, A, F> {
    arch: Arch,
    turned: Vec<T>,
    active: Active,
    prepared: &'t [Turned<'t, T>],
    inputs: Option<Inputs<'t, T>>,
    silent: Option<&'t Silent>,
    modes: PhantomData<(A, F)>,
}

/// The inputs of a chunk in both forms.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'t, T> {
    /// As the sweeps read them, zeros and all.
    pub panels: &'t [Lane<T>],
    /// All inputs without zeros.
    pub sparse: &'t Sparse<T>,
    /// The first example of the chunk.
    pub first: usize,
}

impl<'t, T, A, F> Tiled<'t, T, A, F> {
    fn new(prepared: &'t [Turned<'t, T>]) -> Self {
        let (turned, active) = (Vec::new(), Active::default());
        let (arch, modes) = (Arch::new(), PhantomData);
        Self { arch, turned, active, prepared, inputs: None, silent: None, modes }
    }
}

/// Rows of a matrix below which to look for silent units costs more than they save.
const NARROW: usize = 32;

/// The rows of x that are taken at a time, so that a block stays in the nearest cache.
const DEPTH: usize = 256;

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
            for (block, x) in x.chunks(DEPTH).enumerate() {
                let piece = Piece { w: &self.w[block * DEPTH..], x };
                by_registers::<T, A, S>(std::iter::once(piece), self.columns, y);
            }
        }
    }
}

/// The losses of a panel under the softmax cross-entropy.
struct Losses<'a, 't, T, F> {
    outputs: &'a [Lane<T>],
    targets: &'a Selection<'t, T>,
    place: (usize, usize),
    each: &'a mut [(T, bool); LANES],
    functions: PhantomData<F>,
}

impl<T: Real, F: Functions<T>> WithSimd for Losses<'_, '_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        panel_loss::losses::<T, F>(self.outputs, self.targets, self.place, self.each);
    }
}

/// p = softmax(ŷ).
struct Softmax<'a, T, F> {
    outputs: &'a [Lane<T>],
    p: &'a mut [Lane<T>],
    functions: PhantomData<F>,
}

impl<T: Real, F: Functions<T>> WithSimd for Softmax<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        panel_loss::softmax::<T, F>(self.outputs, self.p);
    }
}

impl<'t, T: Real + Turn, A: Arithmetic<T>, F: Functions<T>> Tiled<'t, T, A, F> {
    /// y += W·x, without what is `silent` in x and in y.
    fn product(
        &mut self,
        (w, rows, columns): (&[T], usize, usize),
        silent: [Option<&Active>; 2],
        x: &[Lane<T>],
        y: &mut [Lane<T>],
    ) {
        let (arch, arithmetic) = (self.arch, PhantomData::<A>);
        let [mut source, wanted] = silent;
        if A::LEAVES_ZEROS && source.is_none() && rows >= NARROW {
            self.active.fill(arch, x, columns);
            source = Some(&self.active).filter(|active| active.pays(x.len()));
        }
        if source.is_some() || wanted.is_some() {
            arch.dispatch(active::Product { w, rows, columns, x, y, source, wanted, arithmetic });
        } else {
            arch.dispatch(Product { w, rows, columns, x, y, arithmetic });
        }
    }

    /// What is silent in the source and in the result of a product with a weight, if that is known.
    fn silent(&self, weight: &[T]) -> [Option<&'t Active>; 2] {
        let Some(silent) = self.silent else { return [None; 2] };
        let place = self.prepared.iter().find_map(|turned| turned.offset(weight));
        place.map_or([None; 2], |offset| silent.of(offset))
    }

    /// The inputs and the columns of the weight, if x is the sparse inputs and the weight has a table.
    fn without_zeros(&self, weight: &[T], x: &[Lane<T>]) -> Option<(Inputs<'_, T>, &[Lane<T>])> {
        let inputs = self.inputs.filter(|inputs| std::ptr::eq(inputs.panels, x))?;
        Some((inputs, self.prepared.iter().find_map(|turned| turned.table_of(weight))?))
    }

    fn softmax(&self, outputs: &[Lane<T>], p: &mut [Lane<T>]) {
        self.arch.dispatch(Softmax { outputs, p, functions: PhantomData::<F> });
    }
}

impl<T: Real + Turn, A: Arithmetic<T>, F: Functions<T>> Engine<T, LANES> for Tiled<'_, T, A, F> {
    fn affine(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        if let Some((Inputs { sparse: inputs, first, .. }, table)) = self.without_zeros(weight.entries(), x) {
            let rows = weight.rows().get();
            let arithmetic = PhantomData::<A>;
            self.arch.dispatch(Forward { inputs, first, table, rows, y, arithmetic });
            return;
        }
        let matrix = (weight.entries(), weight.rows().get(), weight.columns().get());
        self.product(matrix, self.silent(weight.entries()), x, y);
    }

    fn affine_transposed(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        let (rows, columns) = (weight.rows().get(), weight.columns().get());
        if let Some(turned) = self.prepared.iter().find_map(|turned| turned.of(weight.entries())) {
            let [result, source] = self.silent(weight.entries());
            self.product((turned, columns, rows), [source, result], x, y);
            return;
        }
        let mut turned = std::mem::take(&mut self.turned);
        turned.resize(rows * columns, T::ZERO);
        transpose(rows, columns, weight.entries(), &mut turned);
        self.product((&turned, columns, rows), [None; 2], x, y);
        self.turned = turned;
    }

    fn outer(
        &mut self,
        pairs: &[Pair<'_, T, LANES>],
        examples: Range<usize>,
        gradient: &mut [T],
        columns: NonZeroUsize,
    ) {
        if examples.start > 0 {
            Engine::<T, LANES>::outer(&mut Exact, pairs, examples, gradient, columns);
            return;
        }
        let (mut left, mut right) = (Vec::new(), Lanes::default());
        let (rows, columns) = (gradient.len() / columns, columns.get());
        if pairs.len() > 1 {
            sums::interleave(pairs, rows, &mut left);
        }
        let left = (pairs.len() > 1).then_some(left.as_slice());
        let terms = Terms { left, rows, pairs, turned: &[], columns, examples: examples.end };
        let mut sums = vec![[T::ZERO; LANES]; rows];
        for first in (0..columns).step_by(LANES) {
            let width = LANES.min(columns - first);
            for (sums, row) in sums.iter_mut().zip(gradient.chunks_exact(columns)) {
                sums[..width].copy_from_slice(&row[first..first + width]);
            }
            sums::add::<T, A>(self.arch, &terms, first, &mut right, &mut sums);
            for (sums, row) in sums.iter().zip(gradient.chunks_exact_mut(columns)) {
                row[first..first + width].copy_from_slice(&sums[..width]);
            }
        }
    }

    fn map(&mut self, map: Map, y: &mut [Lane<T>]) {
        self.arch.dispatch(Mapped { map, y, functions: PhantomData::<F> });
    }

    fn map_backward(&mut self, map: Map, y: &[Lane<T>], delta: &mut [Lane<T>]) {
        self.arch.dispatch(Slopes { map, y, chained: Chained::Backward(delta) });
    }

    fn maximum_backward(
        &mut self,
        pieces: NonZeroUsize,
        x: &[Lane<T>],
        y_delta: &[Lane<T>],
        x_delta: &mut [Lane<T>],
    ) {
        self.arch.dispatch(Scattered { pieces, x, y_delta, x_delta });
    }

    fn map_tangent(&mut self, map: Map, y: &[Lane<T>], x_tangent: &[Lane<T>], y_tangent: &mut [Lane<T>]) {
        self.arch.dispatch(Slopes { map, y, chained: Chained::Tangent(x_tangent, y_tangent) });
    }

    fn map_delta_tangent(
        &mut self,
        map: Map,
        y: &[Lane<T>],
        (x_tangent, delta): (&[Lane<T>], &[Lane<T>]),
        delta_tangent: &mut [Lane<T>],
    ) {
        let chained = if A::LEAVES_ZEROS && map == Map::Relu {
            // φ″ is zero
            Chained::Backward(delta_tangent)
        } else {
            Chained::DeltaTangent([x_tangent, delta], delta_tangent)
        };
        self.arch.dispatch(Slopes { map, y, chained });
    }

    fn along(&mut self, origin: &[T], factor: T, direction: &[T], map: Option<Map>, out: &mut [T]) {
        let rectified = map == Some(Map::Relu);
        let arithmetic = PhantomData::<A>;
        self.arch.dispatch(Along { origin, factor, direction, rectified, out: &mut *out, arithmetic });
        if let Some(map) = map.filter(|_| !rectified) {
            match out.as_chunks_mut::<LANES>() {
                (lanes, []) => self.map(map, lanes),
                _ => map::forward(map, out.as_chunks_mut::<1>().0),
            }
        }
    }

    fn losses(
        &mut self,
        loss: Loss,
        outputs: &[Lane<T>],
        targets: &Selection<'_, T>,
        place: (usize, usize),
        each: &mut [(T, bool); LANES],
    ) {
        match loss {
            Loss::SoftmaxCrossEntropy => {
                self.arch.dispatch(Losses { outputs, targets, place, each, functions: PhantomData::<F> });
            }
            Loss::SquaredError => loss::losses(loss, outputs, targets, place, each),
        }
    }

    fn delta(
        &mut self,
        loss: Loss,
        outputs: &[Lane<T>],
        targets: &Selection<'_, T>,
        (first, live): (usize, usize),
        delta: &mut [Lane<T>],
    ) {
        match loss {
            Loss::SoftmaxCrossEntropy => self.softmax(outputs, delta),
            Loss::SquaredError => delta.copy_from_slice(outputs),
        }
        loss::subtract_targets(targets, first, live, delta);
    }

    fn delta_tangent(
        &mut self,
        loss: Loss,
        outputs: &[Lane<T>],
        tangents: &[Lane<T>],
        live: usize,
        delta: &mut [Lane<T>],
    ) {
        match loss {
            Loss::SoftmaxCrossEntropy => {
                self.softmax(outputs, delta);
                loss::turn_probabilities(tangents, live, delta);
            }
            Loss::SquaredError => loss::delta_tangent(loss, outputs, tangents, live, delta),
        }
    }
}
