//! A network on whole digits, 784-16-10, and one layer of 64×64.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{Digits, Model, Square, forward, gradient, product, run, step, weights};
use thalweg_core::cost::mean_cost::Ability;
use thalweg_core::network::View;

const NETWORK: View<'static> = Digits::NETWORK;
const REGISTERS: usize = NETWORK.register_rows();
const TRAINING: usize = NETWORK.training_rows();
const GRADIENT: usize = NETWORK.memory_rows(Ability::Gradient);
const PRODUCT: usize = NETWORK.memory_rows(Ability::HessianVector);
const LAYER: usize = Square::NETWORK.register_rows();

static THETA: [f32; NETWORK.parameters()] = weights(2015);
static DIRECTION: [f32; NETWORK.parameters()] = weights(2016);
static MATRIX: [f32; Square::NETWORK.parameters()] = weights(2015);

#[machine::entry]
fn main() -> ! {
    run(&[
        ("wide_forward", |counter| forward::<Digits, 784, _, REGISTERS>(counter, black_box(&THETA))),
        ("wide_step", |counter| step::<Digits, 784, _, TRAINING>(counter, *black_box(&THETA))),
        ("wide_gradient", |counter| gradient::<Digits, 784, _, GRADIENT>(counter, black_box(&THETA))),
        ("wide_product", |counter| {
            product::<Digits, 784, _, PRODUCT>(counter, black_box(&THETA), black_box(&DIRECTION))
        }),
        ("layer", |counter| forward::<Square, 64, _, LAYER>(counter, black_box(&MATRIX))),
    ])
}
