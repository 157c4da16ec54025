//! The way back through maxima over groups, compiled once for each instruction set.

use std::num::NonZeroUsize;

use pulp::{Simd, WithSimd};
use thalweg_core::real::Real;

use crate::engine::tile::{LANES, Lane};

/// x̄ ← x̄ + ȳ at the place of the largest of each group: see [`thalweg_core::engine::Engine::maximum_backward`].
pub(crate) struct Scattered<'a, T> {
    pub pieces: NonZeroUsize,
    pub x: &'a [Lane<T>],
    pub y_delta: &'a [Lane<T>],
    pub x_delta: &'a mut [Lane<T>],
}

impl<T: Real> WithSimd for Scattered<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { pieces, x, y_delta, x_delta } = self;
        let groups = x.chunks_exact(pieces.get()).zip(x_delta.chunks_exact_mut(pieces.get()));
        for (y_delta, (x, x_delta)) in y_delta.iter().zip(groups) {
            let mut largest = x[0];
            for row in x {
                for (largest, value) in largest.iter_mut().zip(row) {
                    let beats = (*value > *largest) | (value.is_nan() & !largest.is_nan());
                    *largest = if beats { *value } else { *largest };
                }
            }
            // 1 until the largest was met: numbers of one width stay in one register
            let mut open = [T::ONE; LANES];
            for (row, x_delta) in x.iter().zip(x_delta) {
                for lane in 0..LANES {
                    let (value, largest) = (row[lane], largest[lane]);
                    let found = (value == largest) | (value.is_nan() & largest.is_nan());
                    let takes = found & (open[lane] == T::ONE);
                    x_delta[lane] = if takes { x_delta[lane] + y_delta[lane] } else { x_delta[lane] };
                    open[lane] = if found { T::ZERO } else { open[lane] };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulp::Arch;
    use thalweg_core::engine::{Engine, Exact};
    use thalweg_core::random::Random;

    #[test]
    fn the_first_of_equals_and_the_first_nan_take_the_delta_as_in_the_core() {
        let mut random = Random::new(7);
        for pieces in [1, 2, 5] {
            // few values, so that many are equal, and zeros of both signs
            let mut value = |_| match (6.0 * random.uniform()) as u32 {
                0 => f32::NAN,
                1 => -0.0,
                2 => f32::INFINITY,
                other => other as f32 - 3.0,
            };
            let x: Vec<Lane<f32>> = (0..40 * pieces).map(|_| std::array::from_fn(&mut value)).collect();
            let y_delta: Vec<Lane<f32>> = (0..40).map(|row| [row as f32 - 3.5; LANES]).collect();
            let mut found = vec![[-0.0; LANES]; x.len()];
            let (mut wanted, pieces) = (found.clone(), NonZeroUsize::new(pieces).unwrap());
            Exact.maximum_backward(pieces, &x, &y_delta, &mut wanted);
            Arch::new().dispatch(Scattered { pieces, x: &x, y_delta: &y_delta, x_delta: &mut found });
            let bits = |lanes: &[Lane<f32>]| lanes.iter().flatten().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&wanted));
        }
    }
}
