//! The desktop's engines: the core's sweeps over wide lanes, with the instruction set chosen at run time.

pub mod tile;
pub mod vector;
pub mod panel_loss;
pub mod transpose;
pub mod sparse;
pub mod turned;
pub mod gather;
pub mod sums;
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

use crate::engine::gather::Forward;
use crate::engine::sparse::{Entry, Sparse};
use crate::engine::sums::{Products, Terms};
use crate::engine::tile::{Arithmetic, Fused, LANES, Lane, Unfused, by_registers};
use crate::engine::transpose::{Turn, transpose};
use crate::engine::turned::Turned;
use crate::engine::vector::{Elementary, Functions, Libm, Polynomials};

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
    prepared: &'t [Turned<'t, T>],
    inputs: Option<Inputs<'t, T>>,
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
        Self { arch: Arch::new(), turned: Vec::new(), prepared, inputs: None, modes: PhantomData }
    }
}

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
                let w = &self.w[block * DEPTH..];
                by_registers::<T, A, S>(w, self.columns, x, y);
            }
        }
    }
}

/// y ← φ(y).
struct Mapped<'a, T, F> {
    map: Map,
    y: &'a mut [Lane<T>],
    functions: PhantomData<F>,
}

impl<T: Real, F: Functions<T>> WithSimd for Mapped<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.map {
            Map::Tanh => self.y.iter_mut().for_each(|y| *y = F::tanh(*y)),
            Map::Sigmoid => self.y.iter_mut().for_each(|y| *y = F::sigmoid(*y)),
            map => map::forward(map, self.y),
        }
    }
}

/// How the derivatives of a map go on.
enum Chained<'a, T> {
    /// x̄ ← φ′·x̄.
    Backward(&'a mut [Lane<T>]),
    /// ẏ ← φ′·ẋ.
    Tangent(&'a [Lane<T>], &'a mut [Lane<T>]),
    /// x̄˙ ← φ′·ȳ˙ + φ″·ẋ·ȳ, from ẋ and x̄.
    DeltaTangent([&'a [Lane<T>]; 2], &'a mut [Lane<T>]),
}

/// The chain rule through a map, from its values.
struct Slopes<'a, T> {
    map: Map,
    y: &'a [Lane<T>],
    chained: Chained<'a, T>,
}

impl<T: Real> WithSimd for Slopes<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { map, y, chained } = self;
        match chained {
            Chained::Backward(delta) => Exact.map_backward(map, y, delta),
            Chained::Tangent(x_tangent, out) => Exact.map_tangent(map, y, x_tangent, out),
            Chained::DeltaTangent([x_tangent, delta], out) => {
                Exact.map_delta_tangent(map, y, (x_tangent, delta), out);
            }
        }
    }
}

/// out ← φ(origin + factor·direction), where φ is relu or nothing.
struct Along<'a, T, A> {
    origin: &'a [T],
    factor: T,
    direction: &'a [T],
    rectified: bool,
    out: &'a mut [T],
    arithmetic: PhantomData<A>,
}

impl<T: Real, A: Arithmetic<T>> WithSimd for Along<'_, T, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let places = self.out.iter_mut().zip(self.origin).zip(self.direction);
        if self.rectified {
            for ((out, origin), direction) in places {
                let value = A::accumulate(*origin, self.factor, *direction);
                *out = if value < T::ZERO { T::ZERO } else { value };
            }
        } else {
            for ((out, origin), direction) in places {
                *out = A::accumulate(*origin, self.factor, *direction);
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

impl<T: Real + Turn, A: Arithmetic<T>, F: Functions<T>> Tiled<'_, T, A, F> {
    fn product(&self, w: &[T], rows: usize, columns: usize, x: &[Lane<T>], y: &mut [Lane<T>]) {
        self.arch.dispatch(Product { w, rows, columns, x, y, arithmetic: PhantomData::<A> });
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
        self.product(weight.entries(), weight.rows().get(), weight.columns().get(), x, y);
    }

    fn affine_transposed(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        let (rows, columns) = (weight.rows().get(), weight.columns().get());
        if let Some(turned) = self.prepared.iter().find_map(|turned| turned.of(weight.entries())) {
            self.product(turned, columns, rows, x, y);
            return;
        }
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
        if examples.start > 0 {
            Engine::<T, LANES>::outer(&mut Exact, pairs, examples, gradient, columns);
            return;
        }
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let (rows, columns) = (gradient.len() / columns, columns.get());
        sums::interleave(pairs, rows, &mut left);
        let terms = Terms { left: &left, rows, pairs, columns, examples: examples.end };
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
        let chained = Chained::DeltaTangent([x_tangent, delta], delta_tangent);
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

/// One of the two engines.
#[derive(Debug)]
pub enum Machine<'t, T: Scalar> {
    /// See [`Choice::Fast`].
    Fast(Tiled<'t, T, T::Fused, Polynomials<T::Fused>>),
    /// See [`Choice::Exact`].
    Exact(Tiled<'t, T, Unfused, Libm>),
}

/// The same call to whichever engine it is.
macro_rules! either {
    ($self:ident, $engine:ident => $call:expr) => {
        match $self {
            Self::Fast($engine) => $call,
            Self::Exact($engine) => $call,
        }
    };
}

impl<'t, T: Scalar> Machine<'t, T> {
    /// The engine of a choice; weights that stand in `prepared` are not turned round again.
    #[must_use]
    pub fn new(choice: Choice, prepared: &'t [Turned<'t, T>]) -> Self {
        match choice {
            Choice::Fast => Self::Fast(Tiled::new(prepared)),
            Choice::Exact => Self::Exact(Tiled::new(prepared)),
        }
    }

    /// The same engine, where the sweeps read these inputs.
    #[must_use]
    pub fn reading(mut self, inputs: Option<Inputs<'t, T>>) -> Self {
        match &mut self {
            Self::Fast(engine) => engine.inputs = inputs,
            Self::Exact(engine) => engine.inputs = inputs,
        }
        self
    }

    /// Writes panels as a table with a row for each example: see [`gather::table_of_examples`].
    pub fn table_of_examples(&self, panels: &[Lane<T>], rows: usize, out: &mut Vec<Lane<T>>) -> bool {
        let arch = either!(self, engine => engine.arch);
        gather::table_of_examples(arch, panels, rows, out)
    }

    /// Adds sums over lists of entries: see [`gather::add`].
    pub fn add_lists<'l>(
        &self,
        lists: impl Iterator<Item = &'l [Entry<T>]> + Clone,
        table: &[Lane<T>],
        lanes: usize,
        sums: &mut [Lane<T>],
    ) where
        T: 'l,
    {
        match self {
            Self::Fast(engine) => gather::add::<T, T::Fused>(engine.arch, lists, table, lanes, sums),
            Self::Exact(engine) => gather::add::<T, Unfused>(engine.arch, lists, table, lanes, sums),
        }
    }

    /// Adds the terms of a chunk to a lane of columns: see [`sums::add`].
    pub fn add(
        &self,
        terms: &Terms<'_, '_, T>,
        first: usize,
        right: &mut Vec<Lane<T>>,
        sums: &mut [Lane<T>],
    ) {
        match self {
            Self::Fast(engine) => sums::add::<T, T::Fused>(engine.arch, terms, first, right, sums),
            Self::Exact(engine) => sums::add::<T, Unfused>(engine.arch, terms, first, right, sums),
        }
    }

    /// Adds sums over products of inputs: see [`sums::add_products`].
    pub fn add_products(
        &self,
        left: &[T],
        products: &Products<'_, T>,
        examples: usize,
        right: &mut Vec<Lane<T>>,
        sums: &mut [Lane<T>],
    ) {
        match self {
            Self::Fast(engine) => {
                sums::add_products::<T, T::Fused>(engine.arch, left, products, examples, right, sums);
            }
            Self::Exact(engine) => {
                sums::add_products::<T, Unfused>(engine.arch, left, products, examples, right, sums);
            }
        }
    }
}

impl<T: Scalar> Engine<T, LANES> for Machine<'_, T> {
    fn affine(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        either!(self, engine => engine.affine(weight, x, y));
    }

    fn affine_transposed(&mut self, weight: Matrix<'_, T>, x: &[Lane<T>], y: &mut [Lane<T>]) {
        either!(self, engine => engine.affine_transposed(weight, x, y));
    }

    fn outer(
        &mut self,
        pairs: &[Pair<'_, T, LANES>],
        examples: Range<usize>,
        gradient: &mut [T],
        columns: NonZeroUsize,
    ) {
        either!(self, engine => engine.outer(pairs, examples, gradient, columns));
    }

    fn map(&mut self, map: Map, y: &mut [Lane<T>]) {
        either!(self, engine => engine.map(map, y));
    }

    fn map_backward(&mut self, map: Map, y: &[Lane<T>], delta: &mut [Lane<T>]) {
        either!(self, engine => engine.map_backward(map, y, delta));
    }

    fn map_tangent(&mut self, map: Map, y: &[Lane<T>], x_tangent: &[Lane<T>], y_tangent: &mut [Lane<T>]) {
        either!(self, engine => engine.map_tangent(map, y, x_tangent, y_tangent));
    }

    fn map_delta_tangent(
        &mut self,
        map: Map,
        y: &[Lane<T>],
        sources: (&[Lane<T>], &[Lane<T>]),
        delta_tangent: &mut [Lane<T>],
    ) {
        either!(self, engine => engine.map_delta_tangent(map, y, sources, delta_tangent));
    }

    fn along(&mut self, origin: &[T], factor: T, direction: &[T], map: Option<Map>, out: &mut [T]) {
        either!(self, engine => engine.along(origin, factor, direction, map, out));
    }

    fn losses(
        &mut self,
        loss: Loss,
        outputs: &[Lane<T>],
        targets: &Selection<'_, T>,
        place: (usize, usize),
        each: &mut [(T, bool); LANES],
    ) {
        either!(self, engine => engine.losses(loss, outputs, targets, place, each));
    }

    fn delta(
        &mut self,
        loss: Loss,
        outputs: &[Lane<T>],
        targets: &Selection<'_, T>,
        place: (usize, usize),
        delta: &mut [Lane<T>],
    ) {
        either!(self, engine => engine.delta(loss, outputs, targets, place, delta));
    }

    fn delta_tangent(
        &mut self,
        loss: Loss,
        outputs: &[Lane<T>],
        tangents: &[Lane<T>],
        live: usize,
        delta: &mut [Lane<T>],
    ) {
        either!(self, engine => engine.delta_tangent(loss, outputs, tangents, live, delta));
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
            let mut tiled = Machine::<T>::new(Choice::Exact, &[]);
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
