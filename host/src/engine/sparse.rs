//! Inputs of which most are zero: the entries that are not, by example and by feature.
//!
//! A sum over products with zeros is a sum over the others, bit by bit, as long as the other factors are
//! finite and the sum does not begin with −0. Neighbours (two examples, two features) share a list, so that
//! what stands beside their entries is read once for both.

use rayon::prelude::*;
use thalweg_core::network::operation::{Kind, Register};
use thalweg_core::network::{Block, View};
use thalweg_core::real::Real;

use crate::engine::alike::Marks;
use crate::engine::tile::{LANES, Lane};

/// The share of entries that are not zero from which products with whole panels are nearly as quick.
const DENSEST: f64 = 0.33;

/// The neighbours that share a list.
pub const NEIGHBOURS: usize = 2;

/// Examples beyond which two threads fill sooner than one.
const SHARED: usize = 1024;

/// A number that is not zero, and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Single<T> {
    place: u32,
    value: T,
}

/// Numbers of two neighbours at a place, of which one is not zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<T> {
    /// A feature, or an example of a chunk.
    pub place: u32,
    /// What stands there.
    pub values: [T; NEIGHBOURS],
}

/// Lists of entries, one after the other; in each the places ascend.
#[derive(Clone, Debug, PartialEq)]
pub struct Lists<E> {
    ends: Vec<usize>,
    entries: Vec<E>,
}

impl<E> Default for Lists<E> {
    fn default() -> Self {
        Self { ends: Vec::new(), entries: Vec::new() }
    }
}

impl<E> Lists<E> {
    /// The entries of a list; none past the last list.
    #[must_use]
    pub fn list(&self, index: usize) -> &[E] {
        let Some(&end) = self.ends.get(index) else { return &[] };
        &self.entries[index.checked_sub(1).map_or(0, |before| self.ends[before])..end]
    }

    /// The number of lists.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.ends.len()
    }

    fn clear(&mut self) {
        self.ends.clear();
        self.entries.clear();
    }
}

/// The most entries of lists of `all` inputs.
fn most(all: usize) -> usize {
    (all as f64 * DENSEST) as usize
}

/// Whether a sum is the same without a number: −0 is kept, as only the sum with +0 is known to change nothing.
#[must_use]
pub fn is_left_out<T: Real>(value: T) -> bool {
    value == T::ZERO && !value.to_f64().is_sign_negative()
}

impl<T: Real> Lists<Single<T>> {
    /// A list for each row of inputs, or nothing if too few entries are zero or the network makes no use of it.
    #[must_use]
    pub fn of_rows(network: &View<'_>, rows: &[T]) -> Option<Self> {
        network.blocks().find(|block| meets_inputs_alone(network, block))?;
        let mut lists = Self::default();
        let rows_of_inputs = rows.chunks_exact(network.input_width().max(1));
        lists.add(rows_of_inputs, most(rows.len())).then_some(lists)
    }

    /// No lists yet, with room for `filled` entries that are not zero among `all`; nothing if those are too many, or
    /// the network makes no use of lists.
    #[must_use]
    pub fn expecting(network: &View<'_>, filled: usize, all: usize) -> Option<Self> {
        network.blocks().find(|block| meets_inputs_alone(network, block))?;
        (filled <= most(all)).then(|| Self { ends: Vec::new(), entries: Vec::with_capacity(filled) })
    }

    /// Σ |x| over all entries, or what is not finite.
    #[must_use]
    pub fn magnitude(&self) -> f64 {
        self.entries.iter().map(|entry| entry.value.to_f64().abs()).sum()
    }

    /// Adds a list for each row of inputs, and stops when there are more entries than `most`: says whether all rows
    /// were added.
    pub fn add<'r>(&mut self, rows: impl Iterator<Item = &'r [T]>, most: usize) -> bool
    where
        T: 'r,
    {
        for row in rows {
            for (place, &value) in (0..).zip(row) {
                if !is_left_out(value) {
                    self.entries.push(Single { place, value });
                }
            }
            if self.entries.len() > most {
                return false;
            }
            self.ends.push(self.entries.len());
        }
        true
    }
}

impl<T: Real> Lists<Entry<T>> {
    /// Adds one list for two neighbours, the union of theirs.
    fn merge(&mut self, [left, right]: [&[Single<T>]; NEIGHBOURS]) {
        let (mut l, mut r) = (0, 0);
        // no branch asks whose turn it is: nobody could foresee the answer
        while let (Some(one), Some(other)) = (left.get(l), right.get(r)) {
            let place = one.place.min(other.place);
            let (takes_one, takes_other) = (one.place == place, other.place == place);
            let values = [
                if takes_one { one.value } else { T::ZERO },
                if takes_other { other.value } else { T::ZERO },
            ];
            self.entries.push(Entry { place, values });
            l += usize::from(takes_one);
            r += usize::from(takes_other);
        }
        let alone = |single: &Single<T>| Entry { place: single.place, values: [single.value, T::ZERO] };
        self.entries.extend(left[l..].iter().map(alone));
        let alone = |single: &Single<T>| Entry { place: single.place, values: [T::ZERO, single.value] };
        self.entries.extend(right[r..].iter().map(alone));
        self.ends.push(self.entries.len());
    }

    /// Adds lists of the examples in which two neighbours out of `width` features are not both zero.
    fn turn(&mut self, examples: &[&[Single<T>]], width: usize) {
        const NONE: usize = usize::MAX;
        let (first, pairs) = (self.ends.len(), width.div_ceil(NEIGHBOURS));
        self.ends.resize(first + pairs, 0);
        let next = &mut self.ends[first..];
        for example in examples {
            let mut before = NONE;
            for single in *example {
                let pair = single.place as usize / NEIGHBOURS;
                next[pair] += usize::from(pair != before);
                before = pair;
            }
        }
        let mut end = self.entries.len();
        for next in next.iter_mut() {
            // where each list starts for now: filling moves it to its end
            end += std::mem::replace(next, end);
        }
        self.entries.resize(end, Entry { place: 0, values: [T::ZERO; NEIGHBOURS] });
        for (place, example) in (0..).zip(examples) {
            let mut before = NONE;
            for single in *example {
                let (pair, side) = (single.place as usize / NEIGHBOURS, single.place as usize % NEIGHBOURS);
                let entry = &mut self.entries[next[pair] - usize::from(pair == before)];
                entry.place = place;
                entry.values[side] = single.value;
                next[pair] += usize::from(pair != before);
                before = pair;
            }
        }
    }
}

/// The places of some examples out of `width`.
pub(crate) fn marks<T: Real>(examples: &[&[Single<T>]], width: usize) -> Marks {
    Marks::new(width, examples.iter().map(|example| example.iter().map(|single| single.place as usize)))
}

/// Whether a weight is multiplied with the inputs, as they are, and with nothing else.
#[must_use]
pub fn meets_inputs_alone(network: &View<'_>, block: &Block) -> bool {
    let mut users = network.operations().iter().filter_map(|operation| match operation.kind() {
        Kind::Affine(affine) if affine.weight == block.offset => Some((operation.from(), affine)),
        _ => None,
    });
    let plain = users.next().is_some_and(|(from, affine)| from == Register::INPUT && !affine.is_transposed());
    plain && users.next().is_none() && !block.is_bias
}

/// The inputs of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse<T> {
    by_example: Lists<Entry<T>>,
    /// The examples that share each list; the last may have one that is not there.
    neighbours: Vec<[u32; NEIGHBOURS]>,
    by_feature: Lists<Entry<T>>,
    width: usize,
    magnitude: f64,
    blank: Vec<Lane<T>>,
}

impl<T: Real> Sparse<T> {
    /// No examples yet of `width` inputs, which come out of some whose Σ |x| is `magnitude`.
    #[must_use]
    pub fn new(width: usize, magnitude: f64) -> Self {
        let (by_example, by_feature) = (Lists::default(), Lists::default());
        Self { by_example, neighbours: Vec::new(), by_feature, width, magnitude, blank: Vec::new() }
    }

    /// Makes these the inputs of some examples, which will be taken in chunks of so many (an even number).
    ///
    /// If they are read `often`, the examples of a panel that have most in common share a list, which is shorter so: by
    /// an eighth for images of digits.
    pub fn fill(&mut self, examples: &[&[Single<T>]], chunk: usize, often: bool) {
        let Self { width, by_example, by_feature, neighbours, .. } = self;
        let width = *width;
        let mut merge = || {
            by_example.clear();
            neighbours.clear();
            if often {
                let alike = |panel: &[&[Single<T>]]| marks(panel, width).pairs();
                let pairs: Vec<Vec<_>> = examples.par_chunks(LANES).map(alike).collect();
                for (first, pairs) in (0..).step_by(LANES).zip(pairs) {
                    neighbours.extend(pairs.iter().map(|pair| pair.map(|place| first + place)));
                }
            } else {
                neighbours.extend((0..examples.len() as u32).step_by(NEIGHBOURS).map(|one| [one, one + 1]));
            }
            let list = |place: u32| examples.get(place as usize).copied().unwrap_or(&[]);
            neighbours.iter().for_each(|pair| by_example.merge(pair.map(list)));
        };
        let mut turn = || {
            by_feature.clear();
            for chunk in examples.chunks(chunk.max(1)) {
                by_feature.turn(chunk, width);
            }
        };
        if examples.len() > SHARED {
            rayon::join(merge, turn);
        } else {
            merge();
            turn();
        }
        let rows = chunk.min(examples.len()).div_ceil(LANES) * self.width;
        if self.blank.len() < rows {
            self.blank = vec![[T::ZERO; LANES]; rows];
        }
    }

    /// The number of entries.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.by_example.entries.len()
    }

    /// Σ |x| over all inputs of which these examples may be some, or what is not finite.
    #[must_use]
    pub const fn magnitude(&self) -> f64 {
        self.magnitude
    }

    /// The lists of the neighbours among `count` examples of some panels, and their places counted from the first.
    pub fn pairs(
        &self,
        first: usize,
        count: usize,
    ) -> impl Iterator<Item = (&[Entry<T>], [usize; NEIGHBOURS])> + Clone {
        let pairs = first / NEIGHBOURS..(first + count).div_ceil(NEIGHBOURS).min(self.neighbours.len());
        pairs.map(move |pair| {
            (self.by_example.list(pair), self.neighbours[pair].map(|example| example as usize - first))
        })
    }

    /// The examples of a chunk in which features 2·`pair` or 2·`pair` + 1 are not zero.
    #[must_use]
    pub fn features(&self, chunk: usize, pair: usize) -> &[Entry<T>] {
        self.by_feature.list(chunk * self.width.div_ceil(NEIGHBOURS) + pair)
    }

    /// Panels of zeros in the place of those of a chunk of `count` examples, which nobody reads.
    #[must_use]
    pub fn blank(&self, count: usize) -> &[Lane<T>] {
        &self.blank[..count.div_ceil(LANES) * self.width]
    }

    /// Writes examples from `first` (an even number) on as panels, zeros and all.
    pub fn unpack(&self, first: usize, count: usize, panels: &mut Vec<Lane<T>>) {
        panels.clear();
        panels.resize(count.div_ceil(LANES) * self.width, [T::ZERO; LANES]);
        for (entries, places) in self.pairs(first, count) {
            for entry in entries {
                for (place, value) in places.iter().zip(entry.values) {
                    panels[place / LANES * self.width + entry.place as usize][place % LANES] = value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::network::Network;

    const NET: Network<2> = Network::input(3).dense(2).softmax_cross_entropy();

    const ROWS: [f64; 12] = [0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.0, 0.0, 5.0, 0.0];

    fn filled(order: &[usize], chunk: usize) -> Sparse<f64> {
        let lists = Lists::of_rows(&NET.view(), &ROWS).unwrap();
        let mut sparse = Sparse::new(3, 0.0);
        sparse.fill(&order.iter().map(|&index| lists.list(index)).collect::<Vec<_>>(), chunk, false);
        sparse
    }

    #[test]
    fn zeros_are_left_out_and_come_back() {
        let sparse = filled(&[0, 1, 2, 3], 2);
        let lists: Vec<_> = sparse.pairs(0, 4).collect();
        assert_eq!(lists[0], (&[Entry { place: 1, values: [2.0, 0.0] }][..], [0, 1]));
        assert_eq!((lists[1].0.len(), lists[1].1, lists.len()), (2, [2, 3], 2));
        assert!(lists[1].0[1].values[0].is_sign_negative(), "−0 is not left out");
        assert_eq!(sparse.features(0, 0), [Entry { place: 0, values: [0.0, 2.0] }]);
        assert_eq!(sparse.features(1, 0), [Entry { place: 1, values: [0.0, 5.0] }]);
        assert_eq!(sparse.features(1, 1), [Entry { place: 0, values: [-0.0, 0.0] }]);
        let mut panels = Vec::new();
        sparse.unpack(2, 2, &mut panels);
        assert_eq!((panels.len(), panels[1][1], panels[1][0]), (3, 5.0, 0.0));
    }

    #[test]
    fn examples_come_in_any_order_and_in_odd_numbers() {
        let sparse = filled(&[3, 0, 3], 2);
        let lists: Vec<_> = sparse.pairs(0, 3).collect();
        assert_eq!(lists[0].0, [Entry { place: 1, values: [5.0, 2.0] }]);
        assert_eq!(lists[1], (&[Entry { place: 1, values: [5.0, 0.0] }][..], [2, 3]));
        let two = [Entry { place: 0, values: [0.0, 5.0] }, Entry { place: 1, values: [0.0, 2.0] }];
        assert_eq!(sparse.features(0, 0), two);
        assert_eq!(sparse.features(1, 0), [Entry { place: 0, values: [0.0, 5.0] }]);
    }

    #[test]
    fn examples_with_most_in_common_share_a_list_where_they_are_read_often() {
        let count = 2 * LANES + 5;
        let rows: Vec<f64> =
            (0..count).flat_map(|e| (0..3).map(move |k| f64::from(u8::from(e % 3 == k)))).collect();
        let lists = Lists::of_rows(&NET.view(), &[&rows[..], &[0.0; 9]].concat()).unwrap();
        let examples: Vec<_> = (0..count).map(|index| lists.list(index)).collect();
        let mut sparse = Sparse::new(3, 0.0);
        sparse.fill(&examples, LANES, true);
        for (first, count) in [(0, LANES), (LANES, LANES), (2 * LANES, 5)] {
            let pairs: Vec<_> = sparse.pairs(first, count).collect();
            let mut places: Vec<_> = pairs.iter().flat_map(|pair| pair.1).collect();
            places.sort_unstable();
            assert_eq!(places, (0..count.next_multiple_of(2)).collect::<Vec<_>>());
            let strangers = pairs.iter().filter(|(entries, _)| entries.len() == 2).count();
            assert!(strangers <= 1, "{pairs:?}");
            let mut panels = Vec::new();
            sparse.unpack(first, count, &mut panels);
            for (place, wanted) in rows[3 * first..][..3 * count].iter().enumerate() {
                assert_eq!(panels[place % 3][place / 3], *wanted);
            }
        }
    }

    #[test]
    fn inputs_with_few_zeros_stay_in_panels() {
        assert!(Lists::of_rows(&NET.view(), &[1.0_f32, 2.0, 0.0]).is_none());
    }
}
