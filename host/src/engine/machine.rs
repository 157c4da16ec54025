//! One of the two engines, as it is asked for at run time.

use std::num::NonZeroUsize;
use std::ops::Range;

use thalweg_core::engine::{Engine, Matrix, Pair};
use thalweg_core::examples::Selection;
use thalweg_core::network::operation::{Loss, Map};

use super::{Choice, Inputs, Scalar, Tiled};
use crate::engine::active::Silent;
use crate::engine::gather;
use crate::engine::lanes::Lanes;
use crate::engine::sparse::Entry;
use crate::engine::sums::{self, Products, Terms};
use crate::engine::tile::{LANES, Lane, Unfused};
use crate::engine::turned::Turned;
use crate::engine::vector::{Libm, Polynomials};

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

    /// The same engine, where this is known of products with the weights that stand in `prepared`.
    #[must_use]
    pub fn knowing(mut self, silent: Option<&'t Silent>) -> Self {
        if let Self::Fast(engine) = &mut self {
            engine.silent = silent;
        }
        self
    }

    /// Writes panels as a table with a row for each example: see [`gather::table_of_examples`].
    pub fn table_of_examples(&self, panels: &[Lane<T>], rows: usize, out: &mut Lanes<T>) -> bool {
        let arch = either!(self, engine => engine.arch);
        gather::table_of_examples(arch, panels, rows, out)
    }

    /// Adds up the first lanes of each row: see [`sums::add_rows`].
    pub fn add_rows(&self, panels: &[Lane<T>], examples: usize, out: &mut [T]) {
        sums::add_rows(either!(self, engine => engine.arch), panels, examples, out);
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
    pub fn add(&self, terms: &Terms<'_, '_, T>, first: usize, right: &mut Lanes<T>, sums: &mut [Lane<T>]) {
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
        right: &mut Lanes<T>,
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

    fn maximum_backward(
        &mut self,
        pieces: NonZeroUsize,
        x: &[Lane<T>],
        y_delta: &[Lane<T>],
        x_delta: &mut [Lane<T>],
    ) {
        either!(self, engine => engine.maximum_backward(pieces, x, y_delta, x_delta));
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
    use thalweg_core::engine::Exact;
    use thalweg_core::random::Random;
    use thalweg_core::real::Real;

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
