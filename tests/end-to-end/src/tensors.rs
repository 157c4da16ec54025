//! `.safetensors` files, byte by byte.

use crate::files::bytes_f64;
use crate::network::Network;
use serde_json::{Map, Value, json};

/// A tensor of a file.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// `F64`, `F32` …
    pub dtype: &'static str,
    /// Its sizes.
    pub shape: Vec<usize>,
    /// Its numbers, little-endian.
    pub bytes: Vec<u8>,
}

/// The bytes of a `.safetensors` file.
#[must_use]
pub fn safetensors(tensors: &[Tensor]) -> Vec<u8> {
    let (mut header, mut data) = (Map::new(), Vec::<u8>::new());
    for tensor in tensors {
        let start = data.len();
        data.extend(&tensor.bytes);
        let entry =
            json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [start, data.len()]});
        header.insert(tensor.name.clone(), entry);
    }
    let header = Value::Object(header).to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// θ as tensors: `name(layer)` is what stands before `.weight` and `.bias`; f32 if `single`, else f64.
#[must_use]
pub fn tensors(
    network: &Network,
    theta: &[f64],
    single: bool,
    name: impl Fn(usize) -> String,
) -> Vec<Tensor> {
    let bytes = |values: &[f64]| {
        if single {
            values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect()
        } else {
            bytes_f64(values)
        }
    };
    let dtype = if single { "F32" } else { "F64" };
    let (mut rest, mut tensors) = (theta, Vec::new());
    for (layer, (rows, columns)) in network.layers().into_iter().enumerate() {
        let (weights, after) = rest.split_at(rows * columns);
        let (biases, after) = after.split_at(rows);
        rest = after;
        let tensor = |part: &str, shape, values| Tensor {
            name: format!("{}.{part}", name(layer)),
            dtype,
            shape,
            bytes: bytes(values),
        };
        tensors.push(tensor("weight", vec![rows, columns], weights));
        tensors.push(tensor("bias", vec![rows], biases));
    }
    tensors
}

/// θ of a `.safetensors` file that holds a weight and a bias for each layer, under the names of `nn.Sequential`
/// with an activation after each hidden layer.
///
/// # Panics
/// If the file is not whole, or a tensor is missing.
#[must_use]
pub fn read(path: &std::path::Path, network: &Network) -> Vec<f64> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (length, rest) = bytes.split_first_chunk::<8>().expect("a length");
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let header: Value = serde_json::from_slice(header).expect("a JSON header");
    let mut theta = Vec::new();
    for layer in 0..network.layers().len() {
        for part in ["weight", "bias"] {
            let entry = &header[format!("{}.{part}", 2 * layer)];
            let offset = |end: usize| entry["data_offsets"][end].as_u64().expect("an offset") as usize;
            let numbers = &data[offset(0)..offset(1)];
            if entry["dtype"] == "F32" {
                let (words, _) = numbers.as_chunks::<4>();
                theta.extend(words.iter().map(|word| f64::from(f32::from_le_bytes(*word))));
            } else {
                let (words, _) = numbers.as_chunks::<8>();
                theta.extend(words.iter().map(|word| f64::from_le_bytes(*word)));
            }
        }
    }
    assert_eq!(theta.len(), network.parameters());
    theta
}
