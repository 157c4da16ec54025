//! Both ends of the spectrum of a symmetric operator, from its products alone.
//!
//! Lanczos' method with full reorthogonalisation, thick restarts, and blocks. The projected matrix is
//! kept whole, so that a breakdown, a restart and a fresh start vector are all the same thing: another
//! orthonormal row. No ghosts can come, as all rows are orthogonal; a repeated eigenvalue, of which
//! one start vector sees one copy, is found by going on from fresh vectors that are orthogonal to all
//! that was found (`confirm`).
//!
//! # Source
//! Wu and Simon, *Thick-restart Lanczos method for large symmetric eigenvalue problems* (2000).

use crate::cost::operator::SymmetricOperator;
use crate::length::{WrongLength, copy, expect_at_least, expect_length};
use crate::real::Real;
use crate::spectrum::basis::next;
use crate::spectrum::confirmation::Confirmation;
pub use crate::spectrum::krylov::LanczosError;
use crate::spectrum::krylov::State;
use crate::spectrum::projected::Projected;
pub use crate::spectrum::search::{Lanczos, Pair, Report};

/// The most Ritz vectors that are set aside for a confirmation beside the wanted ones: each costs about a tenth of a
/// product of a small network, and the first few save most.
const BESIDE: usize = 6;

impl Lanczos {
    /// Writes the pairs, those at the top first, each end in descending order, and leaves their unit
    /// vectors as the first rows of `basis`.
    ///
    /// | argument | shape                                | unit                          |
    /// |----------|--------------------------------------|-------------------------------|
    /// | `basis`  | at least [`Self::basis_length`]      | vectors on return             |
    /// | `small`  | at least [`Self::small_length`]      | overwritten                   |
    /// | `pairs`  | `top` + `bottom` (or what n allows)  | of the operator               |
    ///
    /// A pair that has not converged is marked, with its measured residual. Takes one product per row,
    /// and one per pair to measure its residual where products are not kept; 4·n·rows operations beside each
    /// product, twice as many where rounding asks for it.
    ///
    /// # Errors
    /// [`LanczosError`]; `rows` must leave room for a block beside the wanted pairs.
    ///
    /// # Examples
    /// ```
    /// use thalweg_core::spectrum::lanczos::{Lanczos, Pair};
    /// use thalweg_core::spectrum::dense::Dense;
    /// let saddle = [0.0_f64, 1.0, 1.0, 0.0];
    /// let lanczos = Lanczos::default();
    /// let (mut basis, mut small, mut pairs) = ([0.0; 6], [0.0; 17], [Pair::default(); 2]);
    /// let mut operator = Dense::new(&saddle, 2).unwrap();
    /// lanczos.run(&mut operator, &mut basis, &mut small, &mut pairs).unwrap();
    /// assert!((pairs[0].value - 1.0).abs() < 1e-15 && (pairs[1].value + 1.0).abs() < 1e-15);
    /// ```
    pub fn run<O: SymmetricOperator>(
        &self,
        operator: &mut O,
        basis: &mut [O::Real],
        small: &mut [O::Real],
        pairs: &mut [Pair],
    ) -> Result<Report, LanczosError> {
        let n = operator.dimension();
        let (top, bottom) = self.wanted(n);
        let wanted = top + bottom;
        let rows = self.capacity(n);
        expect_length("pairs", pairs, wanted)?;
        expect_at_least("basis", basis, self.basis_length(n))?;
        expect_at_least("small", small, self.small_length(n))?;
        if rows < n && rows < wanted + self.width() + 1 {
            return Err(
                WrongLength { argument: "rows", needed: wanted + self.width() + 1, found: rows }.into()
            );
        }
        let (basis, images) = basis.split_at_mut_checked(self.rows_length(n)).unwrap_or((&mut [], &mut []));
        let images = if self.keep { images } else { &mut [] };
        let mut small = Projected::new(small, rows, self.width());
        let mut state = State::new(n, self.seed);
        state.start(basis, self.width());
        let enough = self.confirming(rows, wanted);
        let (mut scale, mut next_look) = (0.0_f64, wanted.max(1));
        let mut confirmation: Option<Confirmation> = None;
        let (mut confirmations, mut ended) = (0, false);
        // the products that measure the residuals in the end are set aside
        let budget = self.products.saturating_sub(if self.keep { 0 } else { wanted as u64 });
        while !ended && state.pending > 0 && state.products + state.pending as u64 <= budget {
            if let Some(confirmation) = &mut confirmation {
                confirmation.products += state.pending as u64;
            }
            state.expand(operator, (basis, images), &mut small, scale)?;
            let full = state.expanded + state.pending > rows;
            if state.pending == 0 || (state.expanded < next_look && !full) {
                continue;
            }
            // the projected matrix is taken apart after each product while that is less work than the product
            let cheap = state.expanded.saturating_pow(3) <= n;
            next_look = state.expanded + 1 + if cheap { 0 } else { state.expanded / 8 };
            small.solve(state.expanded).map_err(LanczosError::Small)?;
            scale = scale.max(small.largest(state.expanded));
            let settled = state.expanded >= wanted && self.settled((&small, &state), (top, bottom), scale);
            let missed = confirmation.map_or(1.0, |found| found.missed((&small, &state), scale));
            // more rows only widen the spread: it says whether a fresh start has found anything new
            let news = confirmation.is_none_or(|before| {
                small.spread(state.expanded, (top, bottom)) - before.spread > self.tolerance * scale
            });
            let over = confirmation.is_none_or(|found| found.products >= enough);
            ended = settled && enough == 0 || !news && (over || missed <= self.missed);
            if ended {
                continue;
            }
            if settled && over {
                let room = (rows - wanted).saturating_sub(enough as usize).min(BESIDE);
                let margin = self.tolerance * scale;
                let found = Confirmation::new((&small, &state), (top, bottom), margin, room, confirmations);
                state.keep((basis, images), &mut small, found.aside);
                state.start(basis, 1);
                next_look = state.expanded + 1;
                (confirmation, confirmations) = (Some(found), confirmations + 1);
            } else if full {
                let spare = (rows - wanted).saturating_sub(state.pending) / 2;
                let more = match (top, bottom) {
                    (_, 0) => (spare, 0),
                    (0, _) => (0, spare),
                    _ => (spare / 2, spare / 2),
                };
                state.restarts += 1;
                // a restart forgets what a fresh start has seen: the confirmation begins anew
                state.keep((basis, images), &mut small, (top + more.0, bottom + more.1));
                (confirmation, next_look) = (None, state.expanded + 1);
            }
        }
        small.solve(state.expanded).map_err(LanczosError::Small)?;
        scale = scale.max(small.largest(state.expanded));
        let complete = state.expanded == n;
        let beyond = confirmation.map_or(f64::INFINITY, |found| found.beyond((&small, &state), scale));
        let missed = confirmation.map_or(1.0, |found| found.missed((&small, &state), scale));
        let (top, bottom) = (top.min(state.expanded), bottom.min(state.expanded.saturating_sub(top)));
        state.keep((basis, images), &mut small, (top, bottom));
        self.measure(operator, (basis, images), (&small, &mut state), scale, pairs)?;
        let confirmed = confirmation.map_or(0, |found| found.products);
        Ok(Report {
            top,
            bottom,
            products: state.products,
            restarts: state.restarts,
            breakdowns: state.breakdowns,
            confirmed: if complete { 0 } else { confirmed },
            missed: if complete { 0.0 } else { missed },
            beyond: if complete { 0.0 } else { beyond },
            cut: !ended && !complete,
            complete,
            scale,
        })
    }

    /// Whether the wanted pairs of the last solution have converged, by what is known of their residuals. What rounding
    /// may add is left of the tolerance: half of it at most, a tenth at least.
    fn settled<T: Real>(
        &self,
        (small, state): (&Projected<'_, T>, &State),
        (top, bottom): (usize, usize),
        scale: f64,
    ) -> bool {
        let k = state.expanded;
        let rounding = 16.0 * T::EPSILON.to_f64();
        let bound = (self.tolerance - rounding).max(0.5 * self.tolerance).min(0.9 * self.tolerance) * scale;
        let mut wanted = (0..top).chain(k.saturating_sub(bottom)..k);
        wanted.all(|index| small.residual((k, state.last), index) <= bound)
    }

    /// Measures the residual of each kept row by its product, kept or taken now.
    fn measure<O: SymmetricOperator>(
        &self,
        operator: &mut O,
        (basis, images): (&mut [O::Real], &[O::Real]),
        (small, state): (&Projected<'_, O::Real>, &mut State),
        scale: f64,
        pairs: &mut [Pair],
    ) -> Result<(), LanczosError> {
        let (kept, n) = (state.expanded, state.n);
        for (index, pair) in pairs.iter_mut().enumerate().take(kept) {
            let (vectors, product) = next(basis, n, kept);
            let vector = vectors.get(index * n..(index + 1) * n).unwrap_or(&[]);
            if let Some(image) = images.get(index * n..(index + 1) * n) {
                copy(image, product);
            } else {
                operator.product(vector, product)?;
                state.products += 1;
            }
            let value = small.entry(index, index);
            let mut square = 0.0;
            for (product, entry) in product.iter().zip(vector) {
                let rest = product.to_f64() - value * entry.to_f64();
                square += rest * rest;
            }
            let length = libm::sqrt(square);
            let residual = if length == 0.0 { 0.0 } else { length / scale };
            *pair = Pair { value, residual, converged: residual <= self.tolerance };
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::spectrum::basis::turned;
    use crate::spectrum::dense::Dense;
    use std::vec;
    use std::vec::Vec;

    fn run<T: Real>(lanczos: Lanczos, matrix: &[T], n: usize) -> (Vec<Pair>, Vec<T>, Report) {
        let (top, bottom) = lanczos.wanted(n);
        let mut pairs = vec![Pair::default(); top + bottom];
        let mut basis = vec![T::ZERO; lanczos.basis_length(n)];
        let mut small = vec![T::ZERO; lanczos.small_length(n)];
        let mut operator = Dense::new(matrix, n).unwrap();
        let report = lanczos.run(&mut operator, &mut basis, &mut small, &mut pairs).unwrap();
        (pairs, basis, report)
    }

    /// Runs on a turned spectrum (descending) and compares both ends with it, also with products kept and a
    /// confirmation that ends when it is sure.
    fn holds(lanczos: Lanczos, spectrum: &[f64]) -> Report {
        let kept = held(Lanczos { keep: true, missed: 0.01, ..lanczos }, spectrum);
        let report = held(lanczos, spectrum);
        assert!(kept.products < report.products || spectrum.is_empty(), "{kept:?} {report:?}");
        report
    }

    fn held(lanczos: Lanczos, spectrum: &[f64]) -> Report {
        let n = spectrum.len();
        let (pairs, basis, report) = run(lanczos, &turned(spectrum, 7), n);
        let (top, bottom) = lanczos.wanted(n);
        assert_eq!((report.top, report.bottom), (top, bottom), "{report:?}");
        let wanted = spectrum[..top].iter().chain(&spectrum[n - bottom..]);
        for (pair, wanted) in pairs.iter().zip(wanted) {
            assert!(pair.converged, "{pairs:?} {report:?}");
            assert!((pair.value - wanted).abs() <= 1e-8 * report.scale, "{pair:?} {wanted} {report:?}");
        }
        for (i, a) in basis.chunks_exact(n).take(pairs.len()).enumerate() {
            for (j, b) in basis.chunks_exact(n).take(pairs.len()).enumerate() {
                assert!((crate::spectrum::basis::dot(a, b) - f64::from(i == j)).abs() < 1e-12);
            }
        }
        report
    }

    fn ends(top: usize, bottom: usize) -> Lanczos {
        Lanczos { top, bottom, ..Lanczos::default() }
    }

    #[test]
    fn both_ends_of_an_even_spectrum_are_found_with_restarts() {
        let spectrum: Vec<f64> = (0..200).map(|i| 100.0 - f64::from(i)).collect();
        let report = holds(ends(4, 3), &spectrum);
        assert!(report.restarts > 0 && report.confirmed >= 20 && !report.complete, "{report:?}");
    }

    #[test]
    fn every_copy_of_a_repeated_value_is_found_whatever_the_block() {
        let mut spectrum = vec![9.0; 4];
        spectrum.extend([5.0, 5.0, 3.0]);
        spectrum.extend((0..100).map(|i| 1.0 - f64::from(i) / 50.0));
        spectrum.extend([-4.0; 3]);
        for block in 1..=4 {
            holds(Lanczos { block, ..ends(7, 3) }, &spectrum);
        }
    }

    #[test]
    fn without_a_confirmation_copies_are_missed() {
        let mut spectrum = vec![9.0, 9.0, 3.0];
        spectrum.extend((0..100).map(|i| f64::from(i) / -1e4));
        let lanczos = Lanczos { confirm: 0, ..ends(2, 0) };
        let (pairs, _, report) = run(lanczos, &turned(&spectrum, 7), spectrum.len());
        holds(ends(2, 0), &spectrum);
        assert!((pairs[1].value - 3.0).abs() < 1e-8 && report.confirmed == 0, "{pairs:?} {report:?}");
    }

    #[test]
    fn low_rank_breaks_down_and_shows_its_rank() {
        let mut spectrum = vec![8.0, 2.0, 1.0];
        spectrum.extend([0.0; 60]);
        spectrum.push(-3.0);
        let report = holds(ends(5, 3), &spectrum);
        assert!(report.breakdowns > 0);
    }

    #[test]
    fn clustered_ends_are_told_apart() {
        let mut spectrum: Vec<f64> = (0..6).map(|i| 10.0 - 1e-6 * f64::from(i)).collect();
        spectrum.extend((0..100).map(|i| 5.0 - f64::from(i) / 10.0));
        spectrum.extend((0..5).map(|i| -20.0 - 1e-5 * f64::from(i)));
        holds(Lanczos { rows: 50, ..ends(6, 5) }, &spectrum);
    }

    #[test]
    fn one_number_and_no_number_are_operators_too() {
        let (pairs, _, report) = run(ends(3, 3), &[-2.5_f64], 1);
        assert_eq!((pairs[0].value, pairs[0].residual, pairs.len()), (-2.5, 0.0, 1));
        assert!(report.complete);
        assert!(run::<f64>(ends(1, 1), &[], 0).0.is_empty());
    }

    #[test]
    fn the_zero_operator_has_zeros_at_both_ends() {
        let report = holds(ends(3, 2), &[0.0; 50]);
        assert!(report.breakdowns > 0 && report.scale == 0.0);
    }

    #[test]
    fn the_identity_is_nothing_but_breakdowns() {
        holds(ends(3, 2), &[1.0; 50]);
    }

    #[test]
    fn a_start_in_a_plane_that_is_invariant_goes_on_outside() {
        let mut spectrum = vec![2.0; 5];
        spectrum.extend([-1.0; 75]);
        let report = holds(ends(6, 2), &spectrum);
        assert!(report.breakdowns > 0);
    }

    #[test]
    fn a_small_space_is_filled_and_exact() {
        let report = holds(ends(2, 2), &[3.0, 3.0, 3.0, -1.0]);
        assert!(report.complete && report.confirmed == 0);
    }

    #[test]
    fn single_precision_reaches_its_own_tolerance() {
        let spectrum: Vec<f64> = (0..120).map(|i| 100.0 / f64::from(1 + i)).collect();
        let matrix: Vec<f32> = turned(&spectrum, 7).iter().map(|&entry| entry as f32).collect();
        let lanczos = Lanczos { tolerance: 1e-5, ..ends(4, 0) };
        let (pairs, _, _) = run(lanczos, &matrix, 120);
        for (pair, wanted) in pairs.iter().zip(&spectrum) {
            assert!(pair.converged && (pair.value - wanted).abs() < 1e-3, "{pair:?} {wanted}");
        }
    }

    #[test]
    fn a_wide_gap_ends_the_confirmation_and_a_narrow_one_needs_room_to_set_its_neighbours_aside() {
        let with_gap = |gap: f64, rows: usize| {
            let mut spectrum: Vec<f64> = (0..200).map(|i| 1.0 - f64::from(i) / 200.0).collect();
            spectrum.insert(0, 1.0 + gap);
            holds(ends(1, 0), &spectrum);
            held(Lanczos { missed: 0.01, rows, ..ends(1, 0) }, &spectrum)
        };
        let (wide, narrow, set_aside) = (with_gap(2.0, 22), with_gap(0.01, 22), with_gap(0.01, 40));
        for sure in [wide, set_aside] {
            assert!(
                sure.confirmed < 20 && sure.missed <= 0.01 && sure.beyond < 1.001e-8 * sure.scale,
                "{sure:?}"
            );
        }
        assert!(wide.confirmed < 6, "{wide:?}");
        assert!(narrow.confirmed >= 20 && narrow.missed > 0.01 && narrow.beyond > 1e-3, "{narrow:?}");
    }

    #[test]
    fn the_gap_at_the_bottom_counts_like_that_at_the_top() {
        let mut spectrum: Vec<f64> = (0..150).map(|i| 1.0 - f64::from(i) / 150.0).collect();
        spectrum.insert(0, 3.0);
        spectrum.push(0.0064);
        let narrow = held(Lanczos { missed: 0.01, ..ends(1, 1) }, &spectrum);
        assert!(narrow.confirmed >= 20 && narrow.missed > 0.01, "{narrow:?}");
        spectrum.pop();
        spectrum.push(-2.0);
        let wide = held(Lanczos { missed: 0.01, ..ends(1, 1) }, &spectrum);
        assert!(wide.confirmed < 8 && wide.missed <= 0.01, "{wide:?}");
    }

    /// A copy hides from the start that found its twin; how often one that confirms ends without it is bounded.
    #[test]
    fn a_copy_is_missed_no_more_often_than_the_report_allows() {
        let mut spectrum = vec![1.1, 1.1];
        spectrum.extend((0..60).map(|i| 1.0 - f64::from(i) / 30.0));
        let matrix = turned(&spectrum, 7);
        let missed = |allowed: f64| {
            let runs = (0..400).map(|seed| {
                let lanczos = Lanczos { missed: allowed, tolerance: 1e-3, seed, ..ends(2, 0) };
                let (pairs, _, report) = run(lanczos, &matrix, spectrum.len());
                assert!(report.missed <= allowed && !report.cut, "{report:?}");
                u32::from((pairs[1].value - 1.1).abs() > 1e-2)
            });
            runs.sum::<u32>()
        };
        let (half, tenth, hundredth) = (missed(0.5), missed(0.1), missed(0.01));
        assert!(half <= 200 && tenth <= 40 && hundredth <= 4, "{half} {tenth} {hundredth}");
        assert!(half > 0, "the bound is tried where copies are missed");
    }

    #[test]
    fn residuals_from_kept_products_are_those_of_products_taken_again() {
        let spectrum: Vec<f64> = (0..120).map(|i| 100.0 / f64::from(1 + i)).collect();
        let matrix = turned(&spectrum, 7);
        for (products, block) in [(13, 1), (40, 1), (200, 2)] {
            let lanczos = Lanczos { keep: true, products, block, rows: 25, ..ends(4, 3) };
            let (pairs, vectors, report) = run(lanczos, &matrix, 120);
            let mut product = vec![0.0; 120];
            for (pair, vector) in pairs.iter().zip(vectors.chunks_exact(120)) {
                Dense::new(&matrix, 120).unwrap().product(vector, &mut product).unwrap();
                let rest: Vec<f64> = product.iter().zip(vector).map(|(p, v)| p - pair.value * v).collect();
                let wanted = crate::spectrum::basis::norm(&rest) / report.scale;
                assert!((pair.residual - wanted).abs() < 1e-14 + 1e-10 * wanted, "{pair:?} {wanted}");
            }
            assert!(report.products <= products);
        }
    }

    #[test]
    fn too_few_products_are_flagged_and_not_exceeded() {
        let spectrum: Vec<f64> = (0..200).map(|i| 100.0 - f64::from(i)).collect();
        let lanczos = Lanczos { products: 25, ..ends(3, 2) };
        let (pairs, _, report) = run(lanczos, &turned(&spectrum, 7), 200);
        assert!(report.products <= 25);
        assert!(pairs.iter().all(|pair| !pair.converged && pair.residual > 1e-8), "{pairs:?}");
    }

    #[test]
    fn a_product_that_is_not_finite_and_rows_too_few_are_errors() {
        let lanczos = Lanczos { rows: 3, ..ends(2, 2) };
        let mut pairs = [Pair::default(); 4];
        let (mut basis, mut small) = (vec![0.0; lanczos.basis_length(9)], vec![0.0; lanczos.small_length(9)]);
        let mut matrix = vec![0.0; 81];
        let mut operator = Dense::new(&matrix, 9).unwrap();
        let error = lanczos.run(&mut operator, &mut basis, &mut small, &mut pairs).unwrap_err();
        assert_eq!(error, LanczosError::Length(WrongLength { argument: "rows", needed: 6, found: 3 }));
        matrix[3] = f64::NAN;
        let lanczos = ends(1, 1);
        let (mut basis, mut small) = (vec![0.0; lanczos.basis_length(9)], vec![0.0; lanczos.small_length(9)]);
        let mut operator = Dense::new(&matrix, 9).unwrap();
        let error = lanczos.run(&mut operator, &mut basis, &mut small, &mut pairs[..2]).unwrap_err();
        assert_eq!(error, LanczosError::NotFinite);
    }

    /// Each fresh start sees one more copy, so news must be confirmed anew.
    #[test]
    fn what_a_confirmation_finds_is_confirmed_again() {
        let mut spectrum = vec![9.0, 9.0, 9.0, 5.0, 4.0];
        spectrum.extend((0..100).map(|i| f64::from(i) / -1e5));
        holds(Lanczos { rows: 60, ..ends(3, 0) }, &spectrum);
    }
}
