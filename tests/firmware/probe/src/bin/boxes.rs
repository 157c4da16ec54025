//! Allocates, which the host must find in the image.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::hint::black_box;
use core::panic::PanicInfo;

#[cfg(target_arch = "arm")]
use cortex_m_rt::entry;
use probe::opaque::count;
#[cfg(target_arch = "riscv32")]
use riscv_rt::entry;

/// An allocator that has nothing to give.
struct Nothing;

#[expect(unsafe_code, reason = "an allocator cannot be written otherwise")]
// SAFETY: it never hands out memory.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        black_box(core::ptr::null_mut())
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NOTHING: Nothing = Nothing;

#[entry]
fn main() -> ! {
    loop {
        black_box(Box::new(count()));
    }
}

/// Where a failed allocation leads.
#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
