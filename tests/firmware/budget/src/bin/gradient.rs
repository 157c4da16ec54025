//! The gradient of one example.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{MANY, SMALL, THETA, gradient, mean, run};
use machine::counter::Counter;
use thalweg_core::cost::mean_cost::Ability;

fn small(counter: &Counter) -> u64 {
    let theta = *black_box(&THETA);
    let mut out = [0.0; SMALL.parameters()];
    let mut memory = [[0.0; 1]; SMALL.memory_rows(Ability::Gradient)];
    mean(MANY, |number| gradient::<16>(counter, SMALL.view(), &theta, number, (&mut out, &mut memory)))
}

#[machine::entry]
fn main() -> ! {
    run(&[("gradient", small)])
}
