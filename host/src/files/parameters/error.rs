//! Why a file holds no θ for a network.

use std::path::PathBuf;

use crate::files::npy::NpyError;

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
