//! Where the sums over examples stand, and how threads share them out.

use thalweg_core::network::Block;

use crate::engine::Scalar;
use crate::engine::batch::Batch;
use crate::engine::gather::write_columns;
use crate::engine::sparse::NEIGHBOURS;
use crate::engine::tile::{LANES, Lane};
use crate::engine::turned::lanes_of;

/// A block of θ, and where its sums stand: a lane of columns after the other, one lane per row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) block: Block,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) first: usize,
    /// Whether the columns are inputs without zeros: then the sums stand by column, each in whole lanes.
    pub(super) gathered: bool,
}

/// Some lanes of columns of a target, which read the left sides of a chunk one after the other, so that these
/// stay in a near cache.
pub(super) struct Task<'s, T> {
    pub(super) target: usize,
    pub(super) column: usize,
    pub(super) sums: &'s mut [Lane<T>],
}

/// The most lanes of columns of a task.
const TASK_LANES: usize = 2;

/// The same where the columns are inputs without zeros.
const GATHERED_LANES: usize = 4;

impl Target {
    /// The multiplications of its sums.
    pub(super) fn work<T: Scalar>(&self, batch: &Batch<T>) -> usize {
        match batch.sparse() {
            Some(sparse) if self.gathered => sparse.entries().saturating_mul(self.rows * NEIGHBOURS),
            _ => batch.count().saturating_mul(self.rows * self.columns),
        }
    }

    /// The multiplications of one of its tasks.
    pub(super) fn work_of_task<T: Scalar>(&self, batch: &Batch<T>) -> usize {
        self.work(batch) / lanes_of(self.columns).div_ceil(self.task_lanes()).max(1)
    }

    /// The lanes of columns of a task.
    fn task_lanes(&self) -> usize {
        let shared = lanes_of(self.columns) / rayon::current_num_threads();
        shared.clamp(1, if self.gathered { GATHERED_LANES } else { TASK_LANES })
    }

    pub(super) const fn lanes(&self) -> usize {
        if self.gathered {
            lanes_of(self.rows) * self.columns.next_multiple_of(NEIGHBOURS)
        } else {
            lanes_of(self.columns) * self.rows
        }
    }

    /// The lanes of sums of so many lanes of columns from `column` on, or of those that are left.
    fn lanes_from(&self, column: usize, lanes: usize) -> usize {
        let columns = (lanes * LANES).min(self.columns - column);
        if self.gathered {
            lanes_of(self.rows) * columns.next_multiple_of(NEIGHBOURS)
        } else {
            self.rows * lanes_of(columns)
        }
    }

    /// Writes the sums, divided by `count`, where the block stands in θ.
    pub(super) fn write<T: Scalar>(&self, sums: &[Lane<T>], count: T, out: &mut [T]) {
        let out = &mut out[self.block.range()];
        if self.gathered {
            write_columns(&sums[self.first..self.first + self.lanes()], self.columns, count, out);
            return;
        }
        for (lane, sums) in sums[self.first..self.first + self.lanes()].chunks_exact(self.rows).enumerate() {
            let rows = out.chunks_exact_mut(self.columns);
            for (row, sums) in rows.zip(sums) {
                for (out, sum) in row[lane * LANES..].iter_mut().zip(sums) {
                    *out = *sum / count;
                }
            }
        }
    }
}

/// The tasks of all targets, which share `sums` out.
pub(super) fn tasks<'s, T>(targets: &[Target], mut sums: &'s mut [Lane<T>]) -> Vec<Task<'s, T>> {
    let mut tasks = Vec::new();
    for (index, target) in targets.iter().enumerate() {
        let lanes = target.task_lanes();
        for column in (0..target.columns).step_by(lanes * LANES) {
            let (part, rest) = std::mem::take(&mut sums).split_at_mut(target.lanes_from(column, lanes));
            sums = rest;
            tasks.push(Task { target: index, column, sums: part });
        }
    }
    tasks
}
