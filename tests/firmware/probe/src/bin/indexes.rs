//! Indexes a slice without a check, which the host must find in the image.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

#[cfg(target_arch = "arm")]
use cortex_m_rt::entry;
use probe::opaque::{count, slice};
#[cfg(target_arch = "riscv32")]
use riscv_rt::entry;

#[entry]
fn main() -> ! {
    let numbers: &[f32] = slice();
    loop {
        black_box(numbers[count()]);
    }
}

/// Where the index leads.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
