//! What learning takes on a microcontroller: instructions, memory and code of one network.
//!
//! Each image does one thing with the network 16-32-16-4 (ReLU, squared error, one example at a time) and
//! prints, for each measurement, one line: `NAME INSTRUCTIONS BYTES`, with the mean of instructions over
//! [`MANY`] examples (or [`FEW`]) and all memory from the buffers to the deepest frame. What its code takes is the
//! size of the image beyond that of the image `empty`, which measures the same way, and nothing.

#![no_std]

use core::hint::black_box;

use machine::counter::Counter;
use machine::expect_default_floats;
use machine::stack::depth;
use semihosting::process::exit;
use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::cost::{Gradient, HessianVector};
use thalweg_core::descent::curvature_step::{CurvatureStep, Params};
use thalweg_core::device::in_place;
use thalweg_core::device::on_the_fly::{Plane, costs};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Chunk, Examples, Selection, Targets};
use thalweg_core::network::{Network, View};
use thalweg_core::rules::loss::Tally;
use thalweg_core::sweep::Sweep;

/// The network that all targets are compared on.
pub const SMALL: Network<6> = Network::input(16).dense(32).relu().dense(16).relu().dense(4).squared_error();
/// A network on whole digits of MNIST.
pub const DIGITS: Network<4> = Network::input(784).dense(16).relu().dense(10).squared_error();
/// One layer of 64×64.
pub const SQUARE: Network<2> = Network::input(64).dense(64).squared_error();

/// Examples over which instructions of the small network are averaged.
pub const MANY: usize = 16;
/// Examples over which those of the wide ones are.
pub const FEW: usize = 4;
/// ε of the steps.
const STEP_SIZE: f32 = 0.05;
/// The deepest memory that is watched, in bytes.
const WATCHED: usize = 384 << 10;

/// The parameters of [`SMALL`], in flash, in every image; training copies them.
pub static THETA: [f32; SMALL.parameters()] = weights();

/// Weights as training leaves them, of either sign and at most 1/8.
#[must_use]
pub const fn weights<const N: usize>() -> [f32; N] {
    let mut weights = [0.0; N];
    let (mut place, mut state) = (0, 2015_u32);
    while place < N {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        weights[place] = ((state >> 8) as f32 / 8_388_608.0 - 1.0) / 8.0;
        place += 1;
    }
    weights
}

/// The example of this number: every pixel from 0 to 1.
#[must_use]
pub fn example<const WIDTH: usize>(number: usize) -> [f32; WIDTH] {
    core::array::from_fn(|pixel| ((number * 7 + pixel * 5) % 17) as f32 / 16.0)
}

/// The same, with its class; the compiler knows neither.
#[must_use]
pub fn labelled<const WIDTH: usize>(number: usize) -> ([f32; WIDTH], [u32; 1]) {
    black_box((example(number), [number as u32 % 4]))
}

/// The mean of the instructions that `task` takes, over the numbers of the examples.
pub fn mean(examples: usize, task: impl FnMut(usize) -> u64) -> u64 {
    (0..examples).map(task).sum::<u64>().div_ceil(examples as u64)
}

/// The instructions of a forward sweep.
pub fn forward<const WIDTH: usize>(
    counter: &Counter,
    network: View<'_>,
    theta: &[f32],
    number: usize,
    registers: &mut [[f32; 1]],
) -> u64 {
    let input = black_box(example::<WIDTH>(number)).map(|pixel| [pixel]);
    let mut result = Ok(());
    let instructions = counter.instructions(|| {
        let targets = Selection::from_the_first(Targets::Labels(&[]));
        result = Sweep::new(network, theta, Chunk { inputs: &input, targets, examples: 1 })
            .and_then(|sweep| sweep.forward(&mut Exact, registers));
    });
    assert!(result.is_ok());
    black_box(registers);
    instructions
}

/// The instructions of a step of descent in place.
pub fn step<const WIDTH: usize>(
    counter: &Counter,
    network: View<'_>,
    theta: &mut [f32],
    number: usize,
    memory: &mut [f32],
) -> u64 {
    let (input, label) = labelled::<WIDTH>(number);
    let mut taken = false;
    let instructions = counter.instructions(|| {
        let target = Targets::Labels(&label);
        taken = in_place::step(network, theta, &input, target, black_box(STEP_SIZE), memory).is_ok();
    });
    assert!(taken);
    instructions
}

/// The instructions of a step in place with momentum.
pub fn momentum_step<const WIDTH: usize>(
    counter: &Counter,
    network: View<'_>,
    (theta, velocity): (&mut [f32], &mut [f32]),
    number: usize,
    memory: &mut [f32],
) -> u64 {
    let (input, label) = labelled::<WIDTH>(number);
    let mut taken = false;
    let instructions = counter.instructions(|| {
        let rates = black_box((STEP_SIZE, 0.9));
        let target = Targets::Labels(&label);
        taken = in_place::momentum_step(network, (theta, velocity), &input, target, rates, memory).is_ok();
    });
    assert!(taken);
    instructions
}

/// The instructions of a measured step on one example: its gradient and its curvature among them.
pub fn curvature_step<const WIDTH: usize>(
    counter: &Counter,
    network: View<'_>,
    theta: &mut [f32],
    number: usize,
    (gradient, memory): (&mut [f32], &mut [[f32; 1]]),
) -> u64 {
    let (input, label) = labelled::<WIDTH>(number);
    let mut descent = CurvatureStep::new(black_box(Params::default()));
    let mut taken = false;
    let instructions = counter.instructions(|| {
        if let Ok(examples) = Examples::new(&network, &input, Targets::Labels(&label)) {
            let mut cost = MeanCost::new(network, Exact, examples, memory);
            taken = descent.step(&mut cost, theta, gradient).is_ok();
        }
    });
    assert!(taken);
    black_box(theta);
    instructions
}

/// The instructions of the costs of one example at nine points of a plane through [`THETA`].
pub fn plane<const WIDTH: usize>(
    counter: &Counter,
    network: View<'_>,
    number: usize,
    memory: &mut [f32],
) -> u64 {
    let (input, label) = labelled::<WIDTH>(number);
    let (x, y) = black_box((&THETA[..], &THETA[..]));
    let plane = Plane { origin: black_box(&THETA[..]), x, y: Some(y) };
    let grid = black_box([-1.0, 0.0, 1.0]);
    let mut tallies = [Tally::default(); 9];
    let mut taken = false;
    let instructions = counter.instructions(|| {
        if let Ok(examples) = Examples::new(&network, &input, Targets::Labels(&label)) {
            taken = costs(network, &examples, &plane, (&grid, &grid), memory, &mut tallies).is_ok();
        }
    });
    assert!(taken);
    black_box(&tallies);
    instructions
}

/// The instructions of the gradient of one example.
pub fn gradient<const WIDTH: usize>(
    counter: &Counter,
    network: View<'_>,
    theta: &[f32],
    number: usize,
    (out, memory): (&mut [f32], &mut [[f32; 1]]),
) -> u64 {
    let (input, label) = labelled::<WIDTH>(number);
    let mut taken = false;
    let instructions = counter.instructions(|| {
        if let Ok(examples) = Examples::new(&network, &input, Targets::Labels(&label)) {
            taken = MeanCost::new(network, Exact, examples, memory).gradient(theta, out).is_ok();
        }
    });
    assert!(taken);
    black_box(out);
    instructions
}

/// The instructions of an exact product of the Hessian of one example with `v`.
pub fn product<const WIDTH: usize>(
    counter: &Counter,
    network: View<'_>,
    (theta, v): (&[f32], &[f32]),
    number: usize,
    (out, memory): (&mut [f32], &mut [[f32; 1]]),
) -> u64 {
    let (input, label) = labelled::<WIDTH>(number);
    let mut taken = false;
    let instructions = counter.instructions(|| {
        if let Ok(examples) = Examples::new(&network, &input, Targets::Labels(&label)) {
            taken = MeanCost::new(network, Exact, examples, memory).hessian_vector(theta, v, out).is_ok();
        }
    });
    assert!(taken);
    black_box(out);
    instructions
}

/// A measurement: its name, and a function that has its own buffers and returns instructions.
pub type Named = (&'static str, fn(&Counter) -> u64);

/// Runs measurements, prints what they found and ends.
pub fn run(measurements: &[Named]) -> ! {
    expect_default_floats();
    let counter = Counter::new();
    black_box(&THETA);
    for (name, measure) in measurements {
        let mut instructions = 0;
        let bytes = depth(WATCHED, || instructions = black_box(measure)(&counter));
        semihosting::println!("{name} {instructions} {bytes}");
    }
    exit(0)
}
