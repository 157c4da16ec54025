//! How training in place moves a weight while the backward sweep passes over it.

use core::num::NonZeroUsize;

use crate::real::Real;

/// A rule by which parameters move against their gradient.
pub(crate) trait Update<T> {
    /// Moves the parameter at `index` of θ against its gradient.
    fn entry(&mut self, index: usize, theta: &mut T, gradient: T);

    /// Moves a bias, which stands at `offset` of θ, against its gradient δ.
    fn bias(&mut self, offset: usize, bias: &mut [T], delta: &[T])
    where
        T: Real,
    {
        for (row, (bias, delta)) in bias.iter_mut().zip(delta).enumerate() {
            self.entry(offset + row, bias, T::ZERO + *delta);
        }
    }

    /// x̄ ← x̄ + Wᵀ·δ, and W moved against δ·xᵀ, each weight in one visit: first read, then moved.
    ///
    /// `place` is where W stands in θ, and its columns. `x_delta` is empty where nobody asks for x̄.
    fn weight(
        &mut self,
        place: (usize, NonZeroUsize),
        weight: &mut [T],
        delta: &[T],
        x: &[T],
        x_delta: &mut [T],
    );
}

/// One column of four rows: x̄ ← x̄ + w·δ row by row, then w ← w − ε·(δ·x).
///
/// All four weights are read before the first is written, as the compiler cannot know them apart.
#[inline(always)]
fn pass<T: Real>(step_size: T, deltas: [T; 4], x: T, weights: [&mut T; 4], out: &mut T) {
    let old = [*weights[0], *weights[1], *weights[2], *weights[3]];
    let mut sum = *out;
    sum += old[0] * deltas[0];
    sum += old[1] * deltas[1];
    sum += old[2] * deltas[2];
    sum += old[3] * deltas[3];
    *out = sum;
    write(step_size, deltas, x, old, weights);
}

/// One column of four rows: w ← w − ε·(δ·x).
#[inline(always)]
fn end<T: Real>(step_size: T, deltas: [T; 4], x: T, weights: [&mut T; 4]) {
    let old = [*weights[0], *weights[1], *weights[2], *weights[3]];
    write(step_size, deltas, x, old, weights);
}

#[inline(always)]
fn write<T: Real>(step_size: T, deltas: [T; 4], x: T, old: [T; 4], weights: [&mut T; 4]) {
    let new = [
        old[0] - step_size * (deltas[0] * x),
        old[1] - step_size * (deltas[1] * x),
        old[2] - step_size * (deltas[2] * x),
        old[3] - step_size * (deltas[3] * x),
    ];
    let [a, b, c, d] = weights;
    *a = new[0];
    *b = new[1];
    *c = new[2];
    *d = new[3];
}

/// The same for a row, or the end of one. Not inlined: five copies would cost a device more than calls.
#[inline(never)]
fn pass_row<T: Real>(step_size: T, delta: T, x: &[T], weights: &mut [T], out: &mut [T]) {
    let mut out = out.iter_mut();
    for (weight, x) in weights.iter_mut().zip(x) {
        if let Some(out) = out.next() {
            *out += *weight * delta;
        }
        *weight -= step_size * (delta * *x);
    }
}

/// θ ← θ − ε·g.
pub(crate) struct Plain<T> {
    pub step_size: T,
}

impl<T: Real> Update<T> for Plain<T> {
    fn entry(&mut self, _: usize, theta: &mut T, gradient: T) {
        *theta -= self.step_size * gradient;
    }

    /// A row whose inputs are δ, with a delta of 1.
    fn bias(&mut self, _: usize, bias: &mut [T], delta: &[T]) {
        pass_row(self.step_size, T::ONE, delta, bias, &mut []);
    }

    /// Four rows at a time, so that each x and x̄ is loaded once for four weights.
    fn weight(
        &mut self,
        (_, columns): (usize, NonZeroUsize),
        weight: &mut [T],
        delta: &[T],
        x: &[T],
        x_delta: &mut [T],
    ) {
        let step = self.step_size;
        let n = columns.get();
        let Some(x) = x.get(..n) else { return };
        let x_delta = x_delta.get_mut(..n).unwrap_or(&mut []);
        let (blocks, rest) = delta.as_chunks::<4>();
        let mut rows = weight.chunks_exact_mut(n);
        for [p, q, r, s] in blocks {
            let (Some(a), Some(b)) = (rows.next(), rows.next()) else { return };
            let (Some(c), Some(d)) = (rows.next(), rows.next()) else { return };
            let deltas = [*p, *q, *r, *s];
            let ((x8, x1), (a8, a1), (b8, b1), (c8, c1), (d8, d1)) = (
                x.as_chunks::<8>(),
                a.as_chunks_mut::<8>(),
                b.as_chunks_mut::<8>(),
                c.as_chunks_mut::<8>(),
                d.as_chunks_mut::<8>(),
            );
            let eights = x8.iter().zip(a8).zip(b8).zip(c8).zip(d8);
            let (out8, out1) = x_delta.as_chunks_mut::<8>();
            if out8.is_empty() {
                for ((((x, a), b), c), d) in eights {
                    for k in 0..8 {
                        end(step, deltas, x[k], [&mut a[k], &mut b[k], &mut c[k], &mut d[k]]);
                    }
                }
            } else {
                for (out, ((((x, a), b), c), d)) in out8.iter_mut().zip(eights) {
                    for k in 0..8 {
                        pass(step, deltas, x[k], [&mut a[k], &mut b[k], &mut c[k], &mut d[k]], &mut out[k]);
                    }
                }
            }
            if !x1.is_empty() {
                pass_row(step, *p, x1, a1, out1);
                pass_row(step, *q, x1, b1, out1);
                pass_row(step, *r, x1, c1, out1);
                pass_row(step, *s, x1, d1, out1);
            }
        }
        for (weight, delta) in rows.zip(rest) {
            pass_row(step, *delta, x, weight, x_delta);
        }
    }
}

/// v ← μ·v − ε·g, then θ ← θ + v.
pub(crate) struct Momentum<'v, T> {
    pub velocity: &'v mut [T],
    pub step_size: T,
    pub momentum: T,
}

impl<T: Real> Update<T> for Momentum<'_, T> {
    fn entry(&mut self, index: usize, theta: &mut T, gradient: T) {
        if let Some(v) = self.velocity.get_mut(index) {
            *v = self.momentum * *v - self.step_size * gradient;
            *theta += *v;
        }
    }

    /// Row by row, each beside the row of its velocity.
    fn weight(
        &mut self,
        (offset, columns): (usize, NonZeroUsize),
        weight: &mut [T],
        delta: &[T],
        x: &[T],
        x_delta: &mut [T],
    ) {
        let (step, momentum) = (self.step_size, self.momentum);
        let velocity = self.velocity.get_mut(offset..).unwrap_or(&mut []);
        let rows = weight.chunks_exact_mut(columns.get()).zip(velocity.chunks_exact_mut(columns.get()));
        for ((weight, velocity), delta) in rows.zip(delta) {
            for (out, weight) in x_delta.iter_mut().zip(&*weight) {
                *out += *weight * *delta;
            }
            for ((weight, v), x) in weight.iter_mut().zip(velocity).zip(x) {
                *v = momentum * *v - step * (T::ZERO + *delta * *x);
                *weight += *v;
            }
        }
    }
}
