//! Inference: the forward sweep, with the parameters in flash.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{MANY, SMALL, THETA, forward, mean, run};
use machine::counter::Counter;

fn small(counter: &Counter) -> u64 {
    let mut registers = [[0.0; 1]; SMALL.view().register_rows()];
    mean(MANY, |number| forward::<16>(counter, SMALL.view(), black_box(&THETA), number, &mut registers))
}

#[machine::entry]
fn main() -> ! {
    run(&[("forward", small)])
}
