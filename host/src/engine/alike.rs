//! Which examples have most inputs in common, by the places that are not zero.
//!
//! Alike examples that stand together share more: two of them a list of entries, half a lane of them the units that
//! are silent for all.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use crate::engine::tile::LANES;

/// Two examples of a panel share a list, the last perhaps with one that is not there.
pub type Pair = [u32; 2];

/// Examples that stand together: half a lane.
pub const TOGETHER: usize = LANES / 2;

/// For each example a bit for each input, which says that it is not zero.
#[derive(Debug)]
pub struct Marks {
    bits: Vec<u64>,
    words: usize,
    count: usize,
}

impl Marks {
    /// The places of each example, out of `width`.
    pub fn new(width: usize, examples: impl ExactSizeIterator<Item = impl Iterator<Item = usize>>) -> Self {
        let (words, count) = (width.div_ceil(u64::BITS as usize).max(1), examples.len());
        let mut bits = vec![0_u64; count * words];
        for (places, bits) in examples.zip(bits.chunks_exact_mut(words)) {
            places.for_each(|place| bits[place / u64::BITS as usize] |= 1 << (place % u64::BITS as usize));
        }
        Self { bits, words, count }
    }

    fn of(&self, example: u32) -> &[u64] {
        &self.bits[example as usize * self.words..][..self.words]
    }

    /// How many places two examples do not have in common.
    #[inline(always)]
    fn distance(&self, one: u32, other: u32) -> u32 {
        self.of(one).iter().zip(self.of(other)).map(|(one, other)| (one ^ other).count_ones()).sum()
    }

    /// Pairs of examples, each with the one that has most in common with it among those that are left.
    #[must_use]
    pub fn pairs(&self) -> Vec<Pair> {
        Arch::new().dispatch(Pairs { marks: self })
    }

    /// The examples so that alike ones stand together, each once.
    ///
    /// Halves, and halves of these, each around one of two examples that lie far apart. Panels come in the order of
    /// their first examples, so that some panels from the start on are like all.
    #[must_use]
    pub fn order(&self) -> Vec<u32> {
        Arch::new().dispatch(Together { marks: self })
    }
}

struct Pairs<'m> {
    marks: &'m Marks,
}

impl WithSimd for Pairs<'_> {
    type Output = Vec<Pair>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let marks = self.marks;
        let mut left: Vec<u32> = (0..marks.count as u32).collect();
        let mut pairs = Vec::with_capacity(left.len().div_ceil(2));
        while let Some(one) = left.pop() {
            // the entries that a list would hold for nothing
            let waste = |place: &usize| marks.distance(one, left[*place]);
            let nearest = (0..left.len()).min_by_key(waste);
            pairs.push([one, nearest.map_or(marks.count as u32, |place| left.swap_remove(place))]);
        }
        pairs
    }
}

struct Together<'m> {
    marks: &'m Marks,
}

impl WithSimd for Together<'_> {
    type Output = Vec<u32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let marks = self.marks;
        let mut keyed: Vec<(i32, u32)> = (0..marks.count as u32).map(|example| (0, example)).collect();
        let mut left = Vec::from([Range { start: 0, end: keyed.len() }]);
        while let Some(range) = left.pop() {
            let part = &mut keyed[range.clone()];
            if part.len() <= TOGETHER {
                part.sort_unstable_by_key(|&(_, example)| example);
                continue;
            }
            let whole = if part.len() > LANES { LANES } else { TOGETHER };
            let middle = (part.len() / 2).next_multiple_of(whole).min(part.len() - 1);
            let farthest = |from: u32| {
                let far = part.iter().max_by_key(|(_, example)| (marks.distance(from, *example), *example));
                far.map_or(from, |&(_, example)| example)
            };
            let first = part.iter().map(|&(_, example)| example).min().unwrap_or_default();
            let one = farthest(first);
            let other = farthest(one);
            for (key, example) in &mut *part {
                *key = marks.distance(one, *example) as i32 - marks.distance(other, *example) as i32;
            }
            part.select_nth_unstable(middle);
            left.push(range.start..range.start + middle);
            left.push(range.start + middle..range.end);
        }
        let mut panels: Vec<_> = keyed.chunks(LANES).collect();
        let whole = keyed.len() / LANES;
        panels[..whole].sort_by_key(|panel| panel.iter().map(|&(_, example)| example).min());
        panels.into_iter().flatten().map(|&(_, example)| example).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(count: usize, place: impl Fn(usize) -> usize) -> Marks {
        Marks::new(100, (0..count).map(|example| std::iter::once(place(example))))
    }

    #[test]
    fn alike_examples_stand_together_and_each_stands_once() {
        for count in [0, 1, 16, 17, 33, 64, 70, 352] {
            let marks = marks(count, |example| example % 2 * 99);
            let order = marks.order();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..count as u32).collect::<Vec<_>>());
            let mixed = order.chunks(TOGETHER).filter(|group| group.iter().any(|e| e % 2 != group[0] % 2));
            assert!(mixed.count() <= 1, "{count}: {order:?}");
        }
    }

    #[test]
    fn the_first_panels_are_like_all() {
        let order = marks(2048, |example| usize::from(example >= 1024)).order();
        let late = order[..1024].iter().filter(|&&example| example >= 1024).count();
        assert_eq!(late, 0, "panels come in the order of their first examples");
        let order = marks(2048, |example| example % 4).order();
        for kind in 0..4 {
            let share = order[..512].iter().filter(|&&example| example % 4 == kind).count();
            assert_eq!(share, 128);
        }
    }

    #[test]
    fn pairs_have_most_in_common() {
        let pairs = marks(12, |example| example % 3).pairs();
        assert!(pairs.iter().all(|[one, other]| one % 3 == other % 3), "{pairs:?}");
        assert_eq!(marks(3, |_| 0).pairs().concat().iter().max(), Some(&3), "one is not there");
    }
}
