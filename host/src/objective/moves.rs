//! Steps of descent in which each parameter moves as soon as its sum over the examples is known: no gradient is
//! stored, and weights that meet sparse inputs stay turned round from step to step.
//!
//! It is known before the first parameter moves that no sum is NaN or infinite: a sum of products is at most
//! |left| · |right|. Where that says nothing, no step is taken, and the caller takes it the plain way.

use pulp::Arch;
use rayon::prelude::*;
use thalweg_core::length::{WrongLength, expect_length};
use thalweg_core::network::{Block, View};

use super::Objective;
use super::pass::SHARED;
use super::shares::{Share, shares};
use super::swept::ChunkMemory;
use crate::engine::Scalar;
use crate::engine::batch::WAVE;
use crate::engine::lanes::Lanes;
use crate::engine::moving::{Rule, TAME, length, move_entries, move_rows};
use crate::engine::moving_table::move_part;
use crate::engine::sparse::NEIGHBOURS;
use crate::engine::turned::{Copies, Table, Turned, fill_table, is_negative_zero, lanes_of, read_table};

/// What stays from step to step beside θ.
#[derive(Debug)]
pub struct Moves<T> {
    copies: Copies<T>,
    /// The velocity of the weights that have tables, in their form.
    velocity: Lanes<T>,
    chunks: Vec<ChunkMemory<T>>,
    state: State,
}

/// Where θ and the velocity are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Where the caller keeps them, and nothing is known of them.
    Away,
    /// Where the caller keeps them, and nothing in them is −0 or large.
    Flat,
    /// Likewise, and in tables too.
    InTables,
    /// Weights with tables are newer there.
    InTablesAlone,
}

impl<T> Default for Moves<T> {
    fn default() -> Self {
        let (copies, velocity, chunks) = (Copies::default(), Lanes::default(), Vec::new());
        Self { copies, velocity, chunks, state: State::Away }
    }
}

impl<T: Scalar> Moves<T> {
    /// Takes one step of `objective` from `theta` with step size and momentum, as `gradient` and
    /// [`thalweg_core::descent::step`] would, to the same bits. `velocity` may be empty where μ is 0 for good.
    ///
    /// Answers whether the step was taken; if not, nothing has changed. From the first step on, θ and the velocity
    /// are whole only after [`Moves::write_back`].
    ///
    /// # Errors
    /// [`WrongLength`] if a slice does not have one entry per parameter.
    pub fn step(
        &mut self,
        objective: &Objective<'_, T>,
        theta: &mut [T],
        velocity: &mut [T],
        (step_size, momentum): (f64, f64),
    ) -> Result<bool, WrongLength> {
        let network = objective.network;
        expect_length("theta", theta, network.parameters())?;
        if !velocity.is_empty() {
            expect_length("velocity", velocity, network.parameters())?;
        }
        let rule = Rule::new(objective.batch.count(), objective.decay, step_size, momentum);
        let Some(rule) = rule.filter(|_| objective.batch.chunks() <= WAVE) else { return Ok(false) };
        let sparse = objective.batch.sparse().is_some();
        if sparse != matches!(self.state, State::InTables | State::InTablesAlone) {
            self.write_back(theta, velocity);
            self.state = State::Away;
        }
        if self.state == State::Away && !self.enter(&network, theta, velocity, sparse) {
            return Ok(false);
        }
        let blocks: Vec<Block> = network.blocks().collect();
        let work: usize = blocks.iter().map(|block| self.work(objective, block)).sum();
        if !self.sweep(objective, theta, &blocks, work > SHARED)? {
            return Ok(false);
        }
        let tame = self.apply(objective, (theta, velocity), &blocks, rule, work > SHARED);
        self.state = match (sparse, tame) {
            (true, _) => State::InTablesAlone,
            (false, true) => State::Flat,
            (false, false) => State::Away,
        };
        if !tame {
            self.leave(theta, velocity);
        }
        Ok(true)
    }

    /// Makes θ and the velocity whole.
    pub fn write_back(&mut self, theta: &mut [T], velocity: &mut [T]) {
        if self.state != State::InTablesAlone {
            return;
        }
        self.copies.write_back(theta);
        if !velocity.is_empty() {
            self.copies.tables().iter().for_each(|table| read_table(table, &self.velocity, velocity));
        }
        self.state = State::InTables;
    }

    /// The same, for somebody who will change them.
    pub fn leave(&mut self, theta: &mut [T], velocity: &mut [T]) {
        self.write_back(theta, velocity);
        self.state = State::Away;
    }

    /// Makes the tables, if θ and the velocity allow steps of this kind.
    fn enter(&mut self, network: &View<'_>, theta: &[T], velocity: &[T], sparse: bool) -> bool {
        let (arch, sizes) = (Arch::new(), [theta, velocity]);
        if theta.iter().any(is_negative_zero) || !sizes.into_iter().all(|values| length(arch, values) <= TAME)
        {
            return false;
        }
        self.state = State::Flat;
        if sparse {
            self.copies.make_tables(network, theta);
            self.velocity.clear();
            if !velocity.is_empty() {
                self.velocity.resize(self.copies.lanes().len());
                for table in self.copies.tables() {
                    fill_table(table, velocity, &mut self.velocity);
                }
            }
            self.state = State::InTables;
        }
        true
    }

    fn table(&self, objective: &Objective<'_, T>, block: &Block) -> Option<Table> {
        objective.batch.sparse()?;
        self.copies.tables().iter().find(|table| table.block == *block).copied()
    }

    /// The multiplications of the sums of a block.
    fn work(&self, objective: &Objective<'_, T>, block: &Block) -> usize {
        match objective.batch.sparse().filter(|_| self.table(objective, block).is_some()) {
            Some(sparse) => sparse.entries().saturating_mul(block.rows * NEIGHBOURS),
            None => objective.batch.count().saturating_mul(block.rows * block.columns),
        }
    }

    /// The sweeps over all chunks; answers whether all sums are known to be finite.
    fn sweep(
        &mut self,
        objective: &Objective<'_, T>,
        theta: &[T],
        blocks: &[Block],
        shared: bool,
    ) -> Result<bool, WrongLength> {
        let count = objective.batch.chunks();
        let tables: Vec<bool> = blocks.iter().map(|block| self.table(objective, block).is_some()).collect();
        self.copies.turn(&objective.network, theta);
        self.chunks.resize_with(self.chunks.len().max(count), ChunkMemory::default);
        let prepared = [Turned::beside(theta, std::mem::take(&mut self.copies))];
        let sweep = |(index, memory): (usize, &mut ChunkMemory<T>)| {
            memory.sweep(objective, theta, &prepared, index, blocks, &tables)
        };
        let chunks = &mut self.chunks[..count];
        let swept = if shared {
            chunks.par_iter_mut().enumerate().try_for_each(sweep)
        } else {
            chunks.iter_mut().enumerate().try_for_each(sweep)
        };
        let [turned] = prepared;
        self.copies = turned.into_copies();
        swept?;
        Ok(self.chunks[..count].iter().map(|memory| memory.bound).sum::<f64>() <= TAME)
    }

    /// Moves all parameters; answers whether none is large now.
    fn apply(
        &mut self,
        objective: &Objective<'_, T>,
        (theta, velocity): (&mut [T], &mut [T]),
        blocks: &[Block],
        rule: Rule<T>,
        shared: bool,
    ) -> bool {
        let (batch, choice) = (objective.batch, objective.choice);
        let chunks = &self.chunks[..batch.chunks()];
        let tables: Vec<Option<Table>> = blocks.iter().map(|block| self.table(objective, block)).collect();
        let (lanes, speeds) = (self.copies.lanes(), &mut self.velocity[..]);
        let shares = shares((blocks, &tables), (theta, velocity), (lanes, speeds), choice);
        let work = |task: Share<'_, T>| -> bool {
            let total = match task {
                Share::Bias { block, moved } => {
                    let sums = chunks.iter().map(|chunk| &chunk.blocks[block].sums[..]);
                    move_entries(sums, moved, rule.without_decay())
                }
                Share::Rows { block, first, moved } => {
                    let factors: Vec<_> = chunks.iter().map(|chunk| chunk.blocks[block].factors()).collect();
                    let Block { rows, columns, is_bias, .. } = blocks[block];
                    let (columns, rule) =
                        if is_bias { (rows, rule.without_decay()) } else { (columns, rule) };
                    move_rows(choice, &factors, (first, columns), moved, rule)
                }
                Share::Part { block, first_pair, part: (first, width), moved } => {
                    let Some(sparse) = batch.sparse() else { return false };
                    let all = lanes_of(blocks[block].rows);
                    let deltas = chunks.iter().map(|chunk| {
                        let table = &chunk.blocks[block].by_example;
                        let examples = table.len() / all;
                        &table[first * examples..][..width * examples]
                    });
                    let deltas: Vec<_> = deltas.collect();
                    let lists = |pair| (0..chunks.len()).map(move |chunk| sparse.features(chunk, pair));
                    move_part(choice, (first_pair..).map(lists), (&deltas, width), moved, rule)
                }
            };
            total <= TAME
        };
        if shared {
            shares.into_par_iter().map(work).reduce(|| true, |all, one| all & one)
        } else {
            shares.into_iter().map(work).fold(true, |all, one| all & one)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, case_with, networks, twice};
    use super::*;
    use crate::engine::Choice;
    use crate::engine::batch::{Answers, Batch};
    use thalweg_core::descent;
    use thalweg_core::network::Network;

    /// Some of the examples.
    fn batch<T: Scalar>(network: &View<'_>, case: &Case<T>, examples: std::ops::Range<usize>) -> Batch<T> {
        let part = |values: &[T], width: usize| values[examples.start * width..examples.end * width].to_vec();
        let answers = match &case.answers {
            Answers::Labels(labels) => Answers::Labels(labels[examples.clone()].to_vec()),
            Answers::Values(values) => Answers::Values(part(values, network.output_width())),
        };
        Batch::new(network, &part(&case.inputs, network.input_width()), answers).unwrap()
    }

    /// Networks with weights of several parts of a table, the last of them narrow, of which one reads its inputs
    /// twice, and one has rows of more than a lane in its second weight.
    fn wide() -> [View<'static>; 3] {
        static DEEP: Network<6> =
            Network::input(37).maxout(47, 3).dense(70).tanh().dense(3).softmax_cross_entropy();
        static LINEAR: Network<2> = Network::input(35).linear(16).squared_error();
        [DEEP.view(), LINEAR.view(), twice()]
    }

    /// Steps over batches of several sizes, with a look between them, against the plain way.
    fn bits_agree<T: Scalar>(network: View<'_>, zeros: bool, choice: Choice, (decay, momentum): (f64, f64)) {
        let case = case_with::<T>(&network, 700, zeros);
        let (mut theta, mut wanted) = (case.theta.clone(), case.theta.clone());
        let (mut speed, mut velocity) = (vec![T::ZERO; theta.len()], vec![T::ZERO; theta.len()]);
        if momentum == 0.0 {
            speed.clear();
        }
        let (mut moves, mut gradient) = (Moves::default(), velocity.clone());
        for examples in [0..64, 64..128, 128..135, 135..205, 205..206, 206..700] {
            let batch = batch(&network, &case, examples.clone());
            let objective = Objective::new(network, &batch, choice, decay);
            objective
                .gradient_within(&wanted, &mut gradient, &mut super::super::Workspace::default())
                .unwrap();
            descent::step(&mut wanted, &mut velocity, &gradient, 0.05, momentum).unwrap();
            assert!(moves.step(&objective, &mut theta, &mut speed, (0.05, momentum)).unwrap());
            if examples.start != 64 {
                moves.write_back(&mut theta, &mut speed);
                let name = format!("{choice:?}, {examples:?}, decay {decay}, momentum {momentum}");
                assert!(theta == wanted, "{name}");
                assert!(momentum == 0.0 || speed == velocity, "{name}");
            }
        }
    }

    fn all_bits_agree<T: Scalar>() {
        for network in networks().into_iter().chain(wide()) {
            for zeros in [false, true] {
                for choice in [Choice::Fast, Choice::Exact] {
                    for rates in [(0.0, 0.0), (1e-3, 0.0), (0.0, 0.9), (1e-3, 0.9)] {
                        bits_agree::<T>(network, zeros, choice, rates);
                    }
                }
            }
        }
    }

    #[test]
    fn a_step_gives_the_bits_of_a_gradient_and_a_step_of_the_core_in_single_precision() {
        all_bits_agree::<f32>();
    }

    #[test]
    fn a_step_gives_the_bits_of_a_gradient_and_a_step_of_the_core_in_double_precision() {
        all_bits_agree::<f64>();
    }

    #[test]
    fn no_step_is_taken_where_a_sum_may_not_be_finite_or_a_zero_is_negative() {
        let network = wide()[0];
        for (choice, zeros) in [(Choice::Fast, true), (Choice::Exact, true), (Choice::Fast, false)] {
            let case = case_with::<f32>(&network, 64, zeros);
            let good = batch(&network, &case, 0..64);
            for wrong in [f32::NAN, f32::NEG_INFINITY, 1e35] {
                let mut theta = case.theta.clone();
                let (mut velocity, mut moves) = (vec![0.0; theta.len()], Moves::default());
                let objective = Objective::new(network, &good, choice, 0.0);
                assert!(moves.step(&objective, &mut theta, &mut velocity, (0.05, 0.9)).unwrap());
                moves.write_back(&mut theta, &mut velocity);
                let before = (theta.clone(), velocity.clone());
                let mut case = case_with::<f32>(&network, 64, zeros);
                case.inputs[40] = wrong;
                let bad = batch(&network, &case, 0..64);
                let objective = Objective::new(network, &bad, choice, 0.0);
                assert!(!moves.step(&objective, &mut theta, &mut velocity, (0.05, 0.9)).unwrap());
                moves.leave(&mut theta, &mut velocity);
                assert!((theta, velocity) == before, "{wrong}");
            }
            let objective = Objective::new(network, &good, choice, 0.0);
            for wrong in [-0.0, f32::INFINITY, f32::NAN, 1e19] {
                let mut theta = case.theta.clone();
                theta[3] = wrong;
                assert!(!Moves::default().step(&objective, &mut theta, &mut [], (0.05, 0.0)).unwrap());
                assert_eq!(theta[3].to_bits(), wrong.to_bits());
            }
            for rates in [(f64::NAN, 0.0), (1e7, 0.0), (0.05, f64::INFINITY)] {
                let mut theta = case.theta.clone();
                assert!(!Moves::default().step(&objective, &mut theta, &mut [], rates).unwrap());
            }
        }
    }
}
