//! Learning by measured steps: the gradient, the curvature along it, and the step.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{PRODUCT, Small, THETA, curvature_step, run};

#[machine::entry]
fn main() -> ! {
    run(&[("curvature_step", |counter| curvature_step::<Small, 16, _, PRODUCT>(counter, *black_box(&THETA)))])
}
