//! Examples from files: MNIST-style IDX, `.npy`, and the embedded subset.

mod inputs;
mod idx;
mod npy;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thalweg_core::examples::ExamplesError;
use thalweg_core::network::View;

use crate::engine::Scalar;
use crate::engine::batch::{Answers, Batch, Order, Rows};
use crate::memory;

pub use idx::{embedded, from_folder};
pub use inputs::Inputs;
pub use npy::{OwnDataError, from_npy};

/// Why data cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// None of the names under which a file is looked for is there.
    #[error(
        "{folder}: holds none of {names}; --data needs a folder with MNIST-style IDX files, plain or .gz"
    )]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The names that were tried.
        names: String,
    },
    /// The file is not what it should be.
    #[error("{path}: {found}; {wanted}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What is needed.
        wanted: String,
    },
    /// The file is shorter or longer than its header says.
    #[error("{path}: its header promises {needed} bytes, it has {found}; the file is {}", if found < needed { "truncated" } else { "not the one its header describes" })]
    Length {
        /// The file.
        path: PathBuf,
        /// The bytes that the header promises.
        needed: u64,
        /// The bytes that are there (one more than promised if there are more).
        found: u64,
    },
    /// The file holds more than the memory does.
    #[error("{path}: its header promises {sizes:?} entries, which {source}")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The sizes in its header.
        sizes: Vec<usize>,
        /// How much it is.
        source: memory::TooLarge,
    },
    /// Inputs and labels do not belong together.
    #[error("{inputs} holds {examples} examples, {labels} holds {found}; they need to be as many")]
    Counts {
        /// The file of the inputs.
        inputs: PathBuf,
        /// The file of the labels.
        labels: PathBuf,
        /// The number of inputs.
        examples: usize,
        /// The number of labels.
        found: usize,
    },
    /// A number is NaN or infinite.
    #[error("{path}: row {row}, column {column} is {value}; inputs and targets need finite numbers")]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The number.
        value: f64,
    },
    /// A label is negative or too large.
    #[error("{path}: label {value} of example {example} is not a class; labels are whole numbers from 0 on")]
    Label {
        /// The file.
        path: PathBuf,
        /// The example, from 0.
        example: usize,
        /// The label.
        value: i128,
    },
    /// Pooling does not fit the images.
    #[error(
        "--pool {pool}: images of {rows}×{columns} pixels cannot be pooled by {pool}; K needs to divide both sides"
    )]
    Pool {
        /// K.
        pool: usize,
        /// The height of the images; 1 if they are no images.
        rows: usize,
        /// The width of the images.
        columns: usize,
    },
    /// More examples are asked for than there are.
    #[error("--examples {asked}: {name} has {found} training examples")]
    TooFew {
        /// The number asked for.
        asked: usize,
        /// The data.
        name: String,
        /// The number there is.
        found: usize,
    },
}

/// Why examples cannot be packed for a network.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PackError {
    /// They do not fit the network.
    #[error(transparent)]
    Examples(#[from] ExamplesError),
    /// An input is more than the precision holds.
    #[error("an input of example {0} is more than f32 holds")]
    Overflow(usize),
}

/// Targets as they came.
#[derive(Clone, Debug, PartialEq)]
pub enum TargetValues {
    /// The class of each example.
    Labels(Vec<u32>),
    /// A row of numbers for each example.
    Rows {
        /// The length of a row.
        width: usize,
        /// N × width.
        values: Vec<f64>,
    },
}

/// Examples with their targets, in no particular precision.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Where they came from.
    pub name: String,
    /// The number of examples.
    pub count: usize,
    /// Image height and width; one row if they are no images.
    pub shape: (usize, usize),
    /// N × (height·width).
    pub inputs: Inputs,
    /// The targets of the N examples.
    pub targets: TargetValues,
}

/// What is read of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The first training examples only, or all.
    pub examples: Option<usize>,
    /// Whether test examples are wanted.
    pub test: bool,
}

/// Training examples, and test examples if there are any.
#[derive(Clone, Debug)]
pub struct Data {
    /// What is trained on and measured.
    pub train: Dataset,
    /// What is tested on.
    pub test: Option<Dataset>,
}

impl Dataset {
    /// The width of an example.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.shape.0 * self.shape.1
    }

    /// The first 16 hexadecimal digits of the SHA-256 of shapes, inputs and targets.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for size in [self.count, self.shape.0, self.shape.1] {
            hash.update((size as u64).to_le_bytes());
        }
        match &self.inputs {
            Inputs::Pixels(pixels) => hash.update(pixels),
            Inputs::Numbers(numbers) => numbers.iter().for_each(|number| hash.update(number.to_le_bytes())),
            Inputs::Singles(numbers) => {
                numbers.iter().for_each(|&number| hash.update(f64::from(number).to_le_bytes()));
            }
        }
        match &self.targets {
            TargetValues::Labels(labels) => labels.iter().for_each(|label| hash.update(label.to_le_bytes())),
            TargetValues::Rows { values, .. } => {
                values.iter().for_each(|value| hash.update(value.to_le_bytes()));
            }
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The first `count` examples.
    ///
    /// # Errors
    /// [`DataError::TooFew`] if there are fewer.
    pub fn first(mut self, count: usize) -> Result<Self, DataError> {
        if count > self.count || count == 0 {
            return Err(DataError::TooFew { asked: count, name: self.name, found: self.count });
        }
        let width = self.width();
        self.inputs.keep(count * width);
        match &mut self.targets {
            TargetValues::Labels(labels) => labels.truncate(count),
            TargetValues::Rows { width, values } => values.truncate(count * *width),
        }
        self.count = count;
        Ok(self)
    }

    /// Averages the images over K×K pixels: the sum over the pixels, row by row, divided by K² (and by
    /// 255 for pixels). Rows of numbers whose width is a square are read as square images.
    ///
    /// # Errors
    /// [`DataError::Pool`] if K does not divide both sides.
    pub fn pooled(self, pool: usize) -> Result<Self, DataError> {
        if pool == 1 {
            return Ok(self);
        }
        let side = self.width().isqrt();
        let (rows, columns) =
            if self.shape.0 == 1 && side * side == self.width() { (side, side) } else { self.shape };
        if pool == 0 || rows % pool != 0 || columns % pool != 0 {
            return Err(DataError::Pool { pool, rows, columns });
        }
        let (area, scale) =
            ((pool * pool) as f64, if matches!(self.inputs, Inputs::Pixels(_)) { 255.0 } else { 1.0 });
        let pixel = |place: usize| match &self.inputs {
            Inputs::Pixels(pixels) => f64::from(pixels[place]),
            Inputs::Numbers(numbers) => numbers[place],
            Inputs::Singles(numbers) => numbers[place].into(),
        };
        let mut pooled = Vec::with_capacity(self.count * rows * columns / (pool * pool));
        for image in 0..self.count {
            for (top, left) in (0..rows)
                .step_by(pool)
                .flat_map(|top| (0..columns).step_by(pool).map(move |left| (top, left)))
            {
                let mut sum = 0.0;
                for row in top..top + pool {
                    for column in left..left + pool {
                        sum += pixel((image * rows + row) * columns + column);
                    }
                }
                pooled.push(sum / (area * scale));
            }
        }
        Ok(Self {
            name: format!("{} pooled {pool}×{pool}", self.name),
            shape: (rows / pool, columns / pool),
            inputs: Inputs::Numbers(pooled),
            ..self
        })
    }

    /// The examples in one precision: pixels divided by 255 in it, numbers rounded once.
    #[must_use]
    pub fn rows<T: Scalar>(&self) -> Rows<T> {
        let mut inputs = Vec::with_capacity(self.count * self.width());
        self.inputs.read_from(0, &mut inputs);
        Rows { inputs, answers: self.answers() }
    }

    fn answers<T: Scalar>(&self) -> Answers<T> {
        match &self.targets {
            TargetValues::Labels(labels) => Answers::Labels(labels.clone()),
            TargetValues::Rows { values, .. } => {
                Answers::Values(values.iter().map(|&value| T::from_f64(value)).collect())
            }
        }
    }

    /// Packs the examples in one precision, as [`Self::rows`] has them, and gives them away: a few are taken at a
    /// time, the last first, so that never all are held twice.
    ///
    /// # Errors
    /// [`PackError`].
    pub fn pack<T: Scalar>(mut self, network: &View<'_>, order: Order) -> Result<Batch<T>, PackError> {
        let (width, answers, size) = (self.width(), self.answers(), (self.count, self.inputs.filled::<T>()));
        let mut overflow = None;
        let batch = Batch::of_parts(network, size, answers, order, |first, rows| {
            self.inputs.read_from(first * width, rows);
            self.inputs.keep(first * width);
            let place = rows.iter().position(|value: &T| !value.is_finite());
            overflow = place.map(|place| first + place / width.max(1)).or(overflow);
        })?;
        overflow.map_or(Ok(batch), |example| Err(PackError::Overflow(example)))
    }
}

pub(crate) fn open(path: &Path) -> Result<(BufReader<File>, u64), DataError> {
    memory::open(path).map_err(|source| DataError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images() -> Dataset {
        Dataset {
            name: "four pixels".to_owned(),
            count: 2,
            shape: (2, 2),
            inputs: Inputs::Pixels(vec![0, 255, 255, 0, 51, 51, 51, 51]),
            targets: TargetValues::Labels(vec![0, 1]),
        }
    }

    #[test]
    fn pooling_averages_pixels() {
        let pooled = images().pooled(2).unwrap();
        assert_eq!(pooled.inputs, Inputs::Numbers(vec![0.5, 0.2]));
        assert!(matches!(images().pooled(3), Err(DataError::Pool { pool: 3, rows: 2, columns: 2 })));
    }

    #[test]
    fn the_first_examples_are_the_first_and_change_the_digest() {
        let first = images().first(1).unwrap();
        assert_eq!((first.count, &first.targets), (1, &TargetValues::Labels(vec![0])));
        assert_ne!(first.digest(), images().digest());
        assert!(images().first(3).is_err());
    }

    #[test]
    fn examples_that_are_given_away_are_packed_as_their_rows_are() {
        use thalweg_core::network::Network;
        static NETWORK: Network<2> = Network::input(4).dense(3).softmax_cross_entropy();
        let view = NETWORK.view();
        let count = 3000;
        let dense: Vec<u8> = (0..4 * count).map(|place| (place * place % 251) as u8).collect();
        let sparse: Vec<u8> = dense.iter().map(|&pixel| if pixel % 5 == 0 { pixel } else { 0 }).collect();
        let single = |pixel: &u8| f32::from(*pixel) / 7.0;
        for inputs in [dense, sparse].into_iter().flat_map(|pixels| {
            [
                Inputs::Singles(pixels.iter().map(single).collect()),
                Inputs::Numbers(pixels.iter().map(|pixel| single(pixel).into()).collect()),
                Inputs::Pixels(pixels),
            ]
        }) {
            let targets = TargetValues::Labels((0..count as u32).map(|index| index % 3).collect());
            let made = Dataset { name: "made".to_owned(), count, shape: (1, 4), inputs, targets };
            let Rows { inputs, answers } = made.rows::<f32>();
            for order in [Order::Given, Order::Alike] {
                let wanted = Batch::ordered(&view, &inputs, answers.clone(), order).unwrap();
                assert_eq!(made.clone().pack::<f32>(&view, order).unwrap(), wanted);
            }
        }
        let inputs = Inputs::Numbers([vec![0.0; 4 * count - 5], vec![1e300, 0.0, 0.0, 0.0, 1e300]].concat());
        let targets = TargetValues::Labels(vec![0; count]);
        let made = Dataset { name: "large".to_owned(), count, shape: (1, 4), inputs, targets };
        assert_eq!(made.clone().pack::<f32>(&view, Order::Given), Err(PackError::Overflow(2998)));
        assert!(made.pack::<f64>(&view, Order::Given).is_ok());
    }

    #[test]
    fn pixels_are_divided_in_the_precision_that_is_asked_for() {
        assert_eq!(images().rows::<f32>().inputs[4], 51.0_f32 / 255.0);
        assert_eq!(images().rows::<f64>().inputs[4], 51.0_f64 / 255.0);
    }
}
