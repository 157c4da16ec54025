//! Inference: the forward sweep, with the parameters in flash.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{REGISTERS, Small, THETA, forward, run};

#[machine::entry]
fn main() -> ! {
    run(&[("forward", |counter| forward::<Small, 16, _, REGISTERS>(counter, black_box(&THETA)))])
}
