//! Elementwise product and sum of two registers, and the slice of one.

use crate::real::Real;

/// out ← a∘b.
pub(crate) fn product<T: Real, const L: usize>(a: &[[T; L]], b: &[[T; L]], out: &mut [[T; L]]) {
    let factors = a.as_flattened().iter().zip(b.as_flattened());
    for (out, (a, b)) in out.as_flattened_mut().iter_mut().zip(factors) {
        *out = *a * *b;
    }
}

/// out ← out + a∘b: the rule ā += ȳ∘b of a product, and each term of its tangents
/// (ẏ = ȧ∘b + a∘ḃ and ā˙ = ȳ˙∘b + ȳ∘ḃ).
pub(crate) fn add_product<T: Real, const L: usize>(a: &[[T; L]], b: &[[T; L]], out: &mut [[T; L]]) {
    let factors = a.as_flattened().iter().zip(b.as_flattened());
    for (out, (a, b)) in out.as_flattened_mut().iter_mut().zip(factors) {
        *out += *a * *b;
    }
}

/// out ← a + b.
pub(crate) fn sum<T: Real, const L: usize>(a: &[[T; L]], b: &[[T; L]], out: &mut [[T; L]]) {
    let terms = a.as_flattened().iter().zip(b.as_flattened());
    for (out, (a, b)) in out.as_flattened_mut().iter_mut().zip(terms) {
        *out = *a + *b;
    }
}

/// out ← out + a: a sum hands its delta on to both terms unchanged.
pub(crate) fn add<T: Real, const L: usize>(a: &[[T; L]], out: &mut [[T; L]]) {
    for (out, a) in out.as_flattened_mut().iter_mut().zip(a.as_flattened()) {
        *out += *a;
    }
}

/// out ← the rows of `x` from `start` on, panel by panel.
pub(crate) fn slice<T: Real, const L: usize>(
    start: usize,
    (from, to): (usize, usize),
    x: &[[T; L]],
    out: &mut [[T; L]],
) {
    for (x, out) in x.chunks_exact(from.max(1)).zip(out.chunks_exact_mut(to.max(1))) {
        for (out, x) in out.iter_mut().zip(x.iter().skip(start)) {
            *out = *x;
        }
    }
}

/// x̄ ← x̄ + ȳ on the rows from `start` on; the others did not reach the result.
pub(crate) fn slice_backward<T: Real, const L: usize>(
    start: usize,
    (from, to): (usize, usize),
    y_delta: &[[T; L]],
    x_delta: &mut [[T; L]],
) {
    for (y_delta, x_delta) in y_delta.chunks_exact(to.max(1)).zip(x_delta.chunks_exact_mut(from.max(1))) {
        for (y_delta, x_delta) in y_delta.iter().zip(x_delta.iter_mut().skip(start)) {
            for (x_delta, y_delta) in x_delta.iter_mut().zip(y_delta) {
                *x_delta += *y_delta;
            }
        }
    }
}
