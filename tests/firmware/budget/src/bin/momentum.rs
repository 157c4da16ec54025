//! Learning with momentum: a step in place that keeps a velocity.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{MANY, SMALL, THETA, mean, momentum_step, run};
use machine::counter::Counter;

fn small(counter: &Counter) -> u64 {
    let mut theta = *black_box(&THETA);
    let mut velocity = [0.0; SMALL.parameters()];
    let mut memory = [0.0; SMALL.training_rows()];
    mean(MANY, |number| {
        momentum_step::<16>(counter, SMALL.view(), (&mut theta, &mut velocity), number, &mut memory)
    })
}

#[machine::entry]
fn main() -> ! {
    run(&[("momentum", small)])
}
