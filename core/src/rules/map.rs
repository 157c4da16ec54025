//! Elementwise maps: relu, tanh, sigmoid, and the fast forms of the last two. All their derivatives follow from the value.

use crate::network::operation::Map;
use crate::real::Real;

/// φ′ as a function of y = φ(x).
///
/// relu: 1 where y > 0, since y > 0 exactly where x > 0, and relu′(0) = 0; tanh′ = 1 − y²;
/// sigmoid′ = y·(1 − y).
#[inline]
fn slope<T: Real>(map: Map, y: T) -> T {
    match map {
        #[cfg(feature = "relu")]
        Map::Relu => {
            if y > T::ZERO {
                T::ONE
            } else {
                T::ZERO
            }
        }
        #[cfg(feature = "tanh")]
        Map::Tanh => T::ONE - y * y,
        #[cfg(feature = "sigmoid")]
        Map::Sigmoid => y * (T::ONE - y),
        #[cfg(feature = "micromath")]
        Map::TanhFast => T::ONE - y * y,
        #[cfg(feature = "micromath")]
        Map::SigmoidFast => y * (T::ONE - y),
    }
}

/// φ″ / φ′ as a function of y: tanh″ = −2y·tanh′, sigmoid″ = (1 − 2y)·sigmoid′, relu″ = 0 off the kink.
#[inline]
fn bend<T: Real>(map: Map, y: T) -> T {
    match map {
        #[cfg(feature = "relu")]
        Map::Relu => T::ZERO,
        #[cfg(feature = "tanh")]
        Map::Tanh => -(y + y),
        #[cfg(feature = "sigmoid")]
        Map::Sigmoid => T::ONE - (y + y),
        #[cfg(feature = "micromath")]
        Map::TanhFast => -(y + y),
        #[cfg(feature = "micromath")]
        Map::SigmoidFast => T::ONE - (y + y),
    }
}

/// y ← φ(y). A NaN stays NaN.
pub fn forward<T: Real, const L: usize>(map: Map, y: &mut [[T; L]]) {
    match map {
        #[cfg(feature = "relu")]
        Map::Relu => {
            for y in y.as_flattened_mut() {
                *y = if *y < T::ZERO { T::ZERO } else { *y };
            }
        }
        #[cfg(feature = "tanh")]
        Map::Tanh => {
            for y in y.as_flattened_mut() {
                *y = y.tanh();
            }
        }
        #[cfg(feature = "sigmoid")]
        Map::Sigmoid => {
            for y in y.as_flattened_mut() {
                *y = y.sigmoid();
            }
        }
        #[cfg(feature = "micromath")]
        Map::TanhFast => {
            for y in y.as_flattened_mut() {
                *y = y.tanh_fast();
            }
        }
        #[cfg(feature = "micromath")]
        Map::SigmoidFast => {
            for y in y.as_flattened_mut() {
                *y = y.sigmoid_fast();
            }
        }
    }
}

/// x̄ ← φ′·x̄, where x̄ came in as ȳ: the chain rule.
#[inline]
pub(crate) fn backward<T: Real, const L: usize>(map: Map, y: &[[T; L]], delta: &mut [[T; L]]) {
    for (delta, y) in delta.as_flattened_mut().iter_mut().zip(y.as_flattened()) {
        *delta *= slope(map, *y);
    }
}

/// ẏ = φ′·ẋ.
#[inline]
pub(crate) fn tangent_forward<T: Real, const L: usize>(
    map: Map,
    y: &[[T; L]],
    x_tangent: &[[T; L]],
    y_tangent: &mut [[T; L]],
) {
    let values = y.as_flattened().iter().zip(x_tangent.as_flattened());
    for (out, (y, x_tangent)) in y_tangent.as_flattened_mut().iter_mut().zip(values) {
        *out = slope(map, *y) * *x_tangent;
    }
}

/// x̄˙ ← φ′·ȳ˙ + φ″·ẋ·ȳ, written with x̄ = φ′·ȳ, which the backward sweep left: φ″ẋȳ = (φ″/φ′)·ẋ·x̄.
#[inline]
pub(crate) fn tangent_backward<T: Real, const L: usize>(
    map: Map,
    y: &[[T; L]],
    x_tangent: &[[T; L]],
    x_delta: &[[T; L]],
    delta_tangent: &mut [[T; L]],
) {
    let values = y.as_flattened().iter().zip(x_tangent.as_flattened()).zip(x_delta.as_flattened());
    for (out, ((y, x_tangent), x_delta)) in delta_tangent.as_flattened_mut().iter_mut().zip(values) {
        *out = slope(map, *y) * *out + bend(map, *y) * *x_tangent * *x_delta;
    }
}
