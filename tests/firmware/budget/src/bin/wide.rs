//! A network on whole digits, 784-16-10, and one layer of 64×64.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{DIGITS, FEW, SQUARE, forward, gradient, mean, product, run, step, weights};
use machine::counter::Counter;
use thalweg_core::cost::mean_cost::Ability;

const PARAMETERS: usize = DIGITS.parameters();

static THETA: [f32; PARAMETERS] = weights();
static LAYER: [f32; SQUARE.parameters()] = weights();

fn inference(counter: &Counter) -> u64 {
    let mut registers = [[0.0; 1]; DIGITS.view().register_rows()];
    mean(FEW, |number| forward::<784>(counter, DIGITS.view(), black_box(&THETA), number, &mut registers))
}

fn training(counter: &Counter) -> u64 {
    let mut theta = THETA;
    let mut memory = [0.0; DIGITS.training_rows()];
    mean(FEW, |number| step::<784>(counter, DIGITS.view(), &mut theta, number, &mut memory))
}

fn slopes(counter: &Counter) -> u64 {
    let mut out = [0.0; PARAMETERS];
    let mut memory = [[0.0; 1]; DIGITS.memory_rows(Ability::Gradient)];
    mean(FEW, |number| {
        gradient::<784>(counter, DIGITS.view(), black_box(&THETA), number, (&mut out, &mut memory))
    })
}

fn curvature(counter: &Counter) -> u64 {
    let v = THETA.map(|entry| 1.0 - entry);
    let mut out = [0.0; PARAMETERS];
    let mut memory = [[0.0; 1]; DIGITS.memory_rows(Ability::HessianVector)];
    mean(FEW, |number| product::<784>(counter, DIGITS.view(), (&THETA, &v), number, (&mut out, &mut memory)))
}

fn layer(counter: &Counter) -> u64 {
    let mut registers = [[0.0; 1]; SQUARE.view().register_rows()];
    mean(FEW, |number| forward::<64>(counter, SQUARE.view(), black_box(&LAYER), number, &mut registers))
}

#[machine::entry]
fn main() -> ! {
    run(&[
        ("wide_forward", inference),
        ("wide_step", training),
        ("wide_gradient", slopes),
        ("wide_product", curvature),
        ("layer", layer),
    ])
}
