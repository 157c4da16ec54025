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

/// Runs the items that fit the machine, prints their numbers and ends.
///
/// The host's words are the stack that items may take, in bytes, and what shall go wrong: `nothing`; `bit`, and
/// number 17 of the second item is changed in one bit; `panic`, and the first number panics.
pub fn run_items() -> ! {
    expect_default_floats();
    let arguments = args::<LINE>().expect("the emulator gives its arguments");
    let mut words = (&arguments).map(|word| word.expect("words are UTF-8")).skip(1);
    let stack = words.next().and_then(|word| word.parse().ok()).expect("the first word is a number of bytes");
    let change: fn(u32, u32, u32) -> u32 = match words.next().expect("there is a second word") {
        "bit" => |item, index, bits| if (item, index) == (1, 17) { bits ^ 1 } else { bits },
        "panic" => |_, index, _| panic!("on purpose, at number {index}"),
        _ => |_, _, bits| bits,
    };
    let mut transcript = Transcript::new();
    for item in items_within(stack) {
        transcript.begin(item.name);
        let depth = depth(item.stack + BEYOND, || {
            (item.run)(&mut Changed { change, transcript: &mut transcript });
        });
        transcript.end(depth);
    }
    transcript.done();
    exit(0)
}

/// Numbers on their way to a transcript, each through a function.
struct Changed<'a> {
    change: fn(u32, u32, u32) -> u32,
    transcript: &'a mut Transcript,
}

impl Numbers for Changed<'_> {
    fn bits(&mut self, bits: u32) {
        let (item, index) = (self.transcript.items(), self.transcript.count());
        self.transcript.bits((self.change)(item, index, bits));
    }
}
