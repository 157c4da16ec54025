//! Calls itself, which the host must find in the image.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

#[cfg(target_arch = "arm")]
use cortex_m_rt::entry;
use probe::opaque::count;
#[cfg(target_arch = "riscv32")]
use riscv_rt::entry;

/// Goes down as far as nobody knows.
#[inline(never)]
fn descend(depth: usize) -> usize {
    if black_box(depth) == 0 { 0 } else { black_box(descend(depth - 1)) + count() }
}

#[entry]
fn main() -> ! {
    loop {
        black_box(descend(count()));
    }
}

/// Never called.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
