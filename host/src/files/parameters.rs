//! θ in files: flat `.npy`, and `.safetensors` with the names of `nn.Sequential`.

mod error;
mod named;

use std::path::Path;

pub use self::error::ThetaError;
pub use self::named::to_safetensors;
use crate::engine::Scalar;
use crate::files::model::Model;
use crate::files::npy::{self, NpyError, Numbers};

/// θ as it came, and how its tensors were matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Theta {
    /// The flat parameters; f32 files are widened, which is exact.
    pub values: Vec<f64>,
    /// A line for each tensor whose name is not that of `nn.Sequential`, and for another activation.
    pub mapping: Vec<String>,
}

impl Theta {
    /// θ in one precision, rounded once.
    #[must_use]
    pub fn rounded<T: Scalar>(&self) -> Vec<T> {
        self.values.iter().map(|&value| T::from_f64(value)).collect()
    }
}

/// Reads θ (or a direction) of a network.
///
/// # Errors
/// [`ThetaError`], naming the file and what does not fit.
pub fn read(path: &Path, model: &Model) -> Result<Theta, ThetaError> {
    let theta = match path.extension().and_then(|extension| extension.to_str()) {
        Some("npy") => flat(path, model)?,
        Some("safetensors") => {
            let (values, mapping) = named::read(path, model)?;
            Theta { values, mapping }
        }
        Some("pt" | "pth" | "bin" | "pkl") => return Err(ThetaError::Pickle(path.to_owned())),
        _ => return Err(ThetaError::Ending(path.to_owned())),
    };
    match theta.values.iter().position(|value| !value.is_finite()) {
        None => Ok(theta),
        Some(index) => {
            Err(ThetaError::NotFinite { path: path.to_owned(), index, value: theta.values[index] })
        }
    }
}

/// Whether every number is one in the precision of the run.
fn expect_finite<T: Scalar>(path: &Path, values: &[f64]) -> Result<(), ThetaError> {
    match values.iter().position(|&value| !T::from_f64(value).is_finite()) {
        None => Ok(()),
        Some(index) => Err(ThetaError::Overflow { path: path.to_owned(), index, value: values[index] }),
    }
}

/// Reads θ (or a direction) of a network in one precision, and how its tensors were matched.
///
/// # Errors
/// [`ThetaError`], naming the file and what does not fit.
pub fn read_in<T: Scalar>(path: &Path, model: &Model) -> Result<(Vec<T>, Vec<String>), ThetaError> {
    let theta = read(path, model)?;
    expect_finite::<T>(path, &theta.values)?;
    Ok((theta.rounded(), theta.mapping))
}

fn flat(path: &Path, model: &Model) -> Result<Theta, ThetaError> {
    let array = npy::read(path)?;
    let needed = model.view().parameters();
    let wrong = ThetaError::Count {
        path: path.to_owned(),
        shape: array.shape.clone(),
        model: model.spec().to_owned(),
        needed,
    };
    match (array.numbers, &array.shape[..]) {
        (Numbers::Floats(values), &[count]) if count == needed => Ok(Theta { values, mapping: Vec::new() }),
        (Numbers::Singles(values), &[count]) if count == needed => {
            Ok(Theta { values: values.into_iter().map(f64::from).collect(), mapping: Vec::new() })
        }
        (Numbers::Integers(_), _) => Err(NpyError::Type {
            path: path.to_owned(),
            found: "integer".to_owned(),
            wanted: "f4 or f8 floats",
        }
        .into()),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use safetensors::tensor::{Dtype, TensorView};

    use super::*;
    use crate::files::model::Activation;
    use thalweg_core::network::operation::{Loss, Map};

    fn model() -> Model {
        Model::parse("3-2-2", Activation::Map(Map::Tanh), Loss::SquaredError).unwrap()
    }

    fn written(bytes: &[u8], ending: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("theta.{ending}"));
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn what_is_written_is_read_back_bit_for_bit() {
        let theta: Vec<f32> = (0..14).map(|i| (i as f32).sin()).collect();
        let (_folder, path) = written(&to_safetensors(&model(), &theta).unwrap(), "safetensors");
        let back = read(&path, &model()).unwrap();
        assert_eq!(back.rounded::<f32>(), theta);
        assert!(back.mapping.is_empty());
    }

    #[test]
    fn another_activation_than_the_file_names_is_told() {
        let (_folder, path) = written(&to_safetensors(&model(), &[0.0_f32; 14]).unwrap(), "safetensors");
        let fast = Model::parse("3-2-2", Activation::Map(Map::TanhFast), Loss::SquaredError).unwrap();
        let told = read(&path, &fast).unwrap().mapping;
        assert_eq!(told, ["written for activation tanh, and read here with tanh_fast"]);
    }

    fn tensors(names: [&str; 4], shapes: [Vec<usize>; 4]) -> Vec<u8> {
        let data: Vec<Vec<u8>> =
            shapes.iter().map(|shape| vec![0; 4 * shape.iter().product::<usize>()]).collect();
        let views = names.iter().zip(shapes).zip(&data).map(|((name, shape), data)| {
            ((*name).to_owned(), TensorView::new(Dtype::F32, shape, data).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    #[test]
    fn other_names_are_matched_in_natural_order_and_told() {
        let bytes = tensors(
            ["fc10.weight", "fc9.bias", "fc9.weight", "fc10.bias"],
            [vec![2, 2], vec![2], vec![2, 3], vec![2]],
        );
        let (_folder, path) = written(&bytes, "safetensors");
        let theta = read(&path, &model()).unwrap();
        assert_eq!(theta.mapping[0], "fc9.weight -> 0.weight [2, 3]");
        assert_eq!(theta.mapping[3], "fc10.bias -> 2.bias [2]");
        let bytes = tensors(
            ["encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias"],
            [vec![2, 3], vec![2], vec![2, 2], vec![2]],
        );
        let (_folder, path) = written(&bytes, "safetensors");
        let mapping = read(&path, &model()).unwrap().mapping;
        assert_eq!(mapping[..2], ["encoder.weight -> 0.weight [2, 3]", "encoder.bias -> 0.bias [2]"]);
    }

    #[test]
    fn names_that_would_steer_a_terminal_are_written_out() {
        let bytes = tensors(
            ["\u{1b}[31ma.weight", "\u{1b}[31ma.bias", "zü.weight", "zü.bias"],
            [vec![2, 3], vec![2], vec![2, 2], vec![2]],
        );
        let (_folder, path) = written(&bytes, "safetensors");
        let mapping = read(&path, &model()).unwrap().mapping;
        assert_eq!(mapping[0], "\\u{1b}[31ma.weight -> 0.weight [2, 3]");
        assert_eq!(mapping[3], "zü.bias -> 2.bias [2]");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let message = |bytes: &[u8], ending: &str| {
            let (_folder, path) = written(bytes, ending);
            read(&path, &model()).unwrap_err().to_string()
        };
        let turned =
            tensors(["0.weight", "0.bias", "2.weight", "2.bias"], [vec![3, 2], vec![2], vec![2, 2], vec![2]]);
        assert!(message(&turned, "safetensors").contains("transposed"));
        let whole = to_safetensors(&model(), &[0.0_f32; 14]).unwrap();
        for length in 0..whole.len() {
            assert!(message(&whole[..length], "safetensors").contains("no whole"), "{length}");
        }
        let nan = to_safetensors(&model(), &[f64::NAN; 14]).unwrap();
        assert!(message(&nan, "safetensors").contains("parameter 0 is NaN"));
        assert!(message(b"x", "pt").contains("export it with"));
        assert!(message(b"x", "csv").contains(".npy (flat) and .safetensors"));
    }
}
