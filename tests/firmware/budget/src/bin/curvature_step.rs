//! Learning by measured steps: the gradient, the curvature along it, and the step.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{MANY, SMALL, THETA, curvature_step, mean, run};
use machine::counter::Counter;
use thalweg_core::cost::mean_cost::Ability;

fn small(counter: &Counter) -> u64 {
    let mut theta = *black_box(&THETA);
    let mut gradient = [0.0; SMALL.parameters()];
    let mut memory = [[0.0; 1]; SMALL.memory_rows(Ability::HessianVector)];
    mean(MANY, |number| {
        curvature_step::<16>(counter, SMALL.view(), &mut theta, number, (&mut gradient, &mut memory))
    })
}

#[machine::entry]
fn main() -> ! {
    run(&[("curvature_step", small)])
}
