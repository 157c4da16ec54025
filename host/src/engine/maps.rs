//! Maps and their derivatives over whole lanes, compiled once for each instruction set.

use std::marker::PhantomData;

use pulp::{Simd, WithSimd};
use thalweg_core::engine::{Engine, Exact};
use thalweg_core::network::operation::Map;
use thalweg_core::real::Real;
use thalweg_core::rules::map;

use crate::engine::tile::{Arithmetic, Lane};
use crate::engine::vector::Functions;

/// y ← φ(y).
pub(crate) struct Mapped<'a, T, F> {
    pub map: Map,
    pub y: &'a mut [Lane<T>],
    pub functions: PhantomData<F>,
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
pub(crate) enum Chained<'a, T> {
    /// x̄ ← φ′·x̄.
    Backward(&'a mut [Lane<T>]),
    /// ẏ ← φ′·ẋ.
    Tangent(&'a [Lane<T>], &'a mut [Lane<T>]),
    /// x̄˙ ← φ′·ȳ˙ + φ″·ẋ·ȳ, from ẋ and x̄.
    DeltaTangent([&'a [Lane<T>]; 2], &'a mut [Lane<T>]),
}

/// The chain rule through a map, from its values.
pub(crate) struct Slopes<'a, T> {
    pub map: Map,
    pub y: &'a [Lane<T>],
    pub chained: Chained<'a, T>,
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
pub(crate) struct Along<'a, T, A> {
    pub origin: &'a [T],
    pub factor: T,
    pub direction: &'a [T],
    pub rectified: bool,
    pub out: &'a mut [T],
    pub arithmetic: PhantomData<A>,
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
