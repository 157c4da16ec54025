//! Learning with momentum: a step in place that keeps a velocity.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{Small, THETA, TRAINING, momentum_step, run};

#[machine::entry]
fn main() -> ! {
    run(&[("momentum", |counter| momentum_step::<Small, 16, _, TRAINING>(counter, *black_box(&THETA)))])
}
