//! What every image shares: the start, the words it prints, and its end.
//!
//! An image says what it finds by semihosting, in lines:
//!
//! ```text
//! item NAME                 an item begins
//! 1a2b3c4d 5e6f7081 …       its numbers, 32 bits each, at most sixteen a line
//! end COUNT HASH            how many they were, and their FNV-1a hash of 64 bits
//! done ITEMS                how many items there were
//! ```
//!
//! and ends with exit status 0, [`PANIC`] or [`FAULT`].

#![no_std]

#[cfg(target_arch = "arm")]
mod arm;
#[cfg(target_arch = "riscv32")]
mod riscv;
pub mod transcript;

#[cfg(target_arch = "arm")]
pub use arm::{entry, undefined_instruction};
#[cfg(target_arch = "riscv32")]
pub use riscv::{entry, undefined_instruction};

#[cfg(target_arch = "arm")]
use arm::expect_default_floats;
#[cfg(target_arch = "riscv32")]
use riscv::expect_default_floats;

use core::panic::PanicInfo;

use items::items_within;
use items::numbers::Numbers;
use semihosting::experimental::env::args;
use semihosting::process::exit;
use transcript::Transcript;

/// The exit status after a panic.
pub const PANIC: i32 = 101;
/// The exit status after a fault of the processor.
pub const FAULT: i32 = 102;
/// Characters of the longest command line.
const LINE: usize = 256;

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
        (item.run)(&mut Changed { name: item.name, change, transcript: &mut transcript });
        transcript.end();
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

/// Says that the processor met a fault, and ends.
fn fault(what: &str) -> ! {
    semihosting::eprintln!("fault: {what}");
    exit(FAULT)
}

#[panic_handler]
fn panic(panic: &PanicInfo) -> ! {
    semihosting::eprintln!("{panic}");
    exit(PANIC)
}
