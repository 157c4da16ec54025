//! The most that this machine computes: independent multiplications and additions that stay in registers.

use std::hint::black_box;
use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Rounds of a loop: a hundredth of a second or so.
const ROUNDS: usize = 1 << 20;

/// Which loop: fused operations round once, unfused ones are a multiplication and an addition.
#[derive(Clone, Copy)]
pub struct Kind {
    pub double: bool,
    pub fused: bool,
}

/// N chains x ← x·w + c; answers with the operations done.
struct Chains<const N: usize>(Kind);

impl<const N: usize> WithSimd for Chains<N> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let lanes = if self.0.double { S::F64_LANES } else { S::F32_LANES };
        match (self.0.double, self.0.fused) {
            (false, true) => single::<S, N>(simd, |x, w, c| simd.mul_add_f32s(x, w, c)),
            (false, false) => single::<S, N>(simd, |x, w, c| simd.add_f32s(simd.mul_f32s(x, w), c)),
            (true, true) => double::<S, N>(simd, |x, w, c| simd.mul_add_f64s(x, w, c)),
            (true, false) => double::<S, N>(simd, |x, w, c| simd.add_f64s(simd.mul_f64s(x, w), c)),
        }
        (2 * N * lanes * ROUNDS) as f64
    }
}

#[inline(always)]
fn single<S: Simd, const N: usize>(simd: S, step: impl Fn(S::f32s, S::f32s, S::f32s) -> S::f32s) {
    let (w, c) = (simd.splat_f32s(black_box(0.5)), simd.splat_f32s(black_box(0.25)));
    let mut chains = [simd.splat_f32s(black_box(1.0)); N];
    for _ in 0..ROUNDS {
        for chain in &mut chains {
            *chain = step(*chain, w, c);
        }
    }
    black_box(chains.map(|chain| simd.reduce_sum_f32s(chain)));
}

#[inline(always)]
fn double<S: Simd, const N: usize>(simd: S, step: impl Fn(S::f64s, S::f64s, S::f64s) -> S::f64s) {
    let (w, c) = (simd.splat_f64s(black_box(0.5)), simd.splat_f64s(black_box(0.25)));
    let mut chains = [simd.splat_f64s(black_box(1.0)); N];
    for _ in 0..ROUNDS {
        for chain in &mut chains {
            *chain = step(*chain, w, c);
        }
    }
    black_box(chains.map(|chain| simd.reduce_sum_f64s(chain)));
}

/// Operations per second of one run on `threads` threads at once.
fn rate<const N: usize>(kind: Kind, threads: usize) -> f64 {
    let started = Instant::now();
    let done: f64 = (0..threads).into_par_iter().map(|_| Arch::new().dispatch(Chains::<N>(kind))).sum();
    done / started.elapsed().as_secs_f64()
}

/// The most operations per second that `threads` threads reach, in the best of several runs with as many chains as
/// hide the latency of one.
pub fn peak(kind: Kind, threads: usize) -> f64 {
    let rates =
        (0..5).flat_map(|_| [rate::<8>(kind, threads), rate::<12>(kind, threads), rate::<20>(kind, threads)]);
    rates.fold(0.0, f64::max)
}
