//! What learning takes on a microcontroller: instructions, memory and code of one network.
//!
//! Each image does one thing with the network 16-32-16-4 (ReLU, squared error, one example at a time) and
//! prints, for each measurement, one line: `NAME INSTRUCTIONS BUFFERS STACK`, with the mean of instructions over
//! the examples, the bytes of what the task reads and writes in memory, and those of stack below the caller of the
//! task. What its code takes is the size of the image beyond that of its twin in the package `hollow`, which is the
//! same but that nobody calls the task. No image computes with floats outside of the task, so that the functions
//! which do this on a processor without floats count as the task's.

#![no_std]

use core::hint::black_box;

use machine::counter::{Counter, Taken};
use machine::expect_default_floats;
use semihosting::process::exit;
use thalweg_core::cost::mean_cost::{Ability, MeanCost};
use thalweg_core::cost::{Gradient, HessianVector};
use thalweg_core::descent::curvature_step::{CurvatureStep, Params};
use thalweg_core::device::in_place;
use thalweg_core::device::on_the_fly::{Plane, costs};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Chunk, Examples, Selection, Targets};
use thalweg_core::network::{Network, View};
use thalweg_core::rules::loss::Tally;
use thalweg_core::sweep::Sweep;

/// A network that the compiler knows, and examples of its width.
pub trait Model<const WIDTH: usize> {
    /// The network.
    const NETWORK: View<'static>;
    /// The examples over which instructions are averaged.
    const EXAMPLES: &'static [[f32; WIDTH]];
}

/// The network that all targets are compared on.
pub struct Small;
/// A network on whole digits of MNIST.
pub struct Digits;
/// One layer of 64×64.
pub struct Square;

static SMALL: Network<6> = Network::input(16).dense(32).relu().dense(16).relu().dense(4).squared_error();
static DIGITS: Network<4> = Network::input(784).dense(16).relu().dense(10).squared_error();
static SQUARE: Network<2> = Network::input(64).dense(64).squared_error();

impl Model<16> for Small {
    const NETWORK: View<'static> = SMALL.view();
    const EXAMPLES: &'static [[f32; 16]] = &examples::<16, 16>();
}

impl Model<784> for Digits {
    const NETWORK: View<'static> = DIGITS.view();
    const EXAMPLES: &'static [[f32; 784]] = &examples::<784, 4>();
}

impl Model<64> for Square {
    const NETWORK: View<'static> = SQUARE.view();
    const EXAMPLES: &'static [[f32; 64]] = &examples::<64, 4>();
}

/// The parameters of [`Small`].
pub const PARAMETERS: usize = Small::NETWORK.parameters();
/// Its rows for a forward sweep.
pub const REGISTERS: usize = Small::NETWORK.register_rows();
/// Its rows for a step in place.
pub const TRAINING: usize = Small::NETWORK.training_rows();
/// Its rows for a gradient.
pub const GRADIENT: usize = Small::NETWORK.memory_rows(Ability::Gradient);
/// Its rows for a product.
pub const PRODUCT: usize = Small::NETWORK.memory_rows(Ability::HessianVector);
/// Its rows for a plane.
pub const ON_THE_FLY: usize = Small::NETWORK.on_the_fly_rows(2);

/// ε of the steps.
const STEP_SIZE: f32 = 0.05;
/// μ of those with momentum.
const MOMENTUM: f32 = 0.9;

/// The parameters of [`Small`], in flash, in every image; training copies them.
pub static THETA: [f32; PARAMETERS] = weights(2015);
/// A direction in parameter space, in flash.
pub static DIRECTION: [f32; PARAMETERS] = weights(2016);

/// Weights as training leaves them, of either sign and at most 1/8.
#[must_use]
pub const fn weights<const N: usize>(seed: u32) -> [f32; N] {
    let mut weights = [0.0; N];
    let (mut place, mut state) = (0, seed);
    while place < N {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        weights[place] = ((state >> 8) as f32 / 8_388_608.0 - 1.0) / 8.0;
        place += 1;
    }
    weights
}

/// Examples whose pixels are from 0 to 1.
const fn examples<const WIDTH: usize, const COUNT: usize>() -> [[f32; WIDTH]; COUNT] {
    let mut examples = [[0.0; WIDTH]; COUNT];
    let mut number = 0;
    while number < COUNT {
        let mut pixel = 0;
        while pixel < WIDTH {
            examples[number][pixel] = ((number * 7 + pixel * 5) % 17) as f32 / 16.0;
            pixel += 1;
        }
        number += 1;
    }
    examples
}

/// What a task took, or the mean of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Instructions.
    pub instructions: u64,
    /// Bytes of what it reads and writes in memory.
    pub buffers: usize,
    /// Bytes of stack.
    pub stack: usize,
}

impl Cost {
    /// The cost of a task with so many bytes of buffers, if it was done.
    #[must_use]
    pub fn of(taken: Taken, buffers: usize, done: bool) -> Option<Self> {
        let Taken { instructions, stack } = taken;
        black_box(done).then_some(Self { instructions, buffers, stack })
    }

    /// The mean of instructions, and the most of the rest; nothing if a task was not done.
    #[must_use]
    pub fn mean(costs: impl ExactSizeIterator<Item = Option<Self>>) -> Option<Self> {
        let (count, mut mean) = (costs.len() as u64, Self::default());
        for cost in costs {
            let Self { instructions, buffers, stack } = cost?;
            mean.instructions += instructions;
            mean.buffers = mean.buffers.max(buffers);
            mean.stack = mean.stack.max(stack);
        }
        mean.instructions = mean.instructions.div_ceil(count);
        Some(mean)
    }
}

/// The mean over the examples of a model; the example and its class are in memory, and the compiler knows neither.
pub fn over_examples<M: Model<WIDTH>, const WIDTH: usize>(
    mut task: impl FnMut(&[f32; WIDTH], &[u32; 1]) -> Option<Cost>,
) -> Option<Cost> {
    Cost::mean(M::EXAMPLES.iter().enumerate().map(|(number, input)| {
        let (input, label) = black_box((*input, [number as u32 & 3]));
        task(&input, &label)
    }))
}

/// A forward sweep. The bytes of the parameters are not among the buffers, as they may stand in flash.
pub fn forward<M: Model<WIDTH>, const WIDTH: usize, const N: usize, const ROWS: usize>(
    counter: &Counter,
    theta: &[f32; N],
) -> Option<Cost> {
    let mut registers = [[0.0; 1]; ROWS];
    over_examples::<M, WIDTH>(|input, _| {
        let (input, registers) = (input.as_chunks().0, &mut registers);
        let mut done = false;
        let taken = counter.measure(|| {
            let targets = Selection::from_the_first(Targets::Labels(&[]));
            done = Sweep::new(M::NETWORK, theta, Chunk { inputs: input, targets, examples: 1 })
                .and_then(|sweep| sweep.forward(&mut Exact, registers))
                .is_ok();
        });
        Cost::of(taken, size_of_val(input) + size_of_val(registers), done)
    })
}

/// A step of descent in place.
pub fn step<M: Model<WIDTH>, const WIDTH: usize, const N: usize, const ROWS: usize>(
    counter: &Counter,
    mut theta: [f32; N],
) -> Option<Cost> {
    let mut memory = [0.0; ROWS];
    over_examples::<M, WIDTH>(|input, label| {
        let (theta, memory) = (&mut theta, &mut memory);
        let step_size = black_box(STEP_SIZE);
        let mut done = false;
        let taken = counter.measure(|| {
            done =
                in_place::step(M::NETWORK, theta, input, Targets::Labels(label), step_size, memory).is_ok();
        });
        Cost::of(taken, size_of_val(theta) + size_of_val(input) + size_of_val(memory), done)
    })
}

/// A step in place with momentum.
pub fn momentum_step<M: Model<WIDTH>, const WIDTH: usize, const N: usize, const ROWS: usize>(
    counter: &Counter,
    mut theta: [f32; N],
) -> Option<Cost> {
    let (mut velocity, mut memory) = ([0.0; N], [0.0; ROWS]);
    over_examples::<M, WIDTH>(|input, label| {
        let (theta, velocity, memory) = (&mut theta, &mut velocity, &mut memory);
        let rates = black_box((STEP_SIZE, MOMENTUM));
        let mut done = false;
        let taken = counter.measure(|| {
            let moved = (&mut theta[..], &mut velocity[..]);
            done = in_place::momentum_step(M::NETWORK, moved, input, Targets::Labels(label), rates, memory)
                .is_ok();
        });
        Cost::of(taken, 2 * size_of_val(theta) + size_of_val(input) + size_of_val(memory), done)
    })
}

/// A measured step on one example: its gradient and its curvature among it.
pub fn curvature_step<M: Model<WIDTH>, const WIDTH: usize, const N: usize, const ROWS: usize>(
    counter: &Counter,
    mut theta: [f32; N],
) -> Option<Cost> {
    let (mut gradient, mut memory) = ([0.0; N], [[0.0; 1]; ROWS]);
    over_examples::<M, WIDTH>(|input, label| {
        let (theta, gradient, memory) = (&mut theta, &mut gradient, &mut memory);
        let mut descent = CurvatureStep::new(black_box(Params::default()));
        let mut done = false;
        let taken = counter.measure(|| {
            if let Ok(examples) = Examples::new(&M::NETWORK, input, Targets::Labels(label)) {
                let mut cost = MeanCost::new(M::NETWORK, Exact, examples, memory);
                done = descent.step(&mut cost, theta, gradient).is_ok();
            }
        });
        Cost::of(taken, 2 * size_of_val(theta) + size_of_val(input) + size_of_val(memory), done)
    })
}

/// The costs of one example at nine points of a plane, with θ₀ and both directions in flash.
pub fn plane<M: Model<WIDTH>, const WIDTH: usize, const N: usize, const ROWS: usize>(
    counter: &Counter,
    theta: &'static [f32; N],
    direction: &'static [f32; N],
) -> Option<Cost> {
    let mut memory = [0.0; ROWS];
    over_examples::<M, WIDTH>(|input, label| {
        let memory = &mut memory;
        let (x, y) = black_box((&direction[..], &theta[..]));
        let plane = Plane { origin: black_box(&theta[..]), x, y: Some(y) };
        let grid = black_box([-1.0, 0.0, 1.0]);
        let mut tallies = [Tally::default(); 9];
        let mut done = false;
        let taken = counter.measure(|| {
            if let Ok(examples) = Examples::new(&M::NETWORK, input, Targets::Labels(label)) {
                done = costs(M::NETWORK, &examples, &plane, (&grid, &grid), memory, &mut tallies).is_ok();
            }
        });
        Cost::of(taken, size_of_val(input) + size_of_val(memory) + size_of_val(&tallies), done)
    })
}

/// The gradient of one example.
pub fn gradient<M: Model<WIDTH>, const WIDTH: usize, const N: usize, const ROWS: usize>(
    counter: &Counter,
    theta: &[f32; N],
) -> Option<Cost> {
    let (mut out, mut memory) = ([0.0; N], [[0.0; 1]; ROWS]);
    over_examples::<M, WIDTH>(|input, label| {
        let (out, memory) = (&mut out, &mut memory);
        let mut done = false;
        let taken = counter.measure(|| {
            if let Ok(examples) = Examples::new(&M::NETWORK, input, Targets::Labels(label)) {
                done = MeanCost::new(M::NETWORK, Exact, examples, memory).gradient(theta, out).is_ok();
            }
        });
        Cost::of(taken, 2 * size_of_val(theta) + size_of_val(input) + size_of_val(memory), done)
    })
}

/// An exact product of the Hessian of one example with a vector.
pub fn product<M: Model<WIDTH>, const WIDTH: usize, const N: usize, const ROWS: usize>(
    counter: &Counter,
    theta: &[f32; N],
    v: &[f32; N],
) -> Option<Cost> {
    let (mut out, mut memory) = ([0.0; N], [[0.0; 1]; ROWS]);
    over_examples::<M, WIDTH>(|input, label| {
        let (out, memory) = (&mut out, &mut memory);
        let mut done = false;
        let taken = counter.measure(|| {
            if let Ok(examples) = Examples::new(&M::NETWORK, input, Targets::Labels(label)) {
                done =
                    MeanCost::new(M::NETWORK, Exact, examples, memory).hessian_vector(theta, v, out).is_ok();
            }
        });
        Cost::of(taken, 3 * size_of_val(theta) + size_of_val(input) + size_of_val(memory), done)
    })
}

/// A measurement: its name, and a function that has its own buffers.
pub type Named = (&'static str, fn(&Counter) -> Option<Cost>);

/// Runs measurements, prints what they found and ends.
pub fn run(measurements: &[Named]) -> ! {
    expect_default_floats();
    let counter = Counter::new();
    for (name, measure) in measurements {
        match measure(&counter) {
            Some(Cost { instructions, buffers, stack }) => {
                semihosting::println!("{name} {instructions} {buffers} {stack}");
            }
            None => semihosting::println!("{name} was refused"),
        }
    }
    exit(0)
}
