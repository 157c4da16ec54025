//! Networks, operations, random numbers, initialisers, directions and scalars.

use core::hint::black_box;
use core::num::NonZeroUsize;

use thalweg_core::cost::mean_cost::Ability;
use thalweg_core::descent::schedule::Schedule;
use thalweg_core::device::checksum;
use thalweg_core::device::footprint::Task;
use thalweg_core::length;
use thalweg_core::network::builder::Builder;
use thalweg_core::network::initialise::{self, Initialiser};
use thalweg_core::network::operation::{Affine, Kind, Loss, Map, Operation, Register};
use thalweg_core::network::shape::{self, Step};
use thalweg_core::network::{Block, Network, View};
use thalweg_core::random::Random;
use thalweg_core::real::Real;
use thalweg_core::real::fast;
use thalweg_core::subspace::direction::{self, Normalisation};
use thalweg_core::subspace::trajectory;

use crate::opaque::{count, network, number, slice, small};

/// A register that some operations wrote.
fn register() -> Register {
    black_box(Register::after(slice()))
}

/// The builder at run time; its endings that panic are for a `const`.
pub fn builders() {
    let start: Builder<8> = Network::input(count());
    let maps = Builder::sigmoid(Builder::tanh(Builder::relu(Builder::dense(start, count()))));
    let named = Builder::sigmoid_fast(Builder::tanh_fast(Builder::identity(maps)));
    let map = Builder::map(Builder::linear(black_box(named), count()), black_box(Map::Tanh));
    let read = Builder::at(map, register());
    let shared = Builder::tied(Builder::shared(black_box(read), register()), Builder::last(&read));
    let pooled = Builder::maxout(Builder::maximum(black_box(shared), count()), count(), count());
    let pairs = Builder::sum(Builder::product(black_box(pooled), register()), register());
    let ended = Builder::checked(Builder::slice(pairs, count(), count()), black_box(Loss::SquaredError));
    _ = black_box(ended);
    const NAMED: [Network<2>; 2] = [
        Builder::softmax_cross_entropy(Network::input(1).dense(1)),
        Builder::squared_error(Network::input(1).dense(1)),
    ];
    black_box(NAMED);
}

fn sizes(view: View<'_>) {
    black_box(View::sizes(&view));
    black_box(View::operations(&view));
    black_box(View::parameters(&view));
    black_box(View::input_width(&view));
    black_box(View::output_width(&view));
    black_box(View::register_rows(&view));
    black_box(View::tangent_rows(&view));
    black_box(View::cached_rows(&view));
    black_box(View::largest_later_block(&view));
    black_box(View::later_weights(&view));
    black_box(View::widest_row(&view));
    black_box(View::is_chain(&view));
    black_box(View::loss(&view));
    black_box(View::width(&view, register()));
    for block in View::blocks(&view) {
        black_box(Block::range(&block));
    }
    for ability in
        [Ability::Cost, Ability::Slope, Ability::Gradient, Ability::InputGradient, Ability::HessianVector]
    {
        black_box(View::memory_rows(&view, black_box(ability)));
    }
    black_box(View::training_rows(&view));
    black_box(View::product_rows(&view, count()));
    black_box(View::plane_rows(&view));
    black_box(View::on_the_fly_rows(&view, count()));
    for task in Task::ALL {
        black_box(Task::name(black_box(task)));
        black_box(View::numbers_in_memory(&view, black_box(task)));
        black_box(View::numbers_in_flash(&view, black_box(task)));
    }
}

fn owned(network: &Network<4>) {
    black_box(Network::parameters(network));
    black_box(Network::view(network));
    black_box(Network::memory_rows(network, black_box(Ability::Cost)));
    black_box(Network::training_rows(network));
    black_box(Network::plane_rows(network));
    black_box(Network::plane_weights(network));
    black_box(Network::on_the_fly_rows(network, count()));
    black_box(Network::numbers_in_memory(network, black_box(Task::Training)));
    black_box(Network::numbers_in_flash(network, black_box(Task::Training)));
}

fn operations(operation: &Operation) {
    if let Kind::Affine(affine) = black_box(Operation::kind(operation)) {
        black_box(Affine::is_transposed(&affine));
    }
    black_box(Operation::from(operation));
    black_box(Operation::width(operation));
    black_box(Operation::is_active(operation));
}

/// Every kind of step at run time.
fn steps() {
    let (width, pieces, with) = (count(), count(), register());
    let steps = [
        Step::Dense { width, bias: black_box(true) },
        Step::Shared { with },
        Step::Tied { with },
        Step::Map(black_box(Map::Relu)),
        Step::Maximum { pieces },
        Step::Product { with },
        Step::Sum { with },
        Step::Slice { start: count(), width },
        Step::Loss(black_box(Loss::SquaredError)),
    ];
    for step in steps {
        _ = black_box(shape::next(slice(), count(), count(), with, black_box(step)));
    }
}

/// All of these.
pub fn call<T: Real>() {
    sizes(network());
    sizes(black_box(&small()).view());
    owned(black_box(&small()));
    operations(black_box(&Operation::NONE));
    black_box(Register::number(register()));
    steps();
    black_box(NonZeroUsize::new(count()));

    let mut random = black_box(Random::new(black_box(1)));
    black_box(Random::stream(black_box(1), black_box(2)));
    random = Random::after(random, black_box(3));
    black_box(Random::bits(&mut random));
    black_box(Random::uniform(&mut random));
    black_box(Random::symmetric(&mut random, number()));
    black_box(Random::normal(&mut random));
    black_box(Random::below(&mut random, black_box(5)));
    Random::fill_normal::<T>(&mut random, slice());
    Random::fill_signs::<T>(&mut random, slice());
    Random::shuffle::<T>(&mut random, slice());

    for initialiser in [
        Initialiser::Glorot,
        Initialiser::ScaledGlorot(number()),
        Initialiser::Uniform(number()),
        Initialiser::Normal(number()),
        Initialiser::NormalEverywhere(number()),
        Initialiser::Zeros,
    ] {
        _ = black_box(initialise::initialise::<T>(&network(), black_box(initialiser), 1, slice()));
    }
    direction::random::<T>(black_box(1), black_box(2), slice());
    for normalisation in [Normalisation::Filter, Normalisation::Layer, Normalisation::None] {
        let keep_bias = black_box(true);
        _ = black_box(direction::normalise::<T>(
            &network(),
            black_box(normalisation),
            keep_bias,
            slice(),
            slice(),
        ));
    }
    _ = black_box(direction::orthogonalise::<T>(slice(), slice()));
    black_box(direction::unit::<T>(slice()));
    _ = black_box(trajectory::axis::<T>(slice(), slice(), slice()));
    _ = black_box(trajectory::place::<T>(slice(), slice(), slice(), number(), slice()));
    _ = black_box(length::expect_length::<T>("argument", slice(), count()));
    _ = black_box(length::expect_at_least::<T>("argument", slice(), count()));
    black_box(checksum::of(slice()));
    for schedule in [
        Schedule::Constant(number()),
        Schedule::Linear { from: number(), to: number(), steps: black_box(4) },
        Schedule::Geometric { from: number(), factor: number(), least: number() },
    ] {
        black_box(Schedule::at(black_box(&schedule), black_box(3)));
    }
    scalars::<T>();
}

/// Every function of a scalar.
fn scalars<T: Real>() {
    let x: T = number();
    black_box(T::from_f64(T::to_f64(x)));
    black_box((T::is_nan(x), T::is_finite(x)));
    black_box([T::abs(x), T::sqrt(x), T::exp(x), T::ln_1p(x), T::tanh(x), T::sigmoid(x)]);
    black_box([T::tanh_fast(x), T::sigmoid_fast(x)]);
    black_box([fast::tanh(number()), fast::sigmoid(number())]);
}
