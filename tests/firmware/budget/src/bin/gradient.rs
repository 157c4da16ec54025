//! The gradient of one example.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{GRADIENT, Small, THETA, gradient, run};

#[machine::entry]
fn main() -> ! {
    run(&[("gradient", |counter| gradient::<Small, 16, _, GRADIENT>(counter, &{ *black_box(&THETA) }))])
}
