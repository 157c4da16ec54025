//! The exact product of the Hessian of one example with a vector.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{MANY, SMALL, THETA, mean, product, run};
use machine::counter::Counter;
use thalweg_core::cost::mean_cost::Ability;

fn small(counter: &Counter) -> u64 {
    let theta = *black_box(&THETA);
    let v = theta.map(|entry| 1.0 - entry);
    let mut out = [0.0; SMALL.parameters()];
    let mut memory = [[0.0; 1]; SMALL.memory_rows(Ability::HessianVector)];
    mean(MANY, |number| product::<16>(counter, SMALL.view(), (&theta, &v), number, (&mut out, &mut memory)))
}

#[machine::entry]
fn main() -> ! {
    run(&[("product", small)])
}
