//! What `train` leaves behind for the other commands: `run.json` and the snapshots it names.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::engine::Scalar;
use crate::files::model::Model;
use crate::files::parameters::{self, ThetaError};

/// The name of the record in a `train` result.
pub const FILE: &str = "run.json";

/// A snapshot of a run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Snapshot {
    /// The file, relative to the run's folder.
    pub file: String,
    /// The epoch after which it was taken; 0 for the start.
    pub epoch: u32,
    /// The steps taken by then.
    pub step: u64,
}

/// The record of a training run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Record {
    /// The specification of the network.
    pub model: String,
    /// Its activation.
    pub activation: String,
    /// Its loss.
    pub loss: String,
    /// Its weight decay.
    pub decay: f64,
    /// The folder of the data, if it was given.
    pub data: Option<PathBuf>,
    /// The file of inputs, if it was given.
    pub inputs: Option<PathBuf>,
    /// The file of labels, if it was given.
    pub labels: Option<PathBuf>,
    /// The file of inputs to test on, if it was given.
    #[serde(default)]
    pub test_inputs: Option<PathBuf>,
    /// The file of labels to test on, if it was given.
    #[serde(default)]
    pub test_labels: Option<PathBuf>,
    /// The number of examples, if it was given.
    pub examples: Option<usize>,
    /// Pooling.
    pub pool: usize,
    /// The data's digest.
    pub digest: String,
    /// Every setting that shaped the run.
    pub settings: Vec<(String, String)>,
    /// The snapshots in order, start and end among them.
    pub snapshots: Vec<Snapshot>,
}

/// Why a run cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The folder holds no run.
    #[error("--run {folder}: {source}; name a folder that `thalweg train` has written")]
    Read {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The record is damaged.
    #[error("{path}: {source}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: serde_json::Error,
    },
    /// There are too few snapshots.
    #[error("--run {folder}: a path needs at least two snapshots, and the run has {found}")]
    Short {
        /// The folder.
        folder: PathBuf,
        /// The number of snapshots.
        found: usize,
    },
    /// A snapshot cannot be read.
    #[error(transparent)]
    Theta(#[from] ThetaError),
}

impl Record {
    /// Reads the record of a run.
    ///
    /// # Errors
    /// [`RecordError`], naming the folder.
    pub fn read(folder: &Path) -> Result<Self, RecordError> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| RecordError::Read { folder: folder.to_owned(), source })?;
        serde_json::from_str(&text).map_err(|source| RecordError::Damaged { path, source })
    }

    /// Reads every snapshot, in order.
    ///
    /// # Errors
    /// [`RecordError`], naming the file.
    pub fn snapshots<T: Scalar>(&self, folder: &Path, model: &Model) -> Result<Vec<Vec<T>>, RecordError> {
        if self.snapshots.len() < 2 {
            return Err(RecordError::Short { folder: folder.to_owned(), found: self.snapshots.len() });
        }
        let read = |snapshot: &Snapshot| Ok(parameters::read_in(&folder.join(&snapshot.file), model)?.0);
        self.snapshots.iter().map(read).collect()
    }
}
