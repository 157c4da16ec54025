//! RISC-V with 32 bits, in machine mode.

pub use riscv_rt::entry;

/// Panics unless rounding is to nearest; subnormals and NaN have no switch.
#[cfg(target_feature = "f")]
#[expect(unsafe_code, reason = "no crate at hand reads this register")]
pub fn expect_default_floats() {
    let rounding: u32;
    // SAFETY: reads a control register that exists wherever `f` does; nothing else is touched.
    unsafe { core::arch::asm!("frrm {}", out(reg) rounding, options(nomem, nostack, preserves_flags)) };
    assert!(rounding == 0, "fcsr.frm: rounding is not to nearest");
}

/// Soft floats have no state.
#[cfg(not(target_feature = "f"))]
pub fn expect_default_floats() {}

/// Ends in a fault.
#[expect(unsafe_code, reason = "an undefined instruction cannot be written otherwise")]
pub fn undefined_instruction() -> ! {
    // SAFETY: the instruction traps; the handler below never returns.
    unsafe { core::arch::asm!("unimp", options(noreturn)) }
}

#[expect(unsafe_code, reason = "the runtime finds its handler by this name")]
// SAFETY: the name and the signature are those that riscv-rt documents for it.
#[unsafe(export_name = "ExceptionHandler")]
fn exception(frame: &riscv_rt::TrapFrame) -> ! {
    semihosting::eprintln!("{frame:?}");
    crate::fault("exception")
}

#[expect(unsafe_code, reason = "the runtime finds its handler by this name")]
// SAFETY: the name and the signature are those that riscv-rt documents for it.
#[unsafe(export_name = "DefaultHandler")]
fn interrupt() -> ! {
    crate::fault("an interrupt that nobody handles")
}

/// Where the free memory begins, in which the stack grows down.
pub(crate) fn free_memory() -> usize {
    riscv_rt::heap_start() as usize
}

/// The stack pointer of the caller.
#[inline(always)]
#[expect(unsafe_code, reason = "a register cannot be read otherwise")]
pub(crate) fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register; nothing else is touched.
    unsafe { core::arch::asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// Nanoseconds of a tick, as a fraction.
pub(crate) const NANOSECONDS: (u64, u64) = (1, 1);

/// The processor's own count, in which QEMU gives its time in nanoseconds.
pub(crate) struct Timer;

impl Timer {
    pub(crate) const fn start() -> Self {
        Self
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "no crate at hand reads this register")]
    pub(crate) fn ticks(&self) -> u32 {
        let count: u32;
        // SAFETY: reads a counter; nothing else is touched.
        unsafe {
            core::arch::asm!("csrr {}, minstret", out(reg) count, options(nomem, nostack, preserves_flags))
        };
        count
    }

    pub(crate) const fn between(start: u32, end: u32) -> u32 {
        end.wrapping_sub(start)
    }
}
