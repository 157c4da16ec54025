//! The maximum over groups of neighbours: maxout and pooling.

use core::num::NonZeroUsize;

use crate::real::Real;

/// The place of the largest of a group in one lane; the first of equals, and the first NaN.
fn winner<T: Real, const L: usize>(group: &[[T; L]], lane: usize) -> usize {
    let mut best = 0;
    let mut largest = None;
    for (place, row) in group.iter().enumerate() {
        let Some(&value) = row.get(lane) else { continue };
        if largest.is_none_or(|largest: T| value > largest || (value.is_nan() && !largest.is_nan())) {
            best = place;
            largest = Some(value);
        }
    }
    best
}

/// yᵢ = the largest of x's i-th group.
pub(crate) fn forward<T: Real, const L: usize>(pieces: NonZeroUsize, x: &[[T; L]], y: &mut [[T; L]]) {
    gather(pieces, x, x, y);
}

/// ẏᵢ = ẋ at the place of the largest: that piece alone carries the change.
pub(crate) fn gather<T: Real, const L: usize>(
    pieces: NonZeroUsize,
    x: &[[T; L]],
    source: &[[T; L]],
    out: &mut [[T; L]],
) {
    let groups = x.chunks_exact(pieces.get()).zip(source.chunks_exact(pieces.get()));
    for (out, (x, source)) in out.iter_mut().zip(groups) {
        for (lane, out) in out.iter_mut().enumerate() {
            if let Some(value) = source.get(winner(x, lane)).and_then(|row| row.get(lane)) {
                *out = *value;
            }
        }
    }
}

/// x̄ ← x̄ + ȳ at the place of the largest, and nothing elsewhere.
pub(crate) fn scatter<T: Real, const L: usize>(
    pieces: NonZeroUsize,
    x: &[[T; L]],
    y_delta: &[[T; L]],
    x_delta: &mut [[T; L]],
) {
    let groups = x.chunks_exact(pieces.get()).zip(x_delta.chunks_exact_mut(pieces.get()));
    for (y_delta, (x, x_delta)) in y_delta.iter().zip(groups) {
        for (lane, y_delta) in y_delta.iter().enumerate() {
            if let Some(entry) = x_delta.get_mut(winner(x, lane)).and_then(|row| row.get_mut(lane)) {
                *entry += *y_delta;
            }
        }
    }
}
