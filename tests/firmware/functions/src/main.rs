//! The instructions of tanh and the logistic function: libm's, and the named fast ones.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{mean, run};
use machine::counter::Counter;
use thalweg_core::real::Real;

/// Inputs, evenly from −8 to 8.
const INPUTS: usize = 64;

fn instructions(counter: &Counter, function: fn(f32) -> f32) -> u64 {
    mean(INPUTS, |number| {
        let x = black_box(number as f32 / 4.0 - 8.0);
        let mut y = 0.0;
        let instructions = counter.instructions(|| y = function(x));
        black_box(y);
        instructions
    })
}

#[machine::entry]
fn main() -> ! {
    run(&[
        ("tanh", |counter| instructions(counter, Real::tanh)),
        ("tanh_fast", |counter| instructions(counter, Real::tanh_fast)),
        ("sigmoid", |counter| instructions(counter, Real::sigmoid)),
        ("sigmoid_fast", |counter| instructions(counter, Real::sigmoid_fast)),
    ])
}
