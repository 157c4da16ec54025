//! The costs of one example over a plane of 3×3 points, with θ₀ and both directions in flash.

#![no_std]
#![no_main]

use budget::{DIRECTION, ON_THE_FLY, Small, THETA, plane, run};

#[machine::entry]
fn main() -> ! {
    run(&[("plane", |counter| plane::<Small, 16, _, ON_THE_FLY>(counter, &THETA, &DIRECTION))])
}
