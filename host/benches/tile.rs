//! What the matrix products reach of this machine's peak, shape by shape; fails if one falls off a cliff.
//!
//! `cargo bench --bench tile`. Shapes are those of the networks of the README: products with 128 and 10 rows over
//! 784, 128 and 10 numbers, as few rows as end a block, in batches of 64 examples and chunks of 256. On one thread;
//! the peak is that of `peak/mod.rs`, of fused operations for the fast engine and of unfused ones for the exact.

mod peak;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use peak::{Kind, peak};
use thalweg::engine::batch::{Answers, Batch};
use thalweg::engine::tile::{LANES, Lane};
use thalweg::engine::turned::Turned;
use thalweg::engine::{Choice, Machine, Scalar};
use thalweg_core::engine::{Engine, Matrix, Pair};
use thalweg_core::network::{Network, View};

/// The least share of the peak: products that leave the registers reach a fortieth of it.
const FLOOR: f64 = 0.15;

/// Sums over examples for few units or inputs move more than they compute.
const NARROW_FLOOR: f64 = 0.02;

/// Which of the three products of a layer with N units and K inputs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Product {
    /// y += W·x.
    Forward,
    /// δ += Wᵀ·δ, with the turned weight.
    Deltas,
    /// G += Σ δ·xᵀ over the examples.
    Sums,
}

/// The units and inputs of the layers.
const SHAPES: [(usize, usize); 9] =
    [(128, 784), (128, 128), (128, 10), (10, 784), (10, 128), (10, 10), (1, 784), (3, 784), (13, 784)];

/// Seconds of a call, the best of many.
fn seconds(mut call: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    let started = Instant::now();
    while started.elapsed().as_secs_f64() < 0.03 {
        let before = Instant::now();
        call();
        best = best.min(before.elapsed().as_secs_f64());
    }
    best
}

/// Operations per second of a product over `panels` panels.
fn rate<T: Scalar>(choice: Choice, product: Product, (units, inputs): (usize, usize), panels: usize) -> f64 {
    let (rows, columns) = if product == Product::Deltas { (inputs, units) } else { (units, inputs) };
    let number = |index: usize| T::from_f64((index % 17) as f64 / 16.0 - 0.5);
    let lanes = |count: usize| (0..count).map(|row| [number(row); LANES]).collect::<Vec<Lane<T>>>();
    let mut w: Vec<T> = (0..rows * columns).map(number).collect();
    let (x, mut y) = (lanes(columns * panels), lanes(rows * panels));
    let mut machine = Machine::<T>::new(choice, &[]);
    let taken = match (product, Matrix::new(&w, rows, columns)) {
        (Product::Sums, Some(matrix)) => {
            let columns = matrix.columns();
            let pair = [Pair { left: &y, right: &x }];
            seconds(|| machine.outer(black_box(&pair), 0..panels * LANES, &mut w, columns))
        }
        (_, Some(matrix)) => seconds(|| machine.affine(black_box(matrix), black_box(&x), &mut y)),
        (_, None) => f64::INFINITY,
    };
    (2 * rows * columns * panels * LANES) as f64 / taken
}

/// Layers on inputs of which most are zero.
static LAYERS: (Network<2>, Network<2>) = (
    Network::input(784).dense(128).softmax_cross_entropy(),
    Network::input(784).dense(10).softmax_cross_entropy(),
);

/// Operations per second of W·x where four of five inputs are zero, counted as if none were.
fn rate_without_zeros<T: Scalar>(choice: Choice, network: &View<'_>, panels: usize) -> Option<f64> {
    let (units, inputs, count) = (network.output_width(), network.input_width(), panels * LANES);
    let number = |index: usize| T::from_f64((index % 17) as f64 / 16.0 - 0.5);
    let input = |index: usize| if index * 7919 % 101 < 20 { T::ONE } else { T::ZERO };
    let rows: Vec<T> = (0..count * inputs).map(input).collect();
    let theta: Vec<T> = (0..network.parameters()).map(number).collect();
    let batch = Batch::new(network, &rows, Answers::Labels(vec![0; count])).ok()?;
    let prepared = [Turned::with_tables(network, &theta)];
    let matrix = Matrix::new(&theta[..units * inputs], units, inputs)?;
    let mut parts: Vec<_> = (0..batch.chunks())
        .map(|index| {
            let chunk = batch.chunk(index, batch.chunk_panels(), None);
            let machine = Machine::new(choice, &prepared).reading(batch.inputs_of(&chunk));
            let y = vec![[T::ZERO; LANES]; chunk.examples.div_ceil(LANES) * units];
            (machine, chunk.inputs, y)
        })
        .collect();
    let taken = seconds(|| {
        for (machine, x, y) in &mut parts {
            machine.affine(black_box(matrix), black_box(x), y);
        }
    });
    batch.sparse().map(|_| (2 * units * inputs * count) as f64 / taken)
}

fn main() -> ExitCode {
    let all = rayon::current_num_threads();
    let kinds = [(false, true), (false, false), (true, true), (true, false)];
    let kinds = kinds.map(|(double, fused)| Kind { double, fused });
    let names = ["f32 fused", "f32 unfused", "f64 fused", "f64 unfused"];
    println!("GFLOP/s, and the share of the peak of one thread in %\n");
    println!("| | panels | {} |\n|---|--:|{}", names.join(" | "), "--:|".repeat(4));
    let peaks = kinds.map(|kind| peak(kind, 1));
    println!("| peak, 1 thread | | {} |", peaks.map(|rate| format!("{:.0}", rate / 1e9)).join(" | "));
    let together = kinds.map(|kind| format!("{:.0}", peak(kind, all) / 1e9));
    println!("| peak, {all} threads | | {} |", together.join(" | "));
    let mut fallen = 0;
    let mut row = |name: &str,
                   (units, inputs): (usize, usize),
                   panels: usize,
                   floor: f64,
                   rate: &dyn Fn(Kind) -> f64| {
        let cells = std::array::from_fn::<_, 4, _>(|index| {
            let rate = rate(kinds[index]);
            let share = rate / peaks[index];
            let low = share < floor || share.is_nan();
            fallen += usize::from(low);
            format!("{:.1} ({:.0}{})", rate / 1e9, 100.0 * share, if low { ", fallen" } else { "" })
        });
        println!("| {name}, {units} units, {inputs} inputs | {panels} | {} |", cells.join(" | "));
    };
    let choice = |kind: Kind| if kind.fused { Choice::Fast } else { Choice::Exact };
    for (product, name) in [(Product::Forward, "W·x"), (Product::Deltas, "Wᵀ·δ"), (Product::Sums, "Σ δ·xᵀ")]
    {
        for shape in SHAPES {
            let narrow = product == Product::Sums && shape.0.min(shape.1) < 32;
            let floor = if narrow { NARROW_FLOOR } else { FLOOR };
            for panels in [2, 8] {
                row(name, shape, panels, floor, &|kind| match kind.double {
                    true => rate::<f64>(choice(kind), product, shape, panels),
                    false => rate::<f32>(choice(kind), product, shape, panels),
                });
            }
        }
    }
    let (wide, narrow) = &LAYERS;
    for network in [wide.view(), narrow.view()] {
        for panels in [2, 8] {
            let shape = (network.output_width(), network.input_width());
            row("W·x of a fifth of x", shape, panels, FLOOR, &|kind| {
                let rate = match kind.double {
                    true => rate_without_zeros::<f64>(choice(kind), &network, panels),
                    false => rate_without_zeros::<f32>(choice(kind), &network, panels),
                };
                rate.unwrap_or(f64::NAN)
            });
        }
    }
    if fallen > 0 {
        eprintln!(
            "{fallen} products are below their floor, {FLOOR} of the peak ({NARROW_FLOOR} for narrow sums)"
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
