//! What every image shares: the start, its end, the depth of the stack and the count of instructions.
//!
//! An image ends with exit status 0, [`PANIC`] or [`FAULT`].

#![no_std]

#[cfg(target_arch = "arm")]
mod arm;
#[cfg(target_arch = "riscv32")]
mod riscv;
pub mod counter;
pub mod stack;

#[cfg(target_arch = "arm")]
pub use arm::{entry, expect_default_floats, undefined_instruction};
#[cfg(target_arch = "riscv32")]
pub use riscv::{entry, expect_default_floats, undefined_instruction};

#[cfg(target_arch = "arm")]
use arm as processor;
#[cfg(target_arch = "riscv32")]
use riscv as processor;

use core::panic::PanicInfo;

use semihosting::process::exit;

/// The exit status after a panic.
pub const PANIC: i32 = 101;
/// The exit status after a fault of the processor.
pub const FAULT: i32 = 102;

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
