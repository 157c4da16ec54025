//! Inputs of which most are zero: the entries that are not, by example and by feature.
//!
//! A sum over products with zeros is a sum over the others, bit by bit, as long as the other factors are
//! finite and the sum does not begin with −0. Neighbours (two examples, two features) share a list, so that
//! what stands beside their entries is read once for both.

use thalweg_core::network::operation::{Kind, Register};
use thalweg_core::network::{Block, View};
use thalweg_core::real::Real;

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
        Self { by_example, by_feature, width, magnitude, blank: Vec::new() }
    }

    /// Makes these the inputs of some examples, which will be taken in chunks of so many (an even number).
    pub fn fill(&mut self, examples: &[&[Single<T>]], chunk: usize) {
        let (width, by_example, by_feature) = (self.width, &mut self.by_example, &mut self.by_feature);
        let mut merge = || {
            by_example.clear();
            for pair in examples.chunks(NEIGHBOURS) {
                by_example.merge([pair[0], pair.get(1).copied().unwrap_or(&[])]);
            }
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

    /// The features of examples 2·`pair` and 2·`pair` + 1.
    #[must_use]
    pub fn examples(&self, pair: usize) -> &[Entry<T>] {
        self.by_example.list(pair)
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
        for pair in 0..count.div_ceil(NEIGHBOURS) {
            let example = pair * NEIGHBOURS;
            let panel = &mut panels[example / LANES * self.width..][..self.width];
            for entry in self.examples(first / NEIGHBOURS + pair) {
                let lanes = &mut panel[entry.place as usize][example % LANES..];
                lanes[..NEIGHBOURS].copy_from_slice(&entry.values);
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
        sparse.fill(&order.iter().map(|&index| lists.list(index)).collect::<Vec<_>>(), chunk);
        sparse
    }

    #[test]
    fn zeros_are_left_out_and_come_back() {
        let sparse = filled(&[0, 1, 2, 3], 2);
        assert_eq!(sparse.examples(0), [Entry { place: 1, values: [2.0, 0.0] }]);
        assert_eq!(sparse.examples(1).len(), 2);
        assert!(sparse.examples(1)[1].values[0].is_sign_negative(), "−0 is not left out");
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
        assert_eq!(sparse.examples(0), [Entry { place: 1, values: [5.0, 2.0] }]);
        assert_eq!(sparse.examples(1), [Entry { place: 1, values: [5.0, 0.0] }]);
        let two = [Entry { place: 0, values: [0.0, 5.0] }, Entry { place: 1, values: [0.0, 2.0] }];
        assert_eq!(sparse.features(0, 0), two);
        assert_eq!(sparse.features(1, 0), [Entry { place: 0, values: [0.0, 5.0] }]);
    }

    #[test]
    fn inputs_with_few_zeros_stay_in_panels() {
        assert!(Lists::of_rows(&NET.view(), &[1.0_f32, 2.0, 0.0]).is_none());
    }
}
