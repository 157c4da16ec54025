//! θ in files: flat `.npy`, and `.safetensors` with the names of `nn.Sequential`.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thalweg_core::network::Block;

use crate::engine::Scalar;
use crate::files::model::Model;
use crate::files::npy::{self, NpyError, Numbers};
use crate::memory;

/// Why a file holds no θ for a network.
#[derive(Debug, thiserror::Error)]
pub enum ThetaError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The `.npy` file is damaged.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// The `.safetensors` file is damaged.
    #[error("{path}: this is no whole .safetensors file: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The ending of the name says nothing.
    #[error("{0}: θ is read from .npy (flat) and .safetensors files")]
    Ending(PathBuf),
    /// A PyTorch pickle.
    #[error("{0}: PyTorch's own files can hold programs and are not read; export it with: python -c \"import torch, safetensors.torch as s; s.save_file(torch.load('{name}', weights_only=True), 'model.safetensors')\"", name = .0.display())]
    Pickle(PathBuf),
    /// The number of parameters differs.
    #[error("{path}: shape {shape:?} is not the flat θ of {model}, which has {needed} parameters")]
    Count {
        /// The file.
        path: PathBuf,
        /// The shape in the file.
        shape: Vec<usize>,
        /// The network.
        model: String,
        /// The parameters of the network.
        needed: usize,
    },
    /// The tensors are not those of the network.
    #[error("{path}: the tensors do not fit {model}: {reason}")]
    Tensors {
        /// The file.
        path: PathBuf,
        /// The network.
        model: String,
        /// The first that does not fit.
        reason: String,
    },
    /// A parameter is too large for the precision of the run.
    #[error("{path}: parameter {index} is {value:e}, more than f32 holds; take --precision f64")]
    Overflow {
        /// The file.
        path: PathBuf,
        /// Its place in the flat θ, from 0.
        index: usize,
        /// The number.
        value: f64,
    },
    /// A parameter is NaN or infinite.
    #[error("{path}: parameter {index} is {value}; θ needs finite numbers")]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Its place in the flat θ, from 0.
        index: usize,
        /// The number.
        value: f64,
    },
}

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
        Some("safetensors") => named(path, model)?,
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

/// The name of a block in an `nn.Sequential`.
fn sequential_name(model: &Model, layer: usize, block: &Block) -> String {
    let place = model.sequential().get(layer).copied().unwrap_or(layer);
    format!("{place}.{}", if block.is_bias { "bias" } else { "weight" })
}

/// The blocks with the number of their layer, counted over the affine operations.
fn layers(model: &Model) -> Vec<(usize, Block)> {
    let view = model.view();
    let affine: Vec<usize> = view
        .operations()
        .iter()
        .enumerate()
        .filter(|(_, operation)| {
            matches!(operation.kind(), thalweg_core::network::operation::Kind::Affine(_))
        })
        .map(|(index, _)| index)
        .collect();
    let layer = |block: &Block| affine.iter().position(|&index| index == block.operation).unwrap_or(0);
    view.blocks().map(|block| (layer(&block), block)).collect()
}

fn shape_of(block: &Block) -> Vec<usize> {
    if block.is_bias { vec![block.rows] } else { vec![block.rows, block.columns] }
}

/// A name as text and numbers in turn, so that `fc10` comes after `fc9`.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(text);
        let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (number, tail) = tail.split_at(digits);
        parts.push((word.to_owned(), number.parse().unwrap_or(0)));
        rest = tail;
    }
    parts
}

/// The file's names in the order of the blocks: of those not yet taken, the one whose shape fits that belongs
/// with the weight before it, else the first such in natural order, else the first of all.
fn matched(file: &SafeTensors<'_>, blocks: &[(usize, Block)], mut names: Vec<String>) -> Vec<String> {
    let sizes = |name: &String| file.tensor(name).map(|tensor| tensor.shape().to_vec()).unwrap_or_default();
    let stem = |name: &String| name.rsplit_once('.').map_or("", |(stem, _)| stem).to_owned();
    // layer by layer, each weight (two sizes) before its bias (one)
    names.sort_by_key(|name| (natural(&stem(name)), std::cmp::Reverse(sizes(name).len()), name.clone()));
    let mut taken: Vec<String> = Vec::with_capacity(names.len());
    for (_, block) in blocks {
        let fits = |name: &String| sizes(name) == shape_of(block);
        let weight = taken.last().filter(|_| block.is_bias).map(stem);
        let beside = names.iter().position(|name| fits(name) && Some(stem(name)) == weight);
        let place = beside.or_else(|| names.iter().position(fits)).unwrap_or(0);
        taken.push(names.remove(place));
    }
    taken
}

fn named(path: &Path, model: &Model) -> Result<Theta, ThetaError> {
    let bytes = memory::read(path).map_err(|source| ThetaError::Read { path: path.to_owned(), source })?;
    let damaged = |reason: String| ThetaError::Damaged { path: path.to_owned(), reason };
    let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
    let wrong = |reason: String| ThetaError::Tensors {
        path: path.to_owned(),
        model: model.spec().to_owned(),
        reason,
    };
    let blocks = layers(model);
    let expected: Vec<String> =
        blocks.iter().map(|(layer, block)| sequential_name(model, *layer, block)).collect();
    let mut found: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
    let exact = expected.iter().all(|name| found.contains(name)) && found.len() == expected.len();
    if found.len() != expected.len() {
        found.sort_by_key(|name| natural(name));
        let needed: Vec<String> = blocks
            .iter()
            .zip(&expected)
            .map(|((_, block), name)| format!("{name} {:?}", shape_of(block)))
            .collect();
        return Err(wrong(format!("it needs {}, and the file has {}", needed.join(", "), found.join(", "))));
    }
    let mut mapping: Vec<String> = other_activation(&bytes, model).into_iter().collect();
    if exact {
        found.clone_from(&expected);
    } else {
        found = matched(&file, &blocks, found);
        for ((name, target), (_, block)) in found.iter().zip(&expected).zip(&blocks) {
            mapping.push(format!("{name} -> {target} {:?}", shape_of(block)));
        }
    }
    let mut values = Vec::with_capacity(model.view().parameters());
    for ((name, target), (_, block)) in found.iter().zip(&expected).zip(&blocks) {
        let tensor = file.tensor(name).map_err(|error| damaged(error.to_string()))?;
        let needed = shape_of(block);
        if tensor.shape() != needed {
            let turned: Vec<usize> = needed.iter().rev().copied().collect();
            let hint = if tensor.shape() == turned && needed.len() == 2 {
                "; it looks transposed (out × in is needed)"
            } else {
                ""
            };
            return Err(wrong(format!(
                "{name} has shape {:?}, {target} needs {needed:?}{hint}",
                tensor.shape()
            )));
        }
        values.extend(numbers(&tensor).ok_or_else(|| {
            wrong(format!(
                "{name} holds {:?}; F32 or F64 is needed (in Python: tensor.float())",
                tensor.dtype()
            ))
        })?);
    }
    Ok(Theta { values, mapping })
}

fn numbers(tensor: &TensorView<'_>) -> Option<Vec<f64>> {
    match tensor.dtype() {
        Dtype::F32 => {
            let (words, _) = tensor.data().as_chunks::<4>();
            Some(words.iter().map(|word| f64::from(f32::from_le_bytes(*word))).collect())
        }
        Dtype::F64 => {
            let (words, _) = tensor.data().as_chunks::<8>();
            Some(words.iter().map(|word| f64::from_le_bytes(*word)).collect())
        }
        _ => None,
    }
}

/// The key of the activation in the metadata of a `.safetensors` file.
const ACTIVATION: &str = "activation";

/// A line that says so, if a `.safetensors` file names another activation than the network has.
fn other_activation(bytes: &[u8], model: &Model) -> Option<String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    let written = metadata.metadata().as_ref()?.get(ACTIVATION)?;
    (written != model.activation())
        .then(|| format!("written for activation {written}, and read here with {}", model.activation()))
}

/// The bytes of a `.safetensors` file that holds θ under the names of `nn.Sequential`, and names the
/// activation.
///
/// # Errors
/// [`ThetaError::Count`] if `theta` does not have one entry per parameter.
pub fn to_safetensors<T: Scalar>(model: &Model, theta: &[T]) -> Result<Vec<u8>, ThetaError> {
    let wrong = |shape: Vec<usize>| ThetaError::Count {
        path: PathBuf::from("safetensors"),
        shape,
        model: model.spec().to_owned(),
        needed: model.view().parameters(),
    };
    if theta.len() != model.view().parameters() {
        return Err(wrong(vec![theta.len()]));
    }
    let dtype = if size_of::<T>() == 4 { Dtype::F32 } else { Dtype::F64 };
    let parts: Vec<(String, Vec<usize>, Vec<u8>)> = layers(model)
        .iter()
        .map(|(layer, block)| {
            let bytes = theta[block.range()].iter().flat_map(|value| bytes_of(*value)).collect();
            (sequential_name(model, *layer, block), shape_of(block), bytes)
        })
        .collect();
    let views = parts
        .iter()
        .map(|(name, shape, bytes)| {
            TensorView::new(dtype, shape.clone(), bytes).map(|view| (name.clone(), view))
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| wrong(vec![theta.len()]))?;
    let written = std::collections::HashMap::from([(ACTIVATION.to_owned(), model.activation().to_owned())]);
    safetensors::serialize(views, Some(written)).map_err(|_| wrong(vec![theta.len()]))
}

/// The little-endian bytes of a number in its own precision.
fn bytes_of<T: Scalar>(value: T) -> Vec<u8> {
    if size_of::<T>() == 4 {
        (value.to_f64() as f32).to_le_bytes().to_vec()
    } else {
        value.to_f64().to_le_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
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
