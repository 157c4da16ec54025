//! The memory of passes, used again and again.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

use crate::engine::Scalar;
use crate::engine::lanes::Lanes;
use crate::engine::tile::Lane;

/// The memory of a pass, which many passes may use one after the other.
#[derive(Debug, Default)]
pub struct Workspace<T> {
    pub(super) chunks: Vec<ChunkMemory<T>>,
    pub(super) sums: Lanes<T>,
    pub(super) scratch: Scratch<T>,
}

/// What a task overwrites.
#[derive(Debug, Default)]
pub(super) struct Scratch<T> {
    pub(super) right: Lanes<T>,
    /// The sums over one wave.
    pub(super) wave: Lanes<T>,
}

/// Workspaces that wait to be used again, of either precision.
static WAITING: Mutex<Vec<Box<dyn Any + Send>>> = Mutex::new(Vec::new());

/// The most workspaces that wait.
const WAITING_MOST: usize = 4;

impl<T: Scalar> Workspace<T> {
    /// Calls `work` with a workspace that waits, or a new one, and lets it wait again afterwards: to ask the
    /// system for memory takes as long as a small pass.
    pub(super) fn with<R>(work: impl FnOnce(&mut Self) -> R) -> R {
        let waiting = || WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = {
            let mut list = waiting();
            let place = list.iter().position(|workspace| workspace.is::<Self>());
            place.and_then(|place| list.swap_remove(place).downcast::<Self>().ok()).unwrap_or_default()
        };
        let result = work(&mut found);
        let mut list = waiting();
        if list.len() < WAITING_MOST {
            list.push(found);
        }
        result
    }
}

/// What the sweeps over one chunk leave behind.
#[derive(Debug, Default)]
pub(super) struct ChunkMemory<T> {
    pub(super) registers: Lanes<T>,
    pub(super) deltas: Lanes<T>,
    pub(super) tangents: Lanes<T>,
    pub(super) delta_tangents: Lanes<T>,
    /// The inputs, where the batch keeps them without zeros.
    pub(super) inputs: Vec<Lane<T>>,
    /// For each weight of θ the left sides of its pairs.
    pub(super) left: Vec<Vec<T>>,
    /// The left sides by example, for weights that meet inputs without zeros.
    pub(super) by_example: Vec<Lanes<T>>,
    /// Whether one of those is not finite, so that its products with zeros count.
    pub(super) with_zeros: bool,
    /// For each bias the sums over the chunk, for an engine that may take them in any order.
    pub(super) row_sums: Vec<Vec<T>>,
    pub(super) losses: Vec<(T, bool)>,
}
