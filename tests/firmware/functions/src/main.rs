//! The instructions of tanh and the logistic function: libm's, and the named fast ones.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{Cost, run};
use machine::counter::Counter;
use thalweg_core::real::Real;

/// Inputs, evenly from −8 to 8.
const INPUTS: u8 = 64;

fn mean(counter: &Counter, function: impl Fn(f32) -> f32) -> Option<Cost> {
    Cost::mean((0..INPUTS).map(|number| {
        let x = black_box(f32::from(number) / 4.0 - 8.0);
        let mut y = f32::NAN;
        let taken = counter.measure(|| y = function(x));
        Cost::of(taken, 0, y.is_finite())
    }))
}

#[machine::entry]
fn main() -> ! {
    run(&[
        ("tanh", |counter| mean(counter, Real::tanh)),
        ("tanh_fast", |counter| mean(counter, Real::tanh_fast)),
        ("sigmoid", |counter| mean(counter, Real::sigmoid)),
        ("sigmoid_fast", |counter| mean(counter, Real::sigmoid_fast)),
    ])
}
