//! What a batch holds: inputs in one of two forms, and answers.

use thalweg_core::examples::Targets;

use crate::engine::Scalar;
use crate::engine::sparse::{Lists, Single, Sparse};
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

/// The inputs of a batch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Inputs<T> {
    /// In panels.
    Panels(Vec<Lane<T>>),
    /// The entries that are not zero.
    Sparse(Sparse<T>),
}

impl<T: Scalar> Inputs<T> {
    /// The lists of some examples, which come in any order.
    pub(crate) fn of_lists<'l>(
        width: usize,
        all: &'l Lists<Single<T>>,
        lists: impl Iterator<Item = &'l [Single<T>]>,
    ) -> Self {
        let (mut sparse, examples) = (Sparse::new(width, all.magnitude()), lists.collect::<Vec<_>>());
        sparse.fill(&examples, LANES * panels_of(examples.len()), true);
        Self::Sparse(sparse)
    }
}
