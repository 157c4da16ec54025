//! The softmax cross-entropy of a panel, all lanes at once, with the bits of the core's example by example.

use thalweg_core::examples::Selection;
use thalweg_core::real::Real;

use crate::engine::tile::{LANES, Lane};
use crate::engine::vector::Functions;

/// The largest outputs and their places; the first of equals.
#[inline(always)]
fn largest<T: Real>(outputs: &[Lane<T>]) -> (Lane<T>, [u32; LANES]) {
    let mut best = outputs[0];
    let mut places = [0; LANES];
    for (place, row) in (1..).zip(&outputs[1..]) {
        for lane in 0..LANES {
            let better = row[lane] > best[lane];
            best[lane] = if better { row[lane] } else { best[lane] };
            places[lane] = if better { place } else { places[lane] };
        }
    }
    (best, places)
}

/// e^(z − m), handed to `keep` row by row, and their sum over all but the largest.
#[inline(always)]
fn powers<T: Real, F: Functions<T>>(
    outputs: &[Lane<T>],
    best: &Lane<T>,
    places: &[u32; LANES],
    mut keep: impl FnMut(usize, Lane<T>),
) -> Lane<T> {
    let mut sums = [T::ZERO; LANES];
    for (index, row) in outputs.iter().enumerate() {
        let mut power = *row;
        for lane in 0..LANES {
            power[lane] -= best[lane];
        }
        let power = F::exp(power);
        for lane in 0..LANES {
            let next = sums[lane] + power[lane];
            sums[lane] = if places[lane] == index as u32 { sums[lane] } else { next };
        }
        keep(index, power);
    }
    sums
}

/// The losses of the first `live` lanes, and whether their largest outputs are their labels.
#[inline(always)]
pub fn losses<T: Real, F: Functions<T>>(
    outputs: &[Lane<T>],
    targets: &Selection<'_, T>,
    (first, live): (usize, usize),
    each: &mut [(T, bool); LANES],
) {
    let (best, places) = largest(outputs);
    let logarithms = F::ln_1p(powers::<T, F>(outputs, &best, &places, |_, _| ()));
    for (lane, each) in each.iter_mut().enumerate().take(live) {
        let label = targets.label(first + lane);
        let at_label = label.and_then(|label| outputs.get(label)).map_or(best[lane], |row| row[lane]);
        let value = (best[lane] - at_label) + logarithms[lane];
        *each = (value, label == Some(places[lane] as usize) && value.is_finite());
    }
}

/// p = softmax(ŷ), in all lanes.
#[inline(always)]
pub fn softmax<T: Real, F: Functions<T>>(outputs: &[Lane<T>], p: &mut [Lane<T>]) {
    let (best, places) = largest(outputs);
    let mut sums = powers::<T, F>(outputs, &best, &places, |index, power| p[index] = power);
    for sum in &mut sums {
        *sum = T::ONE + *sum;
    }
    for p in p {
        for lane in 0..LANES {
            p[lane] /= sums[lane];
        }
    }
}
