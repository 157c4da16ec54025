//! The exact product of the Hessian of one example with a vector.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{DIRECTION, PRODUCT, Small, THETA, product, run};

#[machine::entry]
fn main() -> ! {
    run(&[("product", |counter| {
        product::<Small, 16, _, PRODUCT>(counter, &{ *black_box(&THETA) }, &{ *black_box(&DIRECTION) })
    })])
}
