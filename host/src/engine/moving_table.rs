//! Weights in tables that move by the lists of their features: a gradient arises in registers and is gone.

use std::marker::PhantomData;

use pulp::{Arch, Simd, WithSimd};
use thalweg_core::real::Real;

use super::{Choice, Scalar};
use crate::engine::gather::gather;
use crate::engine::moving::{Moved, Rule, sum};
use crate::engine::sparse::{Entry, NEIGHBOURS};
use crate::engine::tile::{Arithmetic, LANES, Lane, Unfused};

/// Moves rows of a part of a table, of `width` lanes each, two neighbours at a time by the lists that each chunk has
/// for them; `deltas` is the same part of the tables of the chunks' deltas. Answers the length of θ and v.
pub fn move_part<'l, T: Scalar, L: Iterator<Item = &'l [Entry<T>]> + Clone>(
    choice: Choice,
    lists: impl Iterator<Item = L>,
    (deltas, width): (&[&[Lane<T>]], usize),
    moved: Moved<'_, Lane<T>>,
    rule: Rule<T>,
) -> f64 {
    let arch = Arch::new();
    match choice {
        Choice::Fast => {
            arch.dispatch(Part { lists, deltas, width, moved, rule, arithmetic: PhantomData::<T::Fused> })
        }
        Choice::Exact => {
            arch.dispatch(Part { lists, deltas, width, moved, rule, arithmetic: PhantomData::<Unfused> })
        }
    }
}

struct Part<'a, I, T, A> {
    lists: I,
    deltas: &'a [&'a [Lane<T>]],
    width: usize,
    moved: Moved<'a, Lane<T>>,
    rule: Rule<T>,
    arithmetic: PhantomData<A>,
}

impl<'l, I, L, T, A> WithSimd for Part<'_, I, T, A>
where
    I: Iterator<Item = L>,
    L: Iterator<Item = &'l [Entry<T>]> + Clone,
    T: Real,
    A: Arithmetic<T>,
{
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        match (size_of::<S::f32s>(), size_of::<T>()) {
            (64.., 4) => self.by_registers::<A, L, 4>(),
            (64.., _) => self.by_registers::<A, L, 2>(),
            // without a fused instruction, a fused product is a call to a slow function
            (..=4, _) => self.by_registers::<Unfused, L, 1>(),
            _ => self.by_registers::<A, L, 1>(),
        }
    }
}

impl<'l, I, T: Real, B> Part<'_, I, T, B> {
    #[inline(always)]
    fn by_registers<A: Arithmetic<T>, L, const R: usize>(self) -> f64
    where
        I: Iterator<Item = L>,
        L: Iterator<Item = &'l [Entry<T>]> + Clone,
    {
        let Self { lists, deltas, width, moved: Moved { theta, velocity }, rule, .. } = self;
        let (mut total, still) = ([T::ZERO; LANES], velocity.is_empty() && rule.keeps_still());
        let size = width * NEIGHBOURS;
        for (pair, (lists, theta)) in lists.zip(theta.chunks_exact_mut(size)).enumerate() {
            if still && lists.clone().all(<[_]>::is_empty) {
                continue;
            }
            let velocity = velocity.get_mut(pair * size..(pair + 1) * size).unwrap_or(&mut []);
            let mut pass = Pass { deltas, width, theta, velocity, rule, total };
            let mut done = pass.lanes::<A, L, R>(lists.clone(), 0);
            if R > 2 {
                done = pass.lanes::<A, L, 2>(lists.clone(), done);
            }
            if R > 1 {
                pass.lanes::<A, L, 1>(lists, done);
            }
            total = pass.total;
        }
        sum(total).sqrt()
    }
}

/// The rows of two neighbours.
struct Pass<'a, T> {
    deltas: &'a [&'a [Lane<T>]],
    width: usize,
    theta: &'a mut [Lane<T>],
    velocity: &'a mut [Lane<T>],
    rule: Rule<T>,
    total: Lane<T>,
}

impl<T: Real> Pass<'_, T> {
    /// As many blocks of `R` lanes as there are from lane `done` on; answers how many are done then.
    #[inline(always)]
    fn lanes<'l, A: Arithmetic<T>, L, const R: usize>(&mut self, lists: L, done: usize) -> usize
    where
        T: 'l,
        L: Iterator<Item = &'l [Entry<T>]> + Clone,
    {
        let mut end = done;
        while end + R <= self.width {
            let mut sums = [[[T::ZERO; LANES]; R]; NEIGHBOURS];
            for (entries, deltas) in lists.clone().zip(self.deltas) {
                sums = gather::<T, A, R>(entries, (&deltas[end..], self.width), sums);
            }
            for (side, sums) in sums.iter().enumerate() {
                let first = side * self.width + end;
                for (lane, sums) in sums.iter().enumerate() {
                    let theta = &mut self.theta[first + lane];
                    match self.velocity.get_mut(first + lane) {
                        Some(velocity) => self.rule.apply(sums, theta, velocity, &mut self.total),
                        None => self.rule.apply(sums, theta, &mut [], &mut self.total),
                    }
                }
            }
            end += R;
        }
        end
    }
}
