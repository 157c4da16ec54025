//! Weights that move as soon as their sums over examples are known, so that no gradient is ever stored.
//!
//! An entry moves as in [`thalweg_core::descent::step`], to the same bits: g ← Σ / count + λ·θ, v ← μ·v − ε·g,
//! θ ← θ + v. Whether g is finite must be known before.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::engine::Pair;
use thalweg_core::real::Real;

use super::{Choice, Scalar};
use crate::engine::lanes::Lanes;
use crate::engine::sums::TurnLane;
use crate::engine::tile::{Arithmetic, LANES, Lane, Piece, Unfused, by_registers};
use crate::engine::transpose::Turn;

/// The largest |θ|, |v| and sum of a gradient from which nothing overflows in a step with rates of at most [`RATE`]:
/// g stays below 2⁸¹, v and θ below 2¹⁰², far from the 2¹²⁷ of single precision.
pub const TAME: f64 = (1_u64 << 60) as f64;

/// The largest ε, |μ| and λ of such a step.
pub const RATE: f64 = (1_u64 << 20) as f64;

/// How a sum over examples moves an entry.
#[derive(Clone, Copy, Debug)]
pub struct Rule<T> {
    count: T,
    /// 1/count, where that is exact.
    inverse: Option<T>,
    decay: Option<T>,
    step_size: T,
    momentum: T,
}

impl<T: Real> Rule<T> {
    /// The rule for the mean over `count` examples with a decay; or nothing if a rate is no number or very large.
    #[must_use]
    pub fn new(count: usize, decay: f64, step_size: f64, momentum: f64) -> Option<Self> {
        let tame = [decay, step_size, momentum].iter().all(|rate| rate.abs() <= RATE);
        let real = T::from_f64(count as f64);
        tame.then(|| Self {
            count: real,
            inverse: count.is_power_of_two().then(|| T::ONE / real),
            decay: (decay != 0.0).then(|| T::from_f64(decay)),
            step_size: T::from_f64(step_size),
            momentum: T::from_f64(momentum),
        })
    }

    /// The same without decay.
    #[must_use]
    pub const fn without_decay(self) -> Self {
        Self { decay: None, ..self }
    }

    /// Whether an entry without velocity stays where it is if its sum is 0.
    #[must_use]
    pub const fn keeps_still(&self) -> bool {
        self.decay.is_none()
    }

    /// Moves some entries, and adds their θ² and v² to `total`; `velocity` is empty where μ is 0 for good.
    #[inline(always)]
    pub(crate) fn apply(&self, sums: &[T], theta: &mut [T], velocity: &mut [T], total: &mut Lane<T>) {
        match self.inverse {
            Some(inverse) => self.with_mean(|sum| sum * inverse, sums, theta, velocity, total),
            None => self.with_mean(|sum| sum / self.count, sums, theta, velocity, total),
        }
    }

    #[inline(always)]
    fn with_mean(
        &self,
        mean: impl Fn(T) -> T,
        sums: &[T],
        theta: &mut [T],
        velocity: &mut [T],
        total: &mut Lane<T>,
    ) {
        let gradient = |sum: T, theta: T| match self.decay {
            Some(decay) => mean(sum) + decay * theta,
            None => mean(sum),
        };
        if velocity.is_empty() {
            for ((theta, sum), total) in theta.iter_mut().zip(sums).zip(total) {
                // the product of 0 and a velocity that is finite, which is a zero of either sign
                *theta += T::ZERO - self.step_size * gradient(*sum, *theta);
                *total += *theta * *theta;
            }
            return;
        }
        for (((theta, sum), v), total) in theta.iter_mut().zip(sums).zip(velocity).zip(total) {
            *v = self.momentum * *v - self.step_size * gradient(*sum, *theta);
            *theta += *v;
            *total += *theta * *theta + *v * *v;
        }
    }
}

/// The sum of a lane.
pub(crate) fn sum<T: Real>(lane: Lane<T>) -> f64 {
    lane.iter().map(|value| value.to_f64()).sum()
}

/// √Σx², or what is not finite.
#[must_use]
pub fn length<T: Real>(arch: Arch, values: &[T]) -> f64 {
    arch.dispatch(Length(values))
}

struct Length<'a, T>(&'a [T]);

impl<T: Real> WithSimd for Length<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let (lanes, rest) = self.0.as_chunks::<LANES>();
        let mut total = [T::ZERO; LANES];
        for lane in lanes {
            total.iter_mut().zip(lane).for_each(|(total, value)| *total += *value * *value);
        }
        let rest: f64 = rest.iter().map(|value| value.to_f64() * value.to_f64()).sum();
        (sum(total) + rest).sqrt()
    }
}

/// Lays the right sides of pairs side by side, a lane of their `columns` columns after the other: a lane for each
/// example and pair.
pub fn lay_columns<T: Real + Turn>(
    arch: Arch,
    pairs: &[Pair<'_, T, LANES>],
    columns: usize,
    out: &mut Lanes<T>,
) {
    let panels = pairs.first().map_or(0, |pair| pair.right.len() / columns.max(1));
    let stride = panels * LANES * pairs.len();
    out.resize(stride * columns.div_ceil(LANES));
    for (first, out) in (0..columns).step_by(LANES).zip(out.chunks_exact_mut(stride.max(1))) {
        for (place, pair) in pairs.iter().enumerate() {
            let out = &mut out[place..];
            arch.dispatch(TurnLane { panels: pair.right, columns, first, step: pairs.len(), out });
        }
    }
}

/// What a chunk adds to a weight, example by example.
#[derive(Clone, Copy, Debug)]
pub struct Factors<'a, T> {
    /// Row by row, `stride` numbers each.
    pub left: &'a [T],
    /// The lanes of columns, `stride` lanes each.
    pub right: &'a [Lane<T>],
    /// The terms of a sum.
    pub terms: usize,
    /// The terms for which there is room.
    pub stride: usize,
}

/// Parameters and their velocity, which is empty where μ is 0 for good.
#[derive(Debug)]
pub struct Moved<'a, X> {
    /// Entries of θ.
    pub theta: &'a mut [X],
    /// Of the same entries.
    pub velocity: &'a mut [X],
}

/// Moves rows of a weight, of `columns` entries each, of which the first is row `first`; answers the length of θ and v.
pub fn move_rows<T: Scalar>(
    choice: Choice,
    chunks: &[Factors<'_, T>],
    (first, columns): (usize, usize),
    moved: Moved<'_, T>,
    rule: Rule<T>,
) -> f64 {
    let (arch, sums) = (Arch::new(), &mut vec![[T::ZERO; LANES]; moved.theta.len() / columns.max(1)]);
    let place = (first, columns);
    match choice {
        Choice::Fast => {
            arch.dispatch(Rows { chunks, place, moved, rule, sums, arithmetic: PhantomData::<T::Fused> })
        }
        Choice::Exact => {
            arch.dispatch(Rows { chunks, place, moved, rule, sums, arithmetic: PhantomData::<Unfused> })
        }
    }
}

/// Moves entries by the sums of their chunks, one after the other; answers the length of θ and v.
pub fn move_entries<'s, T: Real>(
    chunks: impl Iterator<Item = &'s [T]> + Clone,
    Moved { theta, velocity }: Moved<'_, T>,
    rule: Rule<T>,
) -> f64 {
    let mut total = [T::ZERO; LANES];
    for (lane, theta) in theta.chunks_mut(LANES).enumerate() {
        let (mut sums, first) = ([T::ZERO; LANES], lane * LANES);
        for chunk in chunks.clone() {
            sums.iter_mut().zip(&chunk[first..]).for_each(|(sum, part)| *sum += *part);
        }
        let velocity = velocity.get_mut(first..first + theta.len()).unwrap_or(&mut []);
        rule.apply(&sums, theta, velocity, &mut total);
    }
    sum(total).sqrt()
}

struct Rows<'a, 'f, T, A> {
    chunks: &'a [Factors<'f, T>],
    place: (usize, usize),
    moved: Moved<'a, T>,
    rule: Rule<T>,
    /// One lane per row.
    sums: &'a mut [Lane<T>],
    arithmetic: PhantomData<A>,
}

impl<T: Real, A: Arithmetic<T>> WithSimd for Rows<'_, '_, T, A> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let Self { chunks, place: (first, columns), moved: Moved { theta, velocity }, rule, sums, .. } = self;
        let mut total = [T::ZERO; LANES];
        for (lane, start) in (0..columns).step_by(LANES).enumerate() {
            sums.fill([T::ZERO; LANES]);
            for chunk in chunks {
                let w = &chunk.left[first * chunk.stride..];
                let piece = Piece { w, x: &chunk.right[lane * chunk.stride..][..chunk.terms] };
                by_registers::<T, A, S>(std::iter::once(piece), chunk.stride, sums);
            }
            let width = LANES.min(columns - start);
            for (row, sums) in sums.iter().enumerate() {
                let place = row * columns + start..row * columns + start + width;
                let velocity = velocity.get_mut(place.clone()).unwrap_or(&mut []);
                let theta = &mut theta[place];
                match (<&mut Lane<T>>::try_from(&mut *theta), velocity.is_empty()) {
                    // a whole lane, so that the loop has a fixed length
                    (Ok(theta), true) => rule.apply(sums, theta, &mut [], &mut total),
                    _ => rule.apply(sums, theta, velocity, &mut total),
                }
            }
        }
        sum(total).sqrt()
    }
}
