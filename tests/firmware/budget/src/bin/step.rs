//! Learning: a step of descent in place, and the forward sweep, both with the parameters in memory.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{Cost, REGISTERS, Small, THETA, TRAINING, forward, run, step};
use machine::counter::Counter;

/// The forward sweep of a device that learns.
fn inference(counter: &Counter) -> Option<Cost> {
    let theta = *black_box(&THETA);
    let cost = forward::<Small, 16, _, REGISTERS>(counter, &theta)?;
    Some(Cost { buffers: cost.buffers + size_of_val(&theta), ..cost })
}

#[machine::entry]
fn main() -> ! {
    run(&[
        ("step", |counter| step::<Small, 16, _, TRAINING>(counter, *black_box(&THETA))),
        ("forward_beside", inference),
    ])
}
