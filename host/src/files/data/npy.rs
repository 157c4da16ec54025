//! The user's own examples from `.npy` files.

use std::path::Path;

use super::{DataError, Dataset, Inputs, TargetValues};
use crate::files::npy::{self, Array, NpyError, Numbers};

/// Why own data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OwnDataError {
    /// A file is no such array.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// The arrays are no examples.
    #[error(transparent)]
    Data(#[from] DataError),
}

fn format(path: &Path, found: String, wanted: &str) -> DataError {
    DataError::Format { path: path.to_owned(), found, wanted: wanted.to_owned() }
}

/// The first number that is none, with its row and column.
fn expect_finite(path: &Path, values: impl Iterator<Item = f64>, width: usize) -> Result<(), DataError> {
    match values.enumerate().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((place, value)) => Err(DataError::NotFinite {
            path: path.to_owned(),
            row: place / width.max(1),
            column: place % width.max(1),
            value,
        }),
    }
}

/// The numbers of an array; integers are taken as they are.
fn inputs_of(path: &Path, array: Array, width: usize) -> Result<Inputs, DataError> {
    Ok(match array.numbers {
        Numbers::Singles(values) => {
            expect_finite(path, values.iter().map(|&value| value.into()), width)?;
            Inputs::Singles(values)
        }
        Numbers::Floats(values) => {
            expect_finite(path, values.iter().copied(), width)?;
            Inputs::Numbers(values)
        }
        Numbers::Integers(values) => Inputs::Numbers(values.into_iter().map(|value| value as f64).collect()),
    })
}

/// Reads N×width inputs (further dimensions are flattened) and N labels, or N×width targets.
///
/// # Errors
/// [`OwnDataError`], naming the file and the first entry that is wrong.
pub fn from_npy(inputs: &Path, labels: &Path) -> Result<Dataset, OwnDataError> {
    let array = npy::read(inputs)?;
    if array.shape.contains(&0) {
        let found = format!("its shape is {:?}", array.shape);
        return Err(format(inputs, found, "at least one example is needed").into());
    }
    let (count, shape) = match array.shape[..] {
        [count, rows, columns] => (count, (rows, columns)),
        [count, ref rest @ ..] if !rest.is_empty() => (count, (1, rest.iter().product())),
        _ => {
            return Err(format(
                inputs,
                format!("its shape is {:?}", array.shape),
                "inputs need a shape of N×width",
            )
            .into());
        }
    };
    let width = shape.0 * shape.1;
    let values = inputs_of(inputs, array, width)?;
    let array = npy::read(labels)?;
    let (found, targets) = match (array.numbers, &array.shape[..]) {
        (Numbers::Integers(values), &[found]) => {
            let label = |(example, &value): (usize, &i128)| {
                u32::try_from(value).map_err(|_| DataError::Label { path: labels.to_owned(), example, value })
            };
            (found, TargetValues::Labels(values.iter().enumerate().map(label).collect::<Result<_, _>>()?))
        }
        (Numbers::Floats(values), &[found, width]) => {
            expect_finite(labels, values.iter().copied(), width)?;
            (found, TargetValues::Rows { width, values })
        }
        (Numbers::Singles(values), &[found, width]) => {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            expect_finite(labels, values.iter().copied(), width)?;
            (found, TargetValues::Rows { width, values })
        }
        (_, shape) => {
            let found = format!("its shape is {shape:?}");
            return Err(
                format(labels, found, "N integers (labels) or N×width floats (targets) are needed").into()
            );
        }
    };
    if found != count {
        return Err(DataError::Counts {
            inputs: inputs.to_owned(),
            labels: labels.to_owned(),
            examples: count,
            found,
        }
        .into());
    }
    let name = inputs.display().to_string();
    Ok(Dataset { name, count, shape, inputs: values, targets })
}
