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
