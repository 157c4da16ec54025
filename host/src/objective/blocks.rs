//! The whole Hessian from its structure: sums of products of inputs with small blocks of each example.
//!
//! Parameters enter through s = W·x + b alone, so with x̂ = (x, 1) and a dot for the derivative by sᵢ[a],
//!
//! ∂²J / ∂Wᵢ[a,k] ∂Wⱼ[b,l] = Σ δ̇ⱼ[b]·x̂ᵢ[k]·x̂ⱼ[l] + δⱼ[b]·ẋⱼ[l]·x̂ᵢ[k]  (j not before i).
//!
//! A unit in the direction of a bias gives δ̇ and ẋ by the tangent sweeps, so this holds for every operation;
//! it asks that each weight is read once and has a bias. The sums run over examples through the one tile.

use std::ops::Range;

use rayon::prelude::*;
use thalweg_core::engine::Pair;
use thalweg_core::length::WrongLength;
use thalweg_core::network::View;
use thalweg_core::network::operation::{Kind, Register};
use thalweg_core::sweep::{Sweep, Traces};

use super::Objective;
use crate::engine::lanes::Lanes;
use crate::engine::sums::Products;
use crate::engine::tile::{LANES, Lane};
use crate::engine::turned::Turned;
use crate::engine::{Machine, Scalar};

/// The bytes of left sides that are kept at a time.
const LEFT: usize = 256 << 20;

/// Lanes of columns whose sums are kept at a time.
const LANES_AT_A_TIME: usize = 64;

/// An affine operation: where its weight and bias stand in θ.
#[derive(Clone, Copy, Debug)]
struct Layer {
    operation: usize,
    weight: usize,
    bias: usize,
    units: usize,
    inputs: usize,
}

impl Layer {
    /// The place in θ of unit `a`'s weight for input `k`; input number `inputs` is the 1 of the bias.
    const fn parameter(&self, a: usize, k: usize) -> usize {
        if k == self.inputs { self.bias + a } else { self.weight + a * self.inputs + k }
    }
}

/// A row of left sides: unit `a` of the first layer, unit `b` of the second, and the second's input `l`.
#[derive(Clone, Copy, Debug)]
struct Row {
    a: usize,
    b: usize,
    l: usize,
}

/// One of the two sums for a pair of layers.
#[derive(Debug)]
struct Part {
    first: Layer,
    second: Layer,
    /// Whether rows hold δ̇ⱼ[b] and columns x̂ᵢ[k]·x̂ⱼ[l]; else rows hold δⱼ[b]·ẋⱼ[l] and columns x̂ᵢ[k].
    bends: bool,
    rows: Vec<Row>,
    /// (k, l); l has no meaning where it stands in the rows.
    columns: Vec<(usize, usize)>,
}

/// The sums of a network's Hessian, if it has this structure.
#[derive(Debug)]
pub(super) struct Blocks {
    layers: Vec<Layer>,
    parts: Vec<Part>,
}

impl Blocks {
    /// The structure, or `None` where a weight is read twice or has no bias.
    pub(super) fn new(network: &View<'_>) -> Option<Self> {
        let mut layers: Vec<Layer> = Vec::new();
        for (operation, kind) in network.operations().iter().enumerate() {
            let Kind::Affine(affine) = kind.kind() else { continue };
            if affine.weight_is_shared || affine.bias_is_shared {
                return None;
            }
            let (weight, units, inputs) = (affine.weight, affine.rows, affine.columns);
            layers.push(Layer { operation, weight, bias: affine.bias?, units, inputs });
        }
        let mut parts = Vec::new();
        for (place, &first) in layers.iter().enumerate() {
            for &second in &layers[place..] {
                let same = first.operation == second.operation;
                let units = |a| if same { 0..a + 1 } else { 0..second.units };
                let rows = (0..first.units).flat_map(|a| units(a).map(move |b| Row { a, b, l: 0 }));
                let inputs = |k| if same { 0..k + 1 } else { 0..second.inputs + 1 };
                let columns = (0..=first.inputs).flat_map(|k| inputs(k).map(move |l| (k, l)));
                parts.push(Part {
                    first,
                    second,
                    bends: true,
                    rows: rows.collect(),
                    columns: columns.collect(),
                });
                if same {
                    continue;
                }
                let reached = |a| reached(network, first, second, a);
                let rows = (0..first.units).flat_map(|a| {
                    reached(a).flat_map(move |l| (0..second.units).map(move |b| Row { a, b, l }))
                });
                let rows: Vec<Row> = rows.collect();
                if !rows.is_empty() {
                    let columns = (0..=first.inputs).map(|k| (k, 0)).collect();
                    parts.push(Part { first, second, bends: false, rows, columns });
                }
            }
        }
        Some(Self { layers, parts })
    }

    /// Multiplications for each example.
    pub(super) fn work(&self, parameters: usize) -> usize {
        let sums: usize = self.parts.iter().map(|part| part.rows.len() * part.columns.len()).sum();
        let directions: usize = self.layers.iter().map(|layer| layer.units).sum();
        sums + 4 * directions * parameters
    }

    /// The numbers of left sides for each example.
    fn left(&self) -> usize {
        self.parts.iter().map(|part| part.rows.len()).sum()
    }
}

/// The inputs of `second` that unit `a` of `first` can reach: one, where only maps and maxima stand between.
fn reached(network: &View<'_>, first: Layer, second: Layer, a: usize) -> Range<usize> {
    let operations = network.operations();
    let (mut register, mut group) = (operations[second.operation].from(), 1);
    while let Some(index) = register.number().checked_sub(1) {
        if index == first.operation {
            return a / group..a / group + 1;
        }
        match operations[index].kind() {
            Kind::Map(_) => {}
            Kind::Maximum { pieces } => group *= pieces.get(),
            Kind::Affine(_) if index < first.operation => return 0..0,
            _ => return 0..second.inputs,
        }
        register = operations[index].from();
    }
    if register == Register::INPUT { 0..0 } else { 0..second.inputs }
}

/// What the sweeps over one chunk leave for the sums.
#[derive(Debug)]
struct Left<T> {
    /// For each part `[row][example]`.
    parts: Vec<Vec<T>>,
    /// For each layer x̂, `[panel][input][example]`.
    inputs: Vec<Vec<Lane<T>>>,
    examples: usize,
}

impl<T: Scalar> Objective<'_, T> {
    /// Writes H(θ) without decay, row by row.
    pub(super) fn hessian_of_blocks(
        &self,
        blocks: &Blocks,
        theta: &[T],
        hessian: &mut [T],
    ) -> Result<(), WrongLength> {
        hessian.fill(T::ZERO);
        let n = self.network.parameters();
        let bytes = (blocks.left() * LANES * self.batch.chunk_panels() * size_of::<T>()).max(1);
        let wave = (LEFT / bytes).max(1);
        let prepared = [Turned::new(&self.network, theta)];
        let chunks: Vec<usize> = (0..self.batch.chunks()).collect();
        for chunks in chunks.chunks(wave) {
            let left = chunks
                .par_iter()
                .map(|&index| self.left(blocks, theta, &prepared, index))
                .collect::<Result<Vec<_>, _>>()?;
            let tasks = blocks.parts.iter().enumerate().flat_map(|(index, part)| {
                (0..part.columns.len()).step_by(LANES).map(move |column| (index, column))
            });
            let tasks: Vec<(usize, usize)> = tasks.collect();
            for tasks in tasks.chunks(LANES_AT_A_TIME) {
                let sums: Vec<Lanes<T>> = tasks
                    .par_iter()
                    .map_init(Lanes::default, |right, &(part, column)| {
                        self.lane_of_columns(blocks, &left, (part, column), right)
                    })
                    .collect();
                for (&(part, column), sums) in tasks.iter().zip(&sums) {
                    blocks.parts[part].add(column, sums, n, hessian);
                }
            }
        }
        Ok(())
    }

    /// The tangent sweeps of one chunk in the direction of every bias.
    fn left(
        &self,
        blocks: &Blocks,
        theta: &[T],
        prepared: &[Turned<'_, T>],
        index: usize,
    ) -> Result<Left<T>, WrongLength> {
        let network = self.network;
        let mut inputs = Vec::new();
        let chunk = self.batch.chunk(index, self.batch.chunk_panels(), Some(&mut inputs));
        let panels = Self::panels(chunk.examples);
        let sweep = Sweep::new(network, theta, chunk)?;
        let engine = &mut Machine::new(self.choice, prepared);
        let [mut registers, mut deltas, mut tangents, mut delta_tangents] =
            std::array::from_fn(|_| Lanes::default());
        for memory in [&mut registers, &mut deltas, &mut delta_tangents] {
            memory.grow(panels * network.register_rows());
        }
        tangents.grow(panels * network.tangent_rows());
        sweep.forward(engine, &mut registers)?;
        sweep.backward(engine, &registers, &mut deltas, None)?;
        let traces = Traces { registers: &registers, deltas: &deltas, tangents: None };
        let inputs = blocks.layers.iter().map(|layer| {
            let mut inputs = Vec::new();
            sweep.weight_pairs(layer.weight, traces, |pair| {
                for panel in pair.right.chunks_exact(layer.inputs) {
                    inputs.extend_from_slice(panel);
                    inputs.push([T::ONE; LANES]);
                }
            });
            inputs
        });
        let inputs = inputs.collect();
        let sizes = blocks.parts.iter().map(|part| vec![T::ZERO; part.rows.len() * panels * LANES]);
        let mut parts: Vec<Vec<T>> = sizes.collect();
        let mut v = vec![T::ZERO; network.parameters()];
        for layer in &blocks.layers {
            for a in 0..layer.units {
                v[layer.bias + a] = T::ONE;
                sweep.tangent_forward(engine, &v, &registers, &mut tangents)?;
                sweep.tangent_backward(engine, &v, &registers, &deltas, &tangents, &mut delta_tangents)?;
                v[layer.bias + a] = T::ZERO;
                let traces = Traces {
                    registers: &registers,
                    deltas: &deltas,
                    tangents: Some((&tangents, &delta_tangents)),
                };
                for (part, out) in blocks.parts.iter().zip(&mut parts) {
                    if part.first.operation == layer.operation {
                        part.fill(&sweep, traces, a, out);
                    }
                }
            }
        }
        Ok(Left { parts, inputs, examples: chunk.examples })
    }

    /// The sums of a part for the lane of columns that begins with `column`, over the chunks in their order.
    fn lane_of_columns(
        &self,
        blocks: &Blocks,
        chunks: &[Left<T>],
        (index, column): (usize, usize),
        right: &mut Lanes<T>,
    ) -> Lanes<T> {
        let part = &blocks.parts[index];
        let columns = &part.columns[column..part.columns.len().min(column + LANES)];
        let place = |layer: Layer| {
            blocks.layers.iter().position(|other| other.operation == layer.operation).unwrap_or(0)
        };
        let (first, second) = (place(part.first), place(part.second));
        let mut sums = Lanes::zeros(part.rows.len());
        let engine = Machine::new(self.choice, &[]);
        for chunk in chunks {
            let products = Products {
                first: (&chunk.inputs[first], part.first.inputs + 1),
                second: part.bends.then_some((&chunk.inputs[second], part.second.inputs + 1)),
                columns,
            };
            engine.add_products(&chunk.parts[index], &products, chunk.examples, right, &mut sums);
        }
        sums
    }
}

impl Part {
    /// Writes the rows of unit `a`.
    fn fill<T: Scalar>(
        &self,
        sweep: &Sweep<'_, T, LANES>,
        traces: Traces<'_, T, LANES>,
        a: usize,
        out: &mut [T],
    ) {
        let start = self.rows.partition_point(|row| row.a < a);
        let end = self.rows.partition_point(|row| row.a <= a);
        let (units, inputs) = (self.second.units, self.second.inputs);
        let mut pairs: Vec<Pair<'_, T, LANES>> = Vec::new();
        sweep.weight_pairs(self.second.weight, traces, |pair| pairs.push(pair));
        let stride = out.len() / self.rows.len();
        for (out, row) in out.chunks_exact_mut(stride).zip(&self.rows).skip(start).take(end - start) {
            for (panel, out) in out.chunks_exact_mut(LANES).enumerate() {
                match &*pairs {
                    [bent, ..] if self.bends => out.copy_from_slice(&bent.left[panel * units + row.b]),
                    [_, moved] => {
                        let delta = &moved.left[panel * units + row.b];
                        let tangent = &moved.right[panel * inputs + row.l];
                        for ((out, delta), tangent) in out.iter_mut().zip(delta).zip(tangent) {
                            *out = *delta * *tangent;
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Adds sums to both triangles of the Hessian.
    fn add<T: Scalar>(&self, column: usize, sums: &[Lane<T>], n: usize, hessian: &mut [T]) {
        let same = self.first.operation == self.second.operation;
        let mut put = |p: usize, q: usize, sum: T| {
            hessian[p * n + q] += sum;
            if p != q {
                hessian[q * n + p] += sum;
            }
        };
        for (row, sums) in self.rows.iter().zip(sums) {
            for (&(k, l), &sum) in self.columns[column..].iter().zip(sums) {
                let l = if self.bends { l } else { row.l };
                put(self.first.parameter(row.a, k), self.second.parameter(row.b, l), sum);
                if same && row.a != row.b && k != l {
                    put(self.first.parameter(row.a, l), self.second.parameter(row.b, k), sum);
                }
            }
        }
    }
}
