//! Forward and backward over a chunk, and what the sums of a step need of it, laid as they read it.

use pulp::Arch;
use thalweg_core::engine::Pair;
use thalweg_core::length::WrongLength;
use thalweg_core::network::Block;
use thalweg_core::sweep::{Sweep, Traces};

use super::Objective;
use crate::engine::lanes::Lanes;
use crate::engine::moving::{Factors, lay_columns, length};
use crate::engine::sums::interleave;
use crate::engine::tile::{LANES, Lane};
use crate::engine::turned::Turned;
use crate::engine::{Choice, Scalar};

/// What the sweeps over a chunk leave behind.
#[derive(Debug, Default)]
pub(super) struct ChunkMemory<T> {
    registers: Lanes<T>,
    deltas: Lanes<T>,
    /// The inputs, where the batch keeps them without zeros.
    inputs: Vec<Lane<T>>,
    pub(super) blocks: Vec<BlockMemory<T>>,
    /// What no sum of products is larger than.
    pub(super) bound: f64,
}

/// What they leave for a block of θ.
#[derive(Debug, Default)]
pub(super) struct BlockMemory<T> {
    /// The left sides of its pairs, as [`interleave`] lays them.
    left: Vec<T>,
    /// The right sides, as [`lay_columns`] lays them.
    right: Lanes<T>,
    /// The deltas by example, for a weight with a table.
    pub(super) by_example: Lanes<T>,
    /// The sums over the chunk, for a bias of an engine that may take them in any order.
    pub(super) sums: Vec<T>,
    /// The terms of a sum, and those for which there is room.
    terms: (usize, usize),
}

impl<T: Scalar> ChunkMemory<T> {
    /// Forward and backward over chunk `index`, and what the sums need.
    pub(super) fn sweep(
        &mut self,
        objective: &Objective<'_, T>,
        theta: &[T],
        prepared: &[Turned<'_, T>],
        index: usize,
        blocks: &[Block],
        tables: &[bool],
    ) -> Result<(), WrongLength> {
        let (network, arch) = (objective.network, Arch::new());
        let place = (index, objective.batch.chunk_panels());
        let (chunk, mut engine) = objective.chunk(place, prepared, &mut self.inputs);
        let examples = chunk.examples;
        let rows = Objective::<T>::panels(examples) * network.register_rows();
        let sweep = Sweep::new(network, theta, chunk)?;
        self.registers.grow(rows);
        self.deltas.grow(rows);
        sweep.forward(&mut engine, &mut self.registers)?;
        sweep.backward(&mut engine, &self.registers, &mut self.deltas, None)?;
        let traces = Traces { registers: &self.registers, deltas: &self.deltas, tangents: None };
        self.blocks.resize_with(blocks.len(), BlockMemory::default);
        self.bound = 0.0;
        let size = |panels: &[Lane<T>]| length(arch, panels.as_flattened());
        for ((block, memory), has_table) in blocks.iter().zip(&mut self.blocks).zip(tables) {
            let mut pairs = Vec::new();
            if block.is_bias {
                sweep.bias_terms(block.offset, traces, |right| pairs.push(Pair { left: &[], right }));
            } else {
                sweep.weight_pairs(block.offset, traces, |pair| pairs.push(pair));
            }
            let room = Objective::<T>::panels(examples) * LANES * pairs.len();
            memory.terms = (examples * pairs.len(), room);
            match (pairs.as_slice(), objective.batch.sparse().filter(|_| *has_table)) {
                ([pair], Some(sparse)) => {
                    engine.table_of_examples(pair.left, block.rows, &mut memory.by_example);
                    self.bound += size(pair.left) * sparse.magnitude();
                }
                (pairs, _) if block.is_bias => {
                    let most = (examples as f64).sqrt();
                    self.bound += most * pairs.iter().map(|pair| size(pair.right)).sum::<f64>();
                    if objective.choice == Choice::Fast {
                        memory.sums.clear();
                        memory.sums.resize(block.rows, T::ZERO);
                        let sums = &mut memory.sums;
                        pairs.iter().for_each(|pair| engine.add_rows(pair.right, examples, sums));
                    } else {
                        memory.left.clear();
                        memory.left.resize(room, T::ONE);
                        lay_columns(arch, pairs, block.rows, &mut memory.right);
                    }
                }
                (pairs, _) => {
                    self.bound += pairs.iter().map(|pair| size(pair.left) * size(pair.right)).sum::<f64>();
                    interleave(pairs, block.rows, &mut memory.left);
                    lay_columns(arch, pairs, block.columns, &mut memory.right);
                }
            }
        }
        Ok(())
    }
}

impl<T> BlockMemory<T> {
    /// The two sides of its products.
    pub(super) fn factors(&self) -> Factors<'_, T> {
        let (terms, stride) = self.terms;
        Factors { left: &self.left, right: &self.right, terms, stride }
    }
}
