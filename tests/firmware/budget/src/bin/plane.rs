//! The costs of one example over a plane of 3×3 points, with θ₀ and both directions in flash.

#![no_std]
#![no_main]

use budget::{MANY, SMALL, mean, plane, run};
use machine::counter::Counter;

fn small(counter: &Counter) -> u64 {
    let mut memory = [0.0; SMALL.on_the_fly_rows(2)];
    mean(MANY, |number| plane::<16>(counter, SMALL.view(), number, &mut memory))
}

#[machine::entry]
fn main() -> ! {
    run(&[("plane", small)])
}
