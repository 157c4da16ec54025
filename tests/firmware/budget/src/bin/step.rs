//! Learning: a step of descent in place, and the forward sweep.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{MANY, SMALL, THETA, forward, mean, run, step};
use machine::counter::Counter;

fn small(counter: &Counter) -> u64 {
    let mut theta = *black_box(&THETA);
    let mut memory = [0.0; SMALL.training_rows()];
    mean(MANY, |number| step::<16>(counter, SMALL.view(), &mut theta, number, &mut memory))
}

fn inference(counter: &Counter) -> u64 {
    let theta = *black_box(&THETA);
    let mut registers = [[0.0; 1]; SMALL.view().register_rows()];
    mean(MANY, |number| forward::<16>(counter, SMALL.view(), &theta, number, &mut registers))
}

#[machine::entry]
fn main() -> ! {
    run(&[("step", small), ("forward_beside", inference)])
}
