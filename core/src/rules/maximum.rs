//! The maximum over groups of neighbours: maxout and pooling.

use core::num::NonZeroUsize;

use crate::real::Real;

/// Whether `value` takes the place of the largest so far: the first of equals stays, and the first NaN.
#[inline]
fn beats<T: Real>(value: T, largest: T) -> bool {
    value > largest || (value.is_nan() & !largest.is_nan())
}

/// The places of the largest of a group, one for each lane.
#[inline]
fn winners<T: Real, const L: usize>(group: &[[T; L]]) -> [u32; L] {
    let mut places = [0; L];
    let Some((first, rest)) = group.split_first() else { return places };
    let mut largest = *first;
    for (place, row) in (1..).zip(rest) {
        for ((largest, value), winner) in largest.iter_mut().zip(row).zip(&mut places) {
            let better = beats(*value, *largest);
            *largest = if better { *value } else { *largest };
            *winner = if better { place } else { *winner };
        }
    }
    places
}

/// yᵢ = the largest of x's i-th group.
pub(crate) fn forward<T: Real, const L: usize>(pieces: NonZeroUsize, x: &[[T; L]], y: &mut [[T; L]]) {
    for (y, group) in y.iter_mut().zip(x.chunks_exact(pieces.get())) {
        let Some((first, rest)) = group.split_first() else { return };
        let mut largest = *first;
        for row in rest {
            for (largest, value) in largest.iter_mut().zip(row) {
                *largest = if beats(*value, *largest) { *value } else { *largest };
            }
        }
        *y = largest;
    }
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
        let winners = winners(x);
        for (place, row) in (0..).zip(source) {
            for ((out, value), winner) in out.iter_mut().zip(row).zip(&winners) {
                *out = if *winner == place { *value } else { *out };
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
        let winners = winners(x);
        for (place, row) in (0..).zip(x_delta) {
            for ((entry, value), winner) in row.iter_mut().zip(y_delta).zip(&winners) {
                *entry = if *winner == place { *entry + *value } else { *entry };
            }
        }
    }
}
