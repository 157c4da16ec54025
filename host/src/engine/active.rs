//! Products that leave out silent units: rows of a panel that are zero for all examples of half a lane.
//!
//! Behind rectifiers half of all units are zero. Where alike examples stand together, many are so for 16 examples
//! at once; neither their products with the next weight nor what flows back to them is asked for.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::real::Real;

use crate::engine::alike::TOGETHER;
use crate::engine::tile::{Arithmetic, LANES, Lane, Sum, Unfused};

/// The parts of a lane that have lists of their own.
pub const PARTS: usize = LANES / TOGETHER;

/// A part of a lane.
type Part<T> = [T; TOGETHER];

/// The share of units from which a product with all of them is as quick.
const MOST: f64 = 0.95;

/// Columns that are taken at a time, so that what is read stays in the nearest cache.
const DEPTH: usize = 256;

/// For each part of each panel the rows that are not zero, in ascending order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Active {
    ends: Vec<usize>,
    rows: Vec<u32>,
}

impl Active {
    /// Writes the lists of panels of `width` rows.
    pub fn fill<T: Real>(&mut self, arch: Arch, panels: &[Lane<T>], width: usize) {
        arch.dispatch(Fill { active: self, panels, width });
    }

    #[inline(always)]
    fn fill_within<T: Real>(&mut self, panels: &[Lane<T>], width: usize) {
        self.ends.clear();
        // a row is written whether it is listed or not: nobody could foresee which
        self.rows.resize(panels.len() * PARTS + 1, 0);
        let mut end = 0;
        for panel in panels.chunks_exact(width.max(1)) {
            let parts = panel.as_flattened().as_chunks::<TOGETHER>().0;
            for part in 0..PARTS {
                for (row, values) in (0..).zip(parts.iter().skip(part).step_by(PARTS)) {
                    let live = values.iter().fold(false, |live, value| live | (*value != T::ZERO));
                    self.rows[end] = row;
                    end += usize::from(live);
                }
                self.ends.push(end);
            }
        }
        self.rows.truncate(end);
    }

    /// The rows of a part of a panel.
    #[inline(always)]
    fn list(&self, index: usize) -> &[u32] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.rows[start..self.ends[index]]
    }

    /// Whether so few of `all` rows are listed that it pays to go by the lists.
    #[must_use]
    pub fn pays(&self, all: usize) -> bool {
        (self.rows.len() as f64) < MOST * (all * PARTS) as f64
    }
}

/// What is silent in the products with each weight, by the place of the weight in θ.
#[derive(Clone, Debug, Default)]
pub struct Silent {
    registers: Vec<(usize, Active)>,
    weights: Vec<(usize, [Option<usize>; 2])>,
}

impl Silent {
    /// Adds the values of a register, by its number, as panels of `width` rows, if enough of them are silent.
    pub fn add_register<T: Real>(&mut self, arch: Arch, number: usize, panels: &[Lane<T>], width: usize) {
        if self.registers.iter().any(|known| known.0 == number) {
            return;
        }
        let mut active = Active::default();
        active.fill(arch, panels, width);
        if active.pays(panels.len()) {
            self.registers.push((number, active));
        }
    }

    /// Says that a weight leads from one register to another: of those that were added, or of any others.
    pub fn add_weight(&mut self, offset: usize, registers: [Option<usize>; 2]) {
        let place = |number: usize| self.registers.iter().position(|register| register.0 == number);
        self.weights.push((offset, registers.map(|number| number.and_then(place))));
    }

    /// The active rows of what a weight is multiplied with, and of its product.
    #[must_use]
    pub fn of(&self, offset: usize) -> [Option<&Active>; 2] {
        let found = self.weights.iter().find(|weight| weight.0 == offset);
        found.map_or([None; 2], |(_, places)| places.map(|place| place.map(|place| &self.registers[place].1)))
    }
}

struct Fill<'a, T> {
    active: &'a mut Active,
    panels: &'a [Lane<T>],
    width: usize,
}

impl<T: Real> WithSimd for Fill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.active.fill_within(self.panels, self.width);
    }
}

/// y += W·x, column by column of those that are active and for the rows that are wanted.
pub struct Product<'a, T, A> {
    /// The matrix, row by row.
    pub w: &'a [T],
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// Panels of `columns` lanes.
    pub x: &'a [Lane<T>],
    /// Panels of `rows` lanes.
    pub y: &'a mut [Lane<T>],
    /// Outside of these, x is zero.
    pub source: Option<&'a Active>,
    /// Outside of these, nobody asks for y.
    pub wanted: Option<&'a Active>,
    /// How products are added.
    pub arithmetic: PhantomData<A>,
}

impl<T: Real, A: Arithmetic<T>> WithSimd for Product<'_, T, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match (size_of::<S::f32s>(), size_of::<T>()) {
            (64.., 4) => self.run::<A, 8>(),
            (64.., _) | (32.., 4) => self.run::<A, 4>(),
            // without a fused instruction, a fused product is a call to a slow function
            (..=4, _) => self.run::<Unfused, 1>(),
            _ => self.run::<A, 2>(),
        }
    }
}

impl<T: Real, A> Product<'_, T, A> {
    /// With `R` rows at a time.
    #[inline(always)]
    fn run<B: Arithmetic<T>, const R: usize>(self) {
        let Self { w, rows, columns, x, y, source, wanted, .. } = self;
        let all: Vec<u32> = (0..rows.max(columns) as u32).collect();
        let panels = x.chunks_exact(columns).zip(y.chunks_exact_mut(rows));
        for (panel, (x, y)) in panels.enumerate() {
            let x = x.as_flattened().as_chunks::<TOGETHER>().0;
            let y = y.as_flattened_mut().as_chunks_mut::<TOGETHER>().0;
            for part in 0..PARTS {
                let list = panel * PARTS + part;
                let active = source.map_or(&all[..columns], |source| source.list(list));
                let wanted = wanted.map_or(&all[..rows], |wanted| wanted.list(list));
                for active in active.chunks(DEPTH) {
                    let from = (w, x, active);
                    let left = pass::<T, B, R>(from, (columns, part), wanted, y);
                    let left = if R > 4 { pass::<T, B, 4>(from, (columns, part), left, y) } else { left };
                    let left = if R > 2 { pass::<T, B, 2>(from, (columns, part), left, y) } else { left };
                    pass::<T, B, 1>(from, (columns, part), left, y);
                }
            }
        }
    }
}

/// As many blocks of `R` wanted rows as there are; the rows that are left.
#[inline(always)]
fn pass<'l, T: Real, A: Arithmetic<T>, const R: usize>(
    (w, x, active): (&[T], &[Part<T>], &[u32]),
    (columns, part): (usize, usize),
    wanted: &'l [u32],
    y: &mut [Part<T>],
) -> &'l [u32] {
    let (blocks, left) = wanted.as_chunks::<R>();
    for block in blocks {
        let (mut rows, mut sums) = ([&w[..0]; R], [Sum([T::ZERO; TOGETHER]); R]);
        for ((rows, sum), row) in rows.iter_mut().zip(&mut sums).zip(block) {
            *rows = &w[*row as usize * columns..][..columns];
            *sum = Sum(y[*row as usize * PARTS + part]);
        }
        // two at a time, as the loop itself costs
        let (twos, last) = active.as_chunks::<2>();
        for two in twos {
            let [first, second] = two.map(|column| column as usize);
            if first >= columns || second >= columns {
                break;
            }
            let (x0, x1) = (Sum(x[first * PARTS + part]), Sum(x[second * PARTS + part]));
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = sum.accumulate::<A>(row[first], x0);
            }
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = sum.accumulate::<A>(row[second], x1);
            }
        }
        if let Some(column) = last.first().map(|column| *column as usize).filter(|column| *column < columns) {
            let x = Sum(x[column * PARTS + part]);
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum = sum.accumulate::<A>(row[column], x);
            }
        }
        for (sum, row) in sums.into_iter().zip(block) {
            y[*row as usize * PARTS + part] = sum.0;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tile::Fused;
    use thalweg_core::random::Random;

    /// Panels of which the rows that `silent` names are zero over a part of a lane.
    fn panels<T: Real>(count: usize, width: usize, silent: impl Fn(usize, usize) -> bool) -> Vec<Lane<T>> {
        let mut random = Random::new(7);
        let value = |place: usize, lane: usize, random: &mut Random| {
            let part = place / width * PARTS + lane / TOGETHER;
            let value = random.normal();
            // one example of a live unit is enough
            let live = !silent(part, place % width) && (lane % TOGETHER == 3 || value > 0.0);
            T::from_f64(if live { value } else { 0.0 })
        };
        let mut out = vec![[T::ZERO; LANES]; count * width];
        for (place, row) in out.iter_mut().enumerate() {
            row.iter_mut().enumerate().for_each(|(lane, entry)| *entry = value(place, lane, &mut random));
        }
        out
    }

    #[test]
    fn lists_name_the_rows_with_an_entry_that_is_not_zero() {
        let mut active = Active::default();
        for width in [1, 5, 40] {
            let silent = |part: usize, row: usize| (part + row).is_multiple_of(3);
            active.fill(Arch::new(), &panels::<f32>(3, width, silent), width);
            for part in 0..3 * PARTS {
                let wanted: Vec<u32> =
                    (0..width).filter(|&row| !silent(part, row)).map(|row| row as u32).collect();
                assert_eq!(active.list(part), wanted);
            }
            assert!(active.pays(3 * width));
        }
        active.fill(Arch::new(), &panels::<f32>(2, 9, |_, _| false), 9);
        assert!(!active.pays(18), "nothing is silent");
    }

    fn products_agree<T: Real>(tolerance: f64)
    where
        Fused: Arithmetic<T>,
    {
        let mut random = Random::new(3);
        for (rows, columns) in [(1, 1), (10, 33), (45, 300), (16, 7)] {
            let w: Vec<T> = (0..rows * columns).map(|_| T::from_f64(random.normal())).collect();
            let x = panels::<T>(2, columns, |part, row| (part + row) % 3 == 1);
            let wanted_rows = |part: usize, row: usize| (part + row) % 4 != 2;
            let mask = panels::<T>(2, rows, |part, row| !wanted_rows(part, row));
            let (mut source, mut wanted) = (Active::default(), Active::default());
            source.fill(Arch::new(), &x, columns);
            wanted.fill(Arch::new(), &mask, rows);
            for (source, wanted) in
                [(Some(&source), None), (None, Some(&wanted)), (Some(&source), Some(&wanted))]
            {
                let mut y = vec![[T::ONE; LANES]; 2 * rows];
                let arithmetic = PhantomData::<Fused>;
                Arch::new().dispatch(Product {
                    w: &w,
                    rows,
                    columns,
                    x: &x,
                    y: &mut y,
                    source,
                    wanted,
                    arithmetic,
                });
                for (place, found) in y.as_flattened().iter().enumerate() {
                    let (panel, row, lane) = (place / LANES / rows, place / LANES % rows, place % LANES);
                    let terms = (0..columns)
                        .map(|k| w[row * columns + k].to_f64() * x[panel * columns + k][lane].to_f64());
                    let asked = wanted.is_none() || wanted_rows(panel * PARTS + lane / TOGETHER, row);
                    let sum = if asked { 1.0 + terms.sum::<f64>() } else { 1.0 };
                    assert!((found.to_f64() - sum).abs() < tolerance, "{rows} {columns} {place}");
                }
            }
        }
    }

    #[test]
    fn products_without_silent_units_are_those_with_all() {
        products_agree::<f32>(2e-5);
        products_agree::<f64>(1e-13);
    }

    #[test]
    fn a_weight_knows_of_the_registers_that_were_added() {
        let mut silent = Silent::default();
        silent.add_register(Arch::new(), 4, &panels::<f32>(1, 3, |part, row| part == row), 3);
        silent.add_weight(9, [Some(2), Some(4)]);
        silent.add_weight(30, [Some(4), None]);
        assert!(matches!(silent.of(9), [None, Some(_)]));
        assert!(matches!(silent.of(30), [Some(active), None] if active.list(0) == [1, 2]));
        assert!(matches!(silent.of(0), [None, None]));
    }
}
