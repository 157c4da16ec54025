//! Measures nothing: what the frame of the other images takes.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{example, mean, run};
use machine::counter::Counter;

fn nothing(counter: &Counter) -> u64 {
    mean(|number| {
        let input = black_box(example::<16>(number));
        counter.instructions(|| _ = black_box(&input))
    })
}

#[machine::entry]
fn main() -> ! {
    run(&[("nothing", nothing)])
}
