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

/// The numbers of an array as floats; integers are taken as they are.
fn floats(path: &Path, array: Array, width: usize) -> Result<Vec<f64>, DataError> {
    let values: Vec<f64> = match array.numbers {
        Numbers::Floats(values) => values,
        Numbers::Integers(values) => values.into_iter().map(|value| value as f64).collect(),
    };
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values),
        Some(place) => Err(DataError::NotFinite {
            path: path.to_owned(),
            row: place / width.max(1),
            column: place % width.max(1),
            value: values[place],
        }),
    }
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
    let values = floats(inputs, array, width)?;
    let array = npy::read(labels)?;
    let (found, targets) = match (&array.numbers, &array.shape[..]) {
        (Numbers::Integers(values), &[found]) => {
            let label = |(example, &value): (usize, &i128)| {
                u32::try_from(value).map_err(|_| DataError::Label { path: labels.to_owned(), example, value })
            };
            (found, TargetValues::Labels(values.iter().enumerate().map(label).collect::<Result<_, _>>()?))
        }
        (Numbers::Floats(_), &[found, width]) => {
            (found, TargetValues::Rows { width, values: floats(labels, array, width)? })
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
    Ok(Dataset { name, count, shape, inputs: Inputs::Numbers(values), targets })
}
