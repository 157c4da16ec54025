//! One pass over the examples: the sweeps of a wave of chunks, then their sums, in turn.

use std::cmp::Reverse;

use rayon::prelude::*;
use thalweg_core::engine::Pair;
use thalweg_core::length::WrongLength;
use thalweg_core::network::Block;
use thalweg_core::real::Real;
use thalweg_core::rules::loss::Tally;
use thalweg_core::sweep::{Curvature, Sweep, Traces};

use super::Objective;
use super::kept::Kept;
use super::target::{Target, Task, tasks};
use super::workspace::{ChunkMemory, Scratch, Workspace};
use crate::engine::batch::WAVE;
use crate::engine::lanes::Lanes;
use crate::engine::sparse::{Entry, NEIGHBOURS, meets_inputs_alone};
use crate::engine::sums::{Terms, interleave};
use crate::engine::tile::{LANES, Lane};
use crate::engine::turned::{Turned, lanes_of};
use crate::engine::{Choice, Machine, Scalar};

/// Multiplications of a pass below which one thread does it sooner than two.
pub(super) const SHARED: usize = 1 << 21;

/// A gradient, or a product with the Hessian, over all examples.
#[derive(Debug)]
pub(super) struct Pass<'p, 'm, T> {
    pub(super) objective: &'p Objective<'m, T>,
    pub(super) theta: &'p [T],
    /// θ, and the direction if there is one.
    pub(super) prepared: &'p [Turned<'p, T>],
    /// Sweeps that were done before, chunk by chunk, or none.
    pub(super) kept: &'p [Kept<T>],
    pub(super) quantity: Quantity<'p, T>,
}

/// What a pass adds up.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quantity<'p, T> {
    /// ∇J.
    Gradient,
    /// H·v.
    Product(&'p [T]),
    /// The product of another curvature with v.
    Curvature(Curvature, &'p [T]),
}

impl<T: Scalar> Pass<'_, '_, T> {
    /// Writes the mean over the examples into `out`, and returns their tally.
    pub(super) fn run(&self, workspace: &mut Workspace<T>, out: &mut [T]) -> Result<Tally, WrongLength> {
        Self::run_together(std::slice::from_ref(self), workspace, &mut [out])
    }

    /// Writes what each of several passes at one θ has to say: of each wave all, while it is in a near cache. Returns the
    /// tally of all passes, of which each gives what it would give alone.
    pub(super) fn run_together(
        passes: &[Self],
        workspace: &mut Workspace<T>,
        outs: &mut [&mut [T]],
    ) -> Result<Tally, WrongLength> {
        let mut tally = Tally::default();
        let Some(Self { objective: Objective { batch, .. }, .. }) = passes.first() else { return Ok(tally) };
        let targets = passes[0].targets();
        let rows = targets.last().map_or(0, |target| target.first + target.lanes());
        let Workspace { chunks, sums, scratch } = workspace;
        sums.grow(rows * passes.len());
        for first in (0..batch.chunks()).step_by(WAVE) {
            for (index, pass) in passes.iter().enumerate() {
                let memory = (&mut *chunks, &mut sums[index * rows..(index + 1) * rows], &mut *scratch);
                pass.wave(first, &targets, memory, &mut tally)?;
            }
        }
        for (index, out) in outs.iter_mut().enumerate() {
            for target in &targets {
                target.write(&sums[index * rows..], T::from_f64(batch.count() as f64), out);
            }
        }
        Ok(tally)
    }

    /// The sweeps of the chunks from `first` on, and their sums.
    fn wave(
        &self,
        first: usize,
        targets: &[Target],
        (chunks, sums, scratch): (&mut Vec<ChunkMemory<T>>, &mut [Lane<T>], &mut Scratch<T>),
        tally: &mut Tally,
    ) -> Result<(), WrongLength> {
        let Objective { network, batch, .. } = *self.objective;
        let shared = targets.iter().map(|target| target.work(batch)).sum::<usize>() > SHARED;
        let ones = vec![T::ONE; batch.chunk_panels() * LANES * network.operations().len()];
        let indices = first..(first + WAVE).min(batch.chunks());
        chunks.resize_with(chunks.len().max(indices.len()), ChunkMemory::default);
        let chunks = &mut chunks[..indices.len()];
        let sweep = |(index, memory): (usize, &mut ChunkMemory<T>)| self.sweep(index, targets, memory);
        if shared {
            indices.zip(&mut *chunks).par_bridge().try_for_each(sweep)?;
        } else {
            indices.zip(&mut *chunks).try_for_each(sweep)?;
        }
        for (loss, correct) in chunks.iter().flat_map(|memory| &memory.losses) {
            tally.add(loss.to_f64(), *correct);
        }
        let mut tasks = tasks(targets, sums);
        // the last to begin are the shortest, so that all threads end nearly together
        tasks.sort_by_key(|task| Reverse(targets[task.target].work_of_task(batch)));
        let chunks = &*chunks;
        let add = |scratch: &mut Scratch<T>, task: &mut Task<'_, T>| {
            self.add(first, chunks, &targets[task.target], task, &ones, scratch)
        };
        if shared {
            tasks.iter_mut().par_bridge().try_for_each_init(Scratch::default, add)
        } else {
            tasks.iter_mut().try_for_each(|task| add(scratch, task))
        }
    }

    fn targets(&self) -> Vec<Target> {
        let mut first = 0;
        let place = |block: Block| {
            let (rows, columns) = if block.is_bias { (1, block.rows) } else { (block.rows, block.columns) };
            let gathered = self.objective.batch.sparse().is_some()
                && meets_inputs_alone(&self.objective.network, &block);
            let target = Target { block, rows, columns, first, gathered };
            first += target.lanes();
            target
        };
        self.objective.network.blocks().map(place).collect()
    }

    /// Forward and backward, unless they were kept, and the tangents if there is a direction.
    fn sweep(
        &self,
        index: usize,
        targets: &[Target],
        memory: &mut ChunkMemory<T>,
    ) -> Result<(), WrongLength> {
        let Objective { network, batch, .. } = *self.objective;
        let mut inputs = std::mem::take(&mut memory.inputs);
        let place = (index, batch.chunk_panels());
        let (chunk, engine) = self.objective.chunk(place, self.prepared, &mut inputs);
        let engine = &mut engine.knowing(self.kept.get(index).map(|kept| &kept.silent));
        let panels = chunk.examples.div_ceil(LANES);
        let rows = panels * network.register_rows();
        let sweep = Sweep::new(network, self.theta, chunk)?;
        memory.losses.clear();
        if self.kept.is_empty() {
            memory.registers.grow(rows);
            memory.deltas.grow(rows);
            sweep.forward(engine, &mut memory.registers)?;
            let losses = &mut memory.losses;
            sweep.losses(engine, &memory.registers, |_, loss, correct| losses.push((loss, correct)));
        }
        let mut tangents = std::mem::take(&mut memory.tangents);
        tangents.grow(panels * network.tangent_rows());
        match self.quantity {
            Quantity::Gradient => sweep.backward(engine, &memory.registers, &mut memory.deltas, None)?,
            Quantity::Curvature(curvature, v) => {
                sweep.tangent_forward(engine, v, &memory.registers, &mut tangents)?;
                let deltas = &mut memory.deltas;
                sweep.curvature_backward(engine, curvature, &memory.registers, &tangents, deltas)?;
            }
            Quantity::Product(v) => {
                if self.kept.is_empty() {
                    sweep.backward(engine, &memory.registers, &mut memory.deltas, None)?;
                }
                let mut delta_tangents = std::mem::take(&mut memory.delta_tangents);
                delta_tangents.grow(rows);
                let Traces { registers, deltas, .. } = self.traces(index, memory);
                sweep.tangent_forward(engine, v, registers, &mut tangents)?;
                sweep.tangent_backward(engine, v, registers, deltas, &tangents, &mut delta_tangents)?;
                memory.delta_tangents = delta_tangents;
            }
        }
        memory.tangents = tangents;
        let mut left = std::mem::take(&mut memory.left);
        left.resize_with(targets.len(), Vec::new);
        let mut by_example = std::mem::take(&mut memory.by_example);
        by_example.resize_with(targets.len(), Lanes::default);
        let mut row_sums = std::mem::take(&mut memory.row_sums);
        row_sums.resize_with(targets.len(), Vec::new);
        let biases = targets.iter().zip(&mut row_sums).filter(|(target, _)| target.block.is_bias);
        for (target, sums) in biases.filter(|_| self.objective.choice == Choice::Fast) {
            sums.clear();
            sums.resize(target.columns, T::ZERO);
            sweep.bias_terms(target.block.offset, self.traces(index, memory), |panels| {
                engine.add_rows(panels, chunk.examples, sums);
            });
        }
        memory.row_sums = row_sums;
        let mut with_zeros = false;
        let places = targets.iter().zip(&mut left).zip(&mut by_example);
        for ((target, left), by_example) in places.filter(|((target, _), _)| !target.block.is_bias) {
            let mut pairs = Vec::new();
            sweep.weight_pairs(target.block.offset, self.traces(index, memory), |pair| pairs.push(pair));
            match pairs.as_slice() {
                [pair] if target.gathered => {
                    with_zeros |= !engine.table_of_examples(pair.left, target.rows, by_example);
                }
                pairs if self.interleaves(pairs) => interleave(pairs, target.rows, left),
                _ => {}
            }
        }
        memory.left = left;
        memory.by_example = by_example;
        memory.with_zeros = with_zeros;
        memory.inputs = inputs;
        Ok(())
    }

    /// Whether the pairs of an example are taken one after the other, and not pair after pair: the exact engine does,
    /// and so does a step of a descent.
    fn interleaves(&self, pairs: &[Pair<'_, T, LANES>]) -> bool {
        let of_product = matches!(self.quantity, Quantity::Product(_));
        pairs.len() > 1 && !(of_product && self.objective.choice == Choice::Fast)
    }

    /// What the sweeps over chunk `index` left behind.
    fn traces<'c>(&'c self, index: usize, memory: &'c ChunkMemory<T>) -> Traces<'c, T, LANES> {
        let (registers, deltas) = match self.kept.get(index) {
            Some(kept) => (&kept.registers, &kept.deltas),
            None => (&memory.registers, &memory.deltas),
        };
        let tangents = match self.quantity {
            Quantity::Product(_) => Some((&*memory.tangents, &*memory.delta_tangents)),
            Quantity::Gradient | Quantity::Curvature(..) => None,
        };
        Traces { registers, deltas, tangents }
    }

    /// Adds what the chunks of a wave that begins with chunk `first` have for some lanes of columns.
    fn add(
        &self,
        first: usize,
        chunks: &[ChunkMemory<T>],
        target: &Target,
        task: &mut Task<'_, T>,
        ones: &[T],
        Scratch { right, wave }: &mut Scratch<T>,
    ) -> Result<(), WrongLength> {
        if first == 0 {
            task.sums.fill([T::ZERO; LANES]);
        }
        // the exact engine goes on with the same sum; else each wave has its own, of fewer terms
        if first == 0 || self.objective.choice == Choice::Exact {
            return self.add_chunks(first, chunks, target, task, ones, right);
        }
        wave.reset(task.sums.len());
        let mut of_wave = Task { target: task.target, column: task.column, sums: wave };
        self.add_chunks(first, chunks, target, &mut of_wave, ones, right)?;
        let sums = task.sums.as_flattened_mut().iter_mut();
        sums.zip(wave.as_flattened()).for_each(|(sum, part)| *sum += *part);
        Ok(())
    }

    /// Adds what chunks, in order, have for some lanes of columns.
    fn add_chunks(
        &self,
        first: usize,
        chunks: &[ChunkMemory<T>],
        target: &Target,
        task: &mut Task<'_, T>,
        ones: &[T],
        right: &mut Lanes<T>,
    ) -> Result<(), WrongLength> {
        let Objective { network, batch, choice, .. } = *self.objective;
        let engine = Machine::new(choice, &[]);
        for (index, memory) in (first..).zip(chunks) {
            if target.block.is_bias && choice == Choice::Fast {
                let parts = memory.row_sums[task.target][task.column..].iter();
                task.sums.as_flattened_mut().iter_mut().zip(parts).for_each(|(sum, part)| *sum += *part);
                continue;
            }
            let chunk = batch.chunk(index, batch.chunk_panels(), None);
            if let Some(sparse) = batch.sparse().filter(|_| target.gathered) {
                let table = &memory.by_example[task.target];
                let lanes = lanes_of(target.rows);
                let first = task.column / NEIGHBOURS;
                let pairs = first..first + task.sums.len() / (lanes * NEIGHBOURS);
                let lists = pairs.map(|pair| sparse.features(index, pair));
                if memory.with_zeros {
                    let all: Vec<_> = lists.map(|entries| with_zeros(entries, chunk.examples)).collect();
                    engine.add_lists(all.iter().map(Vec::as_slice), table, lanes, task.sums);
                } else {
                    engine.add_lists(lists, table, lanes, task.sums);
                }
                continue;
            }
            let sweep = Sweep::new(network, self.theta, chunk)?;
            let traces = self.traces(index, memory);
            let mut pairs = Vec::new();
            if target.block.is_bias {
                sweep.bias_terms(target.block.offset, traces, |right| pairs.push(Pair { left: &[], right }));
            } else {
                sweep.weight_pairs(target.block.offset, traces, |pair| pairs.push(pair));
            }
            let left = if target.block.is_bias {
                Some(ones)
            } else {
                self.interleaves(&pairs).then_some(memory.left[task.target].as_slice())
            };
            let kept = self.kept.get(index);
            let turned: Vec<_> =
                pairs.iter().map(|pair| kept.and_then(|kept| kept.turned(pair.right))).collect();
            let terms = Terms {
                left,
                rows: target.rows,
                pairs: &pairs,
                turned: &turned,
                columns: target.columns,
                examples: chunk.examples,
            };
            let columns = (task.column..target.columns).step_by(LANES);
            for (column, sums) in columns.zip(task.sums.chunks_exact_mut(target.rows)) {
                engine.add(&terms, column, right, sums);
            }
        }
        Ok(())
    }
}

/// The same list with an entry for every example.
fn with_zeros<T: Real>(entries: &[Entry<T>], examples: usize) -> Vec<Entry<T>> {
    let zeros = (0..).map(|place| Entry { place, values: [T::ZERO; NEIGHBOURS] });
    let mut all: Vec<_> = zeros.take(examples).collect();
    entries.iter().for_each(|entry| all[entry.place as usize] = *entry);
    all
}
