//! What a batch holds: inputs in one of two forms, and answers.

use thalweg_core::examples::Targets;

use crate::engine::Scalar;
use crate::engine::sparse::{Lists, Single, Sparse, marks};
use crate::engine::tile::{LANES, Lane};

/// The most panels in a chunk: what one thread works on at a time, in a near cache.
pub const PANELS: usize = 4;

/// Chunks whose sweeps are done before their sums over examples are.
pub const WAVE: usize = 8;

/// The panels of a batch of `count` examples that are worked on at a time: few, where there are few examples,
/// so that all threads have some.
pub(crate) fn panels_of(count: usize) -> usize {
    (count.div_ceil(LANES) / WAVE).clamp(1, PANELS)
}

/// The target of each example.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers<T> {
    /// A class for each example.
    Labels(Vec<u32>),
    /// A row of numbers for each example.
    Values(Vec<T>),
}

impl<T: Scalar> Answers<T> {
    /// The same, as the core takes them.
    pub(crate) fn as_targets(&self) -> Targets<'_, T> {
        match self {
            Self::Labels(labels) => Targets::Labels(labels),
            Self::Values(values) => Targets::Values(values),
        }
    }

    /// The same answers in another order, if there is one.
    pub(crate) fn ordered(self, order: Option<Vec<u32>>, width: usize) -> Self {
        match order {
            Some(order) => self.select(&order, width),
            None => self,
        }
    }

    /// The answers of some examples, in the order given.
    pub(crate) fn select(&self, order: &[u32], width: usize) -> Self {
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

/// In which order examples stand in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As they come: the order of the sums that have the same bits everywhere.
    Given,
    /// Alike ones together, where inputs are kept without zeros: sums have fewer terms then.
    Alike,
}

/// The inputs of a batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Inputs<T> {
    /// In panels.
    Panels(Vec<Lane<T>>),
    /// The entries that are not zero.
    Sparse(Sparse<T>),
}

impl<T: Scalar> Inputs<T> {
    /// The lists of some examples, and the order in which they stand, if not as they come.
    pub(crate) fn of_lists<'l>(
        width: usize,
        all: &'l Lists<Single<T>>,
        lists: impl Iterator<Item = &'l [Single<T>]>,
        order: Order,
    ) -> (Self, Option<Vec<u32>>) {
        let (mut sparse, mut examples) = (Sparse::new(width, all.magnitude()), lists.collect::<Vec<_>>());
        let order = (order == Order::Alike).then(|| marks(&examples, width).order());
        if let Some(order) = &order {
            examples = order.iter().map(|&example| examples[example as usize]).collect();
        }
        sparse.fill(&examples, LANES * panels_of(examples.len()), true);
        (Self::Sparse(sparse), order)
    }
}
