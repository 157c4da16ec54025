//! What the images that run items share: the lines they print.
//!
//! An image says what it finds by semihosting, in lines:
//!
//! ```text
//! item NAME                 an item begins
//! 1a2b3c4d 5e6f7081 …       its numbers, 32 bits each, at most sixteen a line
//! end COUNT HASH            how many they were, and their FNV-1a hash of 64 bits
//! stack BYTES               how deep it reached into the stack, printing among it
//! done ITEMS                how many items there were
//! ```

#![no_std]

pub mod transcript;

pub use machine::{entry, undefined_instruction};

use items::items_within;
use items::numbers::Numbers;
use machine::expect_default_floats;
use machine::stack::depth;
use semihosting::experimental::env::args;
use semihosting::process::exit;
use transcript::Transcript;

/// Characters of the longest command line.
const LINE: usize = 256;
/// Bytes below an item's bound that are watched as well.
const BEYOND: usize = 1024;

/// The stack that items may take, in bytes: what the host says, or any.
fn stack() -> usize {
    let arguments = args::<LINE>().expect("the emulator gives its arguments");
    match (&arguments).nth(1) {
        None => usize::MAX,
        Some(word) => word.expect("words are UTF-8").parse().expect("the argument is a number of bytes"),
    }
}

/// Runs the items that fit the machine, prints their numbers and ends.
///
/// `change` sees each number (the item's name, the number's index, its bits) and returns what is printed.
pub fn run_items(change: fn(&str, u32, u32) -> u32) -> ! {
    expect_default_floats();
    let mut transcript = Transcript::new();
    for item in items_within(stack()) {
        transcript.begin(item.name);
        let depth = depth(item.stack + BEYOND, || {
            (item.run)(&mut Changed { name: item.name, change, transcript: &mut transcript });
        });
        transcript.end(depth);
    }
    transcript.done();
    exit(0)
}

/// Numbers on their way to a transcript, each through a function.
struct Changed<'a> {
    name: &'a str,
    change: fn(&str, u32, u32) -> u32,
    transcript: &'a mut Transcript,
}

impl Numbers for Changed<'_> {
    fn bits(&mut self, bits: u32) {
        let index = self.transcript.count();
        self.transcript.bits((self.change)(self.name, index, bits));
    }
}
