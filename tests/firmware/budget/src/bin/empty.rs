//! Measures nothing, as the other images do: what their frame takes.

#![no_std]
#![no_main]

use core::hint::black_box;

use budget::{MANY, SMALL, THETA, labelled, mean, run};
use machine::counter::Counter;

fn nothing(counter: &Counter) -> u64 {
    let mut theta = *black_box(&THETA);
    let mut memory = [0.0_f32; SMALL.training_rows()];
    mean(MANY, |number| {
        let (input, label) = labelled::<16>(number);
        let mut taken = false;
        let instructions = counter.instructions(|| {
            black_box((&input, &label, &mut theta, &mut memory));
            taken = black_box(true);
        });
        assert!(taken);
        instructions
    })
}

fn frame(counter: &Counter) -> u64 {
    mean(MANY, |number| counter.instructions(|| _ = black_box(number)))
}

#[machine::entry]
fn main() -> ! {
    run(&[("nothing", nothing), ("frame", frame)])
}
