//! The parameters of a step, shared out: parts of θ that move by themselves, whoever moves them.

use thalweg_core::network::Block;

use crate::engine::Choice;
use crate::engine::moving::Moved;
use crate::engine::sparse::NEIGHBOURS;
use crate::engine::tile::Lane;
use crate::engine::turned::{Table, parts};

/// Rows of a weight that move together.
const ROWS: usize = 64;

/// Pairs of features whose weights move together.
const PAIRS: usize = 64;

/// Parameters that move together.
pub(super) enum Share<'s, T> {
    /// Rows of a weight, or a bias as one row.
    Rows {
        /// The place of the block among all.
        block: usize,
        /// The first row.
        first: usize,
        /// Row by row.
        moved: Moved<'s, T>,
    },
    /// A bias that moves by sums.
    Bias {
        /// The place of the block among all.
        block: usize,
        /// Its entries.
        moved: Moved<'s, T>,
    },
    /// Rows of a part of a table.
    Part {
        /// The place of the block among all.
        block: usize,
        /// The first pair of features.
        first_pair: usize,
        /// The first lane of the part, and its lanes.
        part: (usize, usize),
        /// Row by row.
        moved: Moved<'s, Lane<T>>,
    },
}

/// Cuts the first entries off; nothing where there are none.
fn cut<'s, X>(rest: &mut &'s mut [X], length: usize) -> &'s mut [X] {
    let all = std::mem::take(rest);
    let (part, other) = all.split_at_mut(length.min(all.len()));
    *rest = other;
    part
}

/// Shares out θ and the velocity, and the tables of those blocks that have one; where there is no velocity, it is
/// empty everywhere.
pub(super) fn shares<'s, T>(
    (blocks, tables): (&[Block], &[Option<Table>]),
    (mut theta, mut velocity): (&'s mut [T], &'s mut [T]),
    (mut lanes, mut speeds): (&'s mut [Lane<T>], &'s mut [Lane<T>]),
    choice: Choice,
) -> Vec<Share<'s, T>> {
    let mut shares = Vec::new();
    let mut reached = 0;
    for (index, (block, table)) in blocks.iter().zip(tables).enumerate() {
        let size = block.range().end - reached;
        let (mut theta, mut velocity) = (cut(&mut theta, size), cut(&mut velocity, size));
        for slice in [&mut theta, &mut velocity] {
            cut(slice, block.offset - reached);
        }
        reached = block.range().end;
        if let Some(table) = table {
            for (first, width) in parts(table.width()) {
                let size = width * table.depth();
                let (mut theta, mut velocity) = (cut(&mut lanes, size), cut(&mut speeds, size));
                for first_pair in (0..block.columns.div_ceil(NEIGHBOURS)).step_by(PAIRS) {
                    let size = PAIRS * NEIGHBOURS * width;
                    let moved = Moved { theta: cut(&mut theta, size), velocity: cut(&mut velocity, size) };
                    shares.push(Share::Part { block: index, first_pair, part: (first, width), moved });
                }
            }
        } else if block.is_bias {
            let moved = Moved { theta, velocity };
            shares.push(match choice {
                Choice::Fast => Share::Bias { block: index, moved },
                Choice::Exact => Share::Rows { block: index, first: 0, moved },
            });
        } else {
            for first in (0..block.rows).step_by(ROWS) {
                let size = ROWS * block.columns;
                let moved = Moved { theta: cut(&mut theta, size), velocity: cut(&mut velocity, size) };
                shares.push(Share::Rows { block: index, first, moved });
            }
        }
    }
    shares
}
