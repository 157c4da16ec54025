//! Examples and their targets, and a chunk of them as the sweeps take it.

use core::fmt;

use crate::length::{WrongLength, expect_length};
use crate::network::View;
use crate::real::Real;

/// What the network should have answered.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a, T> {
    /// The class of each example; the squared error reads it as one-hot.
    Labels(&'a [u32]),
    /// A row of numbers for each example, example by example.
    Values(&'a [T]),
}

/// The targets of the examples of a chunk: a run of all targets, or a run of an order over them.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a, T> {
    /// All targets.
    pub targets: Targets<'a, T>,
    /// The order in which the examples are taken; as they stand if there is none.
    pub order: Option<&'a [u32]>,
    /// The place of the chunk's first example in that order.
    pub first: usize,
}

impl<'a, T: Real> Selection<'a, T> {
    /// The targets as they stand, from the first on.
    #[must_use]
    pub const fn from_the_first(targets: Targets<'a, T>) -> Self {
        Self { targets, order: None, first: 0 }
    }

    /// Where the target of the chunk's example `index` stands.
    fn place(&self, index: usize) -> usize {
        let index = self.first + index;
        match self.order {
            None => index,
            Some(order) => order.get(index).map_or(usize::MAX, |&place| place as usize),
        }
    }

    /// The target's entry for output `row` of the chunk's example `index`.
    pub(crate) fn entry(&self, index: usize, row: usize, width: usize) -> T {
        match self.targets {
            Targets::Labels(_) => {
                if self.label(index) == Some(row) {
                    T::ONE
                } else {
                    T::ZERO
                }
            }
            Targets::Values(values) => {
                let place = self.place(index).saturating_mul(width).saturating_add(row);
                values.get(place).copied().unwrap_or(T::ZERO)
            }
        }
    }

    /// The class of the chunk's example `index`, if the targets are classes.
    #[must_use]
    pub fn label(&self, index: usize) -> Option<usize> {
        match self.targets {
            Targets::Labels(labels) => labels.get(self.place(index)).map(|&label| label as usize),
            Targets::Values(_) => None,
        }
    }
}

/// Examples in the caller's memory: rows of inputs, and their targets.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a, T> {
    inputs: &'a [T],
    targets: Targets<'a, T>,
    order: Option<&'a [u32]>,
    width: usize,
    count: usize,
}

/// Why examples do not fit a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExamplesError {
    /// There is no example.
    Empty,
    /// A slice has the wrong length.
    Length(WrongLength),
    /// A label is not a class of the network.
    Label {
        /// The example, from 0.
        example: usize,
        /// Its label.
        label: u32,
        /// The number of classes.
        classes: usize,
    },
    /// The softmax cross-entropy needs labels, and was given rows of numbers.
    LabelsNeeded,
}

impl fmt::Display for ExamplesError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("there is no example"),
            Self::Length(error) => fmt::Display::fmt(error, formatter),
            Self::Label { example, label, classes } => {
                write!(
                    formatter,
                    "example {example} has label {label}; the network has classes 0 to {}",
                    classes.saturating_sub(1)
                )
            }
            Self::LabelsNeeded => {
                formatter.write_str("the softmax cross-entropy needs labels, not rows of numbers")
            }
        }
    }
}

impl core::error::Error for ExamplesError {}

impl From<WrongLength> for ExamplesError {
    fn from(error: WrongLength) -> Self {
        Self::Length(error)
    }
}

impl<'a, T: Real> Examples<'a, T> {
    /// Checks that inputs and targets belong together and fit the network.
    ///
    /// | argument  | shape                                              |
    /// |-----------|----------------------------------------------------|
    /// | `inputs`  | N × input width, example by example                |
    /// | `targets` | N labels, or N × output width numbers              |
    ///
    /// # Errors
    /// [`ExamplesError`], with the first label that is out of range.
    pub fn new(network: &View<'_>, inputs: &'a [T], targets: Targets<'a, T>) -> Result<Self, ExamplesError> {
        let width = network.input_width().max(1);
        let count = inputs.len() / width;
        if count == 0 {
            return Err(ExamplesError::Empty);
        }
        expect_length("inputs", inputs, count * width)?;
        check_targets(network, targets, count)?;
        Ok(Self { inputs, targets, order: None, width, count })
    }

    /// The same examples, taken in an order: an example may be left out, or come twice.
    ///
    /// # Errors
    /// [`ExamplesError`] if the order is empty or names an example that is not there.
    pub fn in_order(&self, order: &'a [u32]) -> Result<Self, ExamplesError> {
        let there = self.inputs.len().checked_div(self.width).unwrap_or(0);
        if order.is_empty() {
            return Err(ExamplesError::Empty);
        }
        match order.iter().max() {
            Some(&last) if last as usize >= there => {
                let needed = (last as usize).saturating_add(1);
                Err(WrongLength { argument: "inputs", needed, found: there }.into())
            }
            _ => Ok(Self { order: Some(order), count: order.len(), ..*self }),
        }
    }

    /// The number of examples.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The targets of the chunk that starts with example `first`.
    #[must_use]
    pub const fn targets_from(&self, first: usize) -> Selection<'a, T> {
        Selection { targets: self.targets, order: self.order, first }
    }

    /// The inputs of one example, or an empty row past the end.
    #[must_use]
    pub fn input(&self, example: usize) -> &'a [T] {
        let place = match self.order {
            None => example,
            Some(order) => match order.get(example) {
                Some(&place) => place as usize,
                None => return &[],
            },
        };
        self.inputs.get(place * self.width..(place + 1) * self.width).unwrap_or(&[])
    }

    /// Writes `count` examples from `first` on as panels; lanes past the last example are zero.
    pub fn pack<const L: usize>(&self, first: usize, count: usize, panels: &mut [[T; L]]) {
        pack(self.width, panels, (first..first + count).map(|example| self.input(example)));
    }
}

/// Answers whether targets fit the network and its loss.
///
/// # Errors
/// [`ExamplesError`], with the first label that is out of range.
pub fn check_targets<T: Real>(
    network: &View<'_>,
    targets: Targets<'_, T>,
    count: usize,
) -> Result<(), ExamplesError> {
    let classes = network.output_width();
    match targets {
        Targets::Labels(labels) => {
            expect_length("labels", labels, count)?;
            for (example, &label) in labels.iter().enumerate() {
                if label as usize >= classes {
                    return Err(ExamplesError::Label { example, label, classes });
                }
            }
        }
        Targets::Values(values) => {
            #[cfg(feature = "softmax-cross-entropy")]
            if matches!(network.loss(), Some((crate::network::operation::Loss::SoftmaxCrossEntropy, _))) {
                return Err(ExamplesError::LabelsNeeded);
            }
            expect_length("targets", values, count * classes)?;
        }
    }
    Ok(())
}

/// Writes rows of inputs as panels `[feature][lane]`; lanes past the last row are zero.
pub fn pack<'r, T: Real, const L: usize>(
    width: usize,
    panels: &mut [[T; L]],
    rows: impl Iterator<Item = &'r [T]>,
) {
    let mut rows = rows;
    for panel in panels.chunks_exact_mut(width.max(1)) {
        for lane in 0..L {
            let row = rows.next().unwrap_or(&[]);
            for (index, entries) in panel.iter_mut().enumerate() {
                if let Some(entry) = entries.get_mut(lane) {
                    *entry = row.get(index).copied().unwrap_or(T::ZERO);
                }
            }
        }
    }
}

/// A chunk of examples in panels, as the sweeps take it.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a, T, const L: usize> {
    /// Panels of `input width` rows.
    pub inputs: &'a [[T; L]],
    /// The targets of the examples of this chunk.
    pub targets: Selection<'a, T>,
    /// The number of examples; the lanes of the last panel past them are not counted.
    pub examples: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    const NET: Network<2> = Network::input(2).dense(3).softmax_cross_entropy();

    #[test]
    fn the_first_bad_label_is_named() {
        let error = Examples::new(&NET.view(), &[0.0_f32; 6], Targets::Labels(&[0, 3, 9])).unwrap_err();
        assert_eq!(error, ExamplesError::Label { example: 1, label: 3, classes: 3 });
    }

    #[test]
    fn empty_and_ragged_inputs_are_refused() {
        assert_eq!(
            Examples::<f32>::new(&NET.view(), &[], Targets::Labels(&[])).unwrap_err(),
            ExamplesError::Empty
        );
        let error = Examples::new(&NET.view(), &[0.0_f32; 5], Targets::Labels(&[0, 1])).unwrap_err();
        assert_eq!(error, ExamplesError::Length(WrongLength { argument: "inputs", needed: 4, found: 5 }));
    }

    #[test]
    fn panels_hold_features_by_lanes() {
        let examples =
            Examples::new(&NET.view(), &[1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0], Targets::Labels(&[0, 1, 2]))
                .unwrap();
        let mut panels = [[9.0; 2]; 4];
        examples.pack(0, 3, &mut panels);
        assert_eq!(panels, [[1.0, 3.0], [2.0, 4.0], [5.0, 0.0], [6.0, 0.0]]);
    }
}
