//! Everything the core can be asked for, in both precisions.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

#[cfg(target_arch = "arm")]
use cortex_m_rt::entry;
#[cfg(target_arch = "riscv32")]
use riscv_rt::entry;

#[entry]
fn main() -> ! {
    probe::everything::<f32>();
    probe::everything::<f64>();
    loop {
        core::hint::spin_loop();
    }
}

/// Never called: the linker finds no way here.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
