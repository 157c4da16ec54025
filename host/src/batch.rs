//! Examples packed for the sweeps, and the rows they came from.

use thalweg_core::examples::{Chunk, ExamplesError, Selection, Targets, check_targets, pack};
use thalweg_core::length::expect_length;
use thalweg_core::network::View;

use crate::engine::Scalar;
use crate::tile::{LANES, Lane};

/// The most panels in a chunk: what one thread works on at a time.
pub const PANELS: usize = 8;

/// Chunks whose sweeps are done before their sums over examples are.
pub const WAVE: usize = 4;

/// The target of each example.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers<T> {
    /// A class for each example.
    Labels(Vec<u32>),
    /// A row of numbers for each example.
    Values(Vec<T>),
}

impl<T: Scalar> Answers<T> {
    fn as_targets(&self) -> Targets<'_, T> {
        match self {
            Self::Labels(labels) => Targets::Labels(labels),
            Self::Values(values) => Targets::Values(values),
        }
    }

    /// The answers of some examples, in the order given.
    fn select(&self, order: &[u32], width: usize) -> Self {
        match self {
            Self::Labels(labels) => Self::Labels(order.iter().map(|&index| labels[index as usize]).collect()),
            Self::Values(values) => Self::Values(
                order
                    .iter()
                    .flat_map(|&index| &values[index as usize * width..(index as usize + 1) * width])
                    .copied()
                    .collect(),
            ),
        }
    }
}

/// Panels that are packed at a time from rows that come in parts.
const PART: usize = 32;

/// Examples of one network, packed in panels.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<T> {
    panels: Vec<Lane<T>>,
    answers: Answers<T>,
    count: usize,
    width: usize,
}

impl<T: Scalar> Batch<T> {
    /// Packs rows of inputs (N × input width).
    ///
    /// # Errors
    /// [`ExamplesError`] if they do not fit the network.
    pub fn new(network: &View<'_>, rows: &[T], answers: Answers<T>) -> Result<Self, ExamplesError> {
        let width = network.input_width();
        let count = rows.len() / width.max(1);
        if count == 0 {
            return Err(ExamplesError::Empty);
        }
        expect_length("inputs", rows, count * width)?;
        check_targets(network, answers.as_targets(), count)?;
        let mut panels = vec![[T::ZERO; LANES]; count.div_ceil(LANES) * width];
        pack(width, &mut panels, rows.chunks_exact(width));
        Ok(Self { panels, answers, count, width })
    }

    /// Packs `count` examples that come in parts, the last part first: `rows` is called with the first example of a
    /// part, and writes the inputs of this and of all that follow but for those it wrote before.
    ///
    /// # Errors
    /// [`ExamplesError`] if they do not fit the network.
    pub fn of_parts(
        network: &View<'_>,
        count: usize,
        answers: Answers<T>,
        mut rows: impl FnMut(usize, &mut Vec<T>),
    ) -> Result<Self, ExamplesError> {
        let width = network.input_width();
        if count == 0 {
            return Err(ExamplesError::Empty);
        }
        check_targets(network, answers.as_targets(), count)?;
        let mut panels = vec![[T::ZERO; LANES]; count.div_ceil(LANES) * width];
        let mut part = Vec::new();
        let (mut first, mut last) = (count.div_ceil(LANES).div_ceil(PART) * PART, count);
        while first > 0 {
            first -= PART;
            rows(first * LANES, &mut part);
            expect_length("inputs", &part, (last - first * LANES) * width)?;
            let end = last.div_ceil(LANES) * width;
            pack(width, &mut panels[first * width..end], part.chunks_exact(width.max(1)));
            last = first * LANES;
        }
        Ok(Self { panels, answers, count, width })
    }

    /// The first `count` examples, or all where there are fewer.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let count = count.clamp(1, self.count);
        let answers = match &self.answers {
            Answers::Labels(labels) => Answers::Labels(labels[..count].to_vec()),
            Answers::Values(values) => Answers::Values(values[..values.len() / self.count * count].to_vec()),
        };
        let panels = self.panels[..count.div_ceil(LANES) * self.width].to_vec();
        Self { panels, answers, count, width: self.width }
    }

    /// The number of examples.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The panels of a chunk that is worked on at a time: few, where there are few examples, so that all
    /// threads have some.
    #[must_use]
    pub fn chunk_panels(&self) -> usize {
        (self.count.div_ceil(LANES) / WAVE).clamp(1, PANELS)
    }

    /// The number of chunks.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.chunks_of(self.chunk_panels())
    }

    /// One chunk of examples.
    #[must_use]
    pub fn chunk(&self, index: usize) -> Chunk<'_, T, LANES> {
        self.chunk_of(index, self.chunk_panels())
    }

    /// The number of chunks of `panels` panels.
    #[must_use]
    pub const fn chunks_of(&self, panels: usize) -> usize {
        self.count.div_ceil(LANES * panels)
    }

    /// One chunk of at most `panels` panels.
    #[must_use]
    pub fn chunk_of(&self, index: usize, panels: usize) -> Chunk<'_, T, LANES> {
        let first = index * LANES * panels;
        let examples = (LANES * panels).min(self.count - first);
        let start = index * panels * self.width;
        let inputs = &self.panels[start..start + examples.div_ceil(LANES) * self.width];
        Chunk {
            inputs,
            targets: Selection { targets: self.answers.as_targets(), order: None, first },
            examples,
        }
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

    /// The number of examples.
    #[must_use]
    pub fn count(&self, network: &View<'_>) -> usize {
        self.inputs.len() / network.input_width().max(1)
    }

    /// Packs the first examples, at most `most`, after a look at the targets of all: memory to gather batches into.
    ///
    /// # Errors
    /// [`ExamplesError`] if the examples do not fit the network.
    pub fn pack_first(&self, network: &View<'_>, most: usize) -> Result<Batch<T>, ExamplesError> {
        let (width, count) = (network.input_width(), self.count(network));
        expect_length("inputs", &self.inputs, count * width)?;
        check_targets(network, self.answers.as_targets(), count)?;
        let first: Vec<u32> = (0..).take(count.min(most.max(1))).collect();
        let answers = self.answers.select(&first, network.output_width());
        Batch::new(network, &self.inputs[..first.len() * width], answers)
    }

    /// Packs the examples of `order` into `batch`, whose memory is used again.
    pub fn gather(&self, network: &View<'_>, order: &[u32], batch: &mut Batch<T>) {
        let width = network.input_width();
        batch.panels.resize(order.len().div_ceil(LANES) * width, [T::ZERO; LANES]);
        let row = |&index: &u32| &self.inputs[index as usize * width..(index as usize + 1) * width];
        pack(width, &mut batch.panels, order.iter().map(row));
        batch.answers = self.answers.select(order, network.output_width());
        batch.count = order.len();
    }
}
