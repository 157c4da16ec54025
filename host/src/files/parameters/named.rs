//! θ in `.safetensors` files, whose tensors have the names of an `nn.Sequential` or are matched by order and shape.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thalweg_core::network::Block;

use super::error::ThetaError;
use crate::engine::Scalar;
use crate::files::model::Model;
use crate::memory;

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

/// A name with what would steer a terminal written out.
fn printable(name: &str) -> String {
    let written = |letter: char| {
        if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() }
    };
    name.chars().map(written).collect()
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

/// θ of a `.safetensors` file, and a line for each tensor of another name and for another activation.
pub fn read(path: &Path, model: &Model) -> Result<(Vec<f64>, Vec<String>), ThetaError> {
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
        return Err(wrong(format!(
            "it needs {}, and the file has {}",
            needed.join(", "),
            printable(&found.join(", "))
        )));
    }
    let mut mapping: Vec<String> = other_activation(&bytes, model).into_iter().collect();
    if exact {
        found.clone_from(&expected);
    } else {
        found = matched(&file, &blocks, found);
        for ((name, target), (_, block)) in found.iter().zip(&expected).zip(&blocks) {
            mapping.push(format!("{} -> {target} {:?}", printable(name), shape_of(block)));
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
                "{} has shape {:?}, {target} needs {needed:?}{hint}",
                printable(name),
                tensor.shape()
            )));
        }
        values.extend(numbers(&tensor).ok_or_else(|| {
            wrong(format!(
                "{} holds {:?}; F32 or F64 is needed (in Python: tensor.float())",
                printable(name),
                tensor.dtype()
            ))
        })?);
    }
    Ok((values, mapping))
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
