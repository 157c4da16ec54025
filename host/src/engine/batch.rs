//! Examples packed for the sweeps, and the rows they came from.

use thalweg_core::examples::{Chunk, ExamplesError, Selection, check_targets, pack};
use thalweg_core::length::expect_length;
use thalweg_core::network::View;

use crate::engine::contents::{Inputs, panels_of};
use crate::engine::sparse::{Lists, Single, Sparse};
use crate::engine::tile::{LANES, Lane};
use crate::engine::{self, Scalar};

pub use crate::engine::contents::{Answers, Order, PANELS, WAVE};

/// Panels of examples that come in parts.
const PART: usize = 32;

/// Examples of one network, packed.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<T> {
    inputs: Inputs<T>,
    answers: Answers<T>,
    count: usize,
    width: usize,
}

/// The number of examples.
fn check<T: Scalar>(network: &View<'_>, rows: &[T], answers: &Answers<T>) -> Result<usize, ExamplesError> {
    let width = network.input_width();
    let count = rows.len() / width.max(1);
    if count == 0 {
        return Err(ExamplesError::Empty);
    }
    expect_length("inputs", rows, count * width)?;
    check_targets(network, answers.as_targets(), count)?;
    Ok(count)
}

impl<T: Scalar> Batch<T> {
    /// Packs rows of inputs (N × input width), in their order.
    ///
    /// # Errors
    /// [`ExamplesError`] if they do not fit the network.
    pub fn new(network: &View<'_>, rows: &[T], answers: Answers<T>) -> Result<Self, ExamplesError> {
        Self::ordered(network, rows, answers, Order::Given)
    }

    /// Packs rows of inputs (N × input width).
    ///
    /// # Errors
    /// [`ExamplesError`] if they do not fit the network.
    pub fn ordered(
        network: &View<'_>,
        rows: &[T],
        answers: Answers<T>,
        order: Order,
    ) -> Result<Self, ExamplesError> {
        let (width, count) = (network.input_width(), check(network, rows, &answers)?);
        let (inputs, order) = match Lists::of_rows(network, rows) {
            Some(lists) => {
                Inputs::of_lists(width, &lists, (0..count).map(|example| lists.list(example)), order)
            }
            None => {
                let mut panels = vec![[T::ZERO; LANES]; count.div_ceil(LANES) * width];
                pack(width, &mut panels, rows.chunks_exact(width));
                (Inputs::Panels(panels), None)
            }
        };
        let answers = answers.ordered(order, network.output_width());
        Ok(Self { inputs, answers, count, width })
    }

    /// Packs `count` examples that come in parts, the last part first: `part` is called with the first example of a
    /// part, and writes the rows from there to where the part before began. `filled` of their inputs are not left
    /// out of sums.
    ///
    /// # Errors
    /// [`ExamplesError`] if they do not fit the network.
    pub fn of_parts(
        network: &View<'_>,
        (count, filled): (usize, usize),
        answers: Answers<T>,
        order: Order,
        mut part: impl FnMut(usize, &mut Vec<T>),
    ) -> Result<Self, ExamplesError> {
        let width = network.input_width().max(1);
        if count == 0 {
            return Err(ExamplesError::Empty);
        }
        check_targets(network, answers.as_targets(), count)?;
        let mut lists = Lists::expecting(network, filled, count * width);
        let panels = if lists.is_none() { count.div_ceil(LANES) * width } else { 0 };
        // the last row first, as the parts come: memory that is written from its start takes no more than is written
        let (mut panels, mut rows, mut packed) = (Vec::with_capacity(panels), Vec::new(), Vec::new());
        let mut last = count;
        for first in (0..count).step_by(PART * LANES).rev() {
            part(first, &mut rows);
            expect_length("inputs", &rows, (last - first) * width)?;
            let each = rows.chunks_exact(width);
            if let Some(lists) = &mut lists {
                // the last row has the first list
                lists.add(each.rev(), filled);
            } else {
                packed.clear();
                packed.resize((last - first).div_ceil(LANES) * width, [T::ZERO; LANES]);
                pack(width, &mut packed, each);
                panels.extend(packed.iter().rev());
            }
            last = first;
        }
        panels.reverse();
        let (inputs, order) = match lists {
            Some(lists) => {
                Inputs::of_lists(width, &lists, (0..count).rev().map(|list| lists.list(list)), order)
            }
            None => (Inputs::Panels(panels), None),
        };
        let answers = answers.ordered(order, network.output_width());
        Ok(Self { inputs, answers, count, width })
    }

    /// The first `count` examples, or all where there are fewer.
    ///
    /// # Errors
    /// [`ExamplesError`] if this is no batch of `network`.
    pub fn first(&self, network: &View<'_>, count: usize) -> Result<Self, ExamplesError> {
        let count = count.clamp(1, self.count);
        let (mut rows, mut memory) = (Vec::with_capacity(count * self.width), Vec::new());
        for panel in 0..count.div_ceil(LANES) {
            let chunk = self.chunk(panel, 1, Some(&mut memory));
            rows.extend((0..chunk.examples).flat_map(|lane| chunk.inputs.iter().map(move |row| row[lane])));
        }
        rows.truncate(count * self.width);
        let answers = match &self.answers {
            Answers::Labels(labels) => Answers::Labels(labels[..count].to_vec()),
            Answers::Values(values) => Answers::Values(values[..values.len() / self.count * count].to_vec()),
        };
        Self::new(network, &rows, answers)
    }

    /// The number of examples.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The inputs as the entries that are not zero, if they are kept so.
    #[must_use]
    pub const fn sparse(&self) -> Option<&Sparse<T>> {
        match &self.inputs {
            Inputs::Sparse(sparse) => Some(sparse),
            Inputs::Panels(_) => None,
        }
    }

    /// What an engine reads that knows of the zeros among the inputs of a chunk, if they are kept without.
    #[must_use]
    pub fn inputs_of<'c>(&'c self, chunk: &Chunk<'c, T, LANES>) -> Option<engine::Inputs<'c, T>> {
        let (panels, first) = (chunk.inputs, chunk.targets.first);
        self.sparse().map(|sparse| engine::Inputs { panels, sparse, first })
    }

    /// The panels of a chunk that is worked on at a time.
    #[must_use]
    pub fn chunk_panels(&self) -> usize {
        panels_of(self.count)
    }

    /// The number of chunks.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.chunks_of(self.chunk_panels())
    }

    /// The number of chunks of `panels` panels.
    #[must_use]
    pub const fn chunks_of(&self, panels: usize) -> usize {
        self.count.div_ceil(LANES * panels)
    }

    /// One chunk of at most `panels` panels.
    ///
    /// Inputs that are kept without zeros are unpacked into `memory`; if it is missing, for a sweep that does
    /// not read them, zeros stand in their place.
    pub fn chunk<'c>(
        &'c self,
        index: usize,
        panels: usize,
        memory: Option<&'c mut Vec<Lane<T>>>,
    ) -> Chunk<'c, T, LANES> {
        let (first, examples) = self.place_of(index, panels);
        let inputs = match (&self.inputs, memory) {
            (Inputs::Panels(all), _) => {
                let start = index * panels * self.width;
                &all[start..start + examples.div_ceil(LANES) * self.width]
            }
            (Inputs::Sparse(sparse), None) => sparse.blank(examples),
            (Inputs::Sparse(sparse), Some(memory)) => {
                sparse.unpack(first, examples, memory);
                memory.as_slice()
            }
        };
        let targets = Selection { targets: self.answers.as_targets(), order: None, first };
        Chunk { inputs, targets, examples }
    }

    /// The first example of a chunk, and how many it has.
    fn place_of(&self, index: usize, panels: usize) -> (usize, usize) {
        let first = index * LANES * panels;
        (first, (LANES * panels).min(self.count - first))
    }
}

/// Rows of examples from which batches are gathered.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    /// N × input width.
    pub inputs: Vec<T>,
    /// The targets of the N examples.
    pub answers: Answers<T>,
}

impl<T: Scalar> Rows<T> {
    /// Packs all examples.
    ///
    /// # Errors
    /// [`ExamplesError`] if they do not fit the network.
    pub fn pack(&self, network: &View<'_>) -> Result<Batch<T>, ExamplesError> {
        Batch::new(network, &self.inputs, self.answers.clone())
    }
}

/// Mini-batches out of rows, one after the other in the same memory, and the next beside the work on one.
#[derive(Debug)]
pub struct MiniBatches<'r, T> {
    rows: &'r Rows<T>,
    /// Of all rows, where the batch is sparse.
    lists: Lists<Single<T>>,
    now: Batch<T>,
    next: Batch<T>,
    outputs: usize,
}

impl<'r, T: Scalar> MiniBatches<'r, T> {
    /// Batches of these rows for a network; none is gathered yet.
    ///
    /// # Errors
    /// [`ExamplesError`] if the rows do not fit the network.
    pub fn new(network: &View<'_>, rows: &'r Rows<T>) -> Result<Self, ExamplesError> {
        let width = network.input_width();
        let count = check(network, &rows.inputs, &rows.answers)?;
        let lists = Lists::of_rows(network, &rows.inputs);
        let inputs = match &lists {
            Some(lists) => Inputs::Sparse(Sparse::new(width, lists.magnitude())),
            None => Inputs::Panels(Vec::new()),
        };
        let now = Batch { inputs, answers: rows.answers.select(&[], 0), count, width };
        let (next, outputs) = (now.clone(), network.output_width());
        Ok(Self { rows, lists: lists.unwrap_or_default(), now, next, outputs })
    }

    /// The number of all examples.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.inputs.len() / self.now.width.max(1)
    }

    /// The examples of `order`.
    pub fn gather(&mut self, order: &[u32]) -> &Batch<T> {
        self.now.take(self.rows, &self.lists, self.outputs, order);
        &self.now
    }

    /// Works on the examples that were gathered last, while those of `next` are gathered on another thread.
    pub fn work<R: Send>(&mut self, next: Option<&[u32]>, work: impl FnOnce(&Batch<T>) -> R + Send) -> R {
        let Self { rows, lists, now, next: after, outputs } = self;
        let Some(order) = next else { return work(now) };
        if rayon::current_num_threads() == 1 {
            let done = work(now);
            now.take(rows, lists, *outputs, order);
            return done;
        }
        let (done, ()) = rayon::join(|| work(now), || after.take(rows, lists, *outputs, order));
        std::mem::swap(now, after);
        done
    }
}

impl<T: Scalar> Batch<T> {
    /// Makes this the examples of `order` out of rows, which have lists where the batch is sparse.
    fn take(&mut self, rows: &Rows<T>, lists: &Lists<Single<T>>, outputs: usize, order: &[u32]) {
        let width = self.width;
        match &mut self.inputs {
            Inputs::Sparse(sparse) => {
                let examples: Vec<_> = order.iter().map(|&index| lists.list(index as usize)).collect();
                sparse.fill(&examples, LANES * panels_of(order.len()), false);
            }
            Inputs::Panels(panels) => {
                panels.resize(order.len().div_ceil(LANES) * width, [T::ZERO; LANES]);
                let row = |&index: &u32| &rows.inputs[index as usize * width..(index as usize + 1) * width];
                pack(width, panels, order.iter().map(row));
            }
        }
        self.answers = rows.answers.select(order, outputs);
        self.count = order.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_core::network::Network;

    static NETWORK: Network<2> = Network::input(3).dense(2).softmax_cross_entropy();

    #[test]
    fn the_first_examples_are_packed_as_if_there_were_no_others() {
        let view = NETWORK.view();
        for divisor in [1, 7] {
            let input = |place: usize| if place.is_multiple_of(divisor) { place as f64 } else { 0.0 };
            let rows: Vec<f64> = (0..3 * 700).map(input).collect();
            let labels: Vec<u32> = (0..700).map(|index| index % 2).collect();
            let whole = Batch::new(&view, &rows, Answers::Labels(labels.clone())).unwrap();
            assert_eq!(whole.sparse().is_some(), divisor == 7);
            for count in [1, 33, 700] {
                let labels = Answers::Labels(labels[..count].to_vec());
                let wanted = Batch::new(&view, &rows[..3 * count], labels).unwrap();
                assert_eq!(whole.first(&view, count).unwrap(), wanted, "{count}");
            }
            assert_eq!(whole.first(&view, 9999).unwrap().count(), 700);
        }
    }
    #[test]
    fn a_mini_batch_holds_the_rows_of_its_order_as_if_packed_alone() {
        let view = NETWORK.view();
        for divisor in [1, 7] {
            let input = |place: usize| if place.is_multiple_of(divisor) { place as f64 } else { 0.0 };
            let rows: Vec<f64> = (0..3 * 90).map(input).collect();
            let labels: Vec<u32> = (0..90).map(|index| index % 2).collect();
            let rows = Rows { inputs: rows, answers: Answers::Labels(labels.clone()) };
            let mut batches = MiniBatches::new(&view, &rows).unwrap();
            for order in [vec![14, 2, 14, 7, 35], (0..70).rev().collect()] {
                let order: Vec<u32> = order;
                let row = |&index: &u32| &rows.inputs[3 * index as usize..][..3];
                let inputs: Vec<f64> = order.iter().flat_map(row).copied().collect();
                let answers = order.iter().map(|&index| labels[index as usize]).collect();
                batches.gather(&[1, 2]);
                let before = batches.work(Some(&order), Batch::count);
                assert_eq!((before, batches.work(None, Batch::count)), (2, order.len()));
                let beside = batches.work(None, Batch::clone);
                let gathered = batches.gather(&order);
                assert!(beside == *gathered);
                assert_eq!(gathered.sparse().is_some(), divisor == 7);
                let (mut found, mut wanted) = (Vec::new(), Vec::new());
                let alone = Batch::new(&view, &inputs, Answers::Labels(answers)).unwrap();
                assert_eq!(gathered.chunks(), alone.chunks());
                for index in 0..alone.chunks() {
                    let found = gathered.chunk(index, alone.chunk_panels(), Some(&mut found));
                    let wanted = alone.chunk(index, alone.chunk_panels(), Some(&mut wanted));
                    assert_eq!(found.inputs, wanted.inputs);
                    let label = |chunk: &Chunk<'_, f64, LANES>| chunk.targets.label(chunk.examples - 1);
                    assert_eq!((found.examples, label(&found)), (wanted.examples, label(&wanted)));
                }
            }
        }
    }
}
