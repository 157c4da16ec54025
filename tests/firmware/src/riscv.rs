//! RISC-V with 32 bits, in machine mode.

pub use riscv_rt::entry;

/// Panics unless rounding is to nearest; subnormals and NaN have no switch.
#[cfg(target_feature = "f")]
#[expect(unsafe_code, reason = "no crate at hand reads this register")]
pub(crate) fn expect_default_floats() {
    let rounding: u32;
    // SAFETY: reads a control register that exists wherever `f` does; nothing else is touched.
    unsafe { core::arch::asm!("frrm {}", out(reg) rounding, options(nomem, nostack, preserves_flags)) };
    assert!(rounding == 0, "fcsr.frm: rounding is not to nearest");
}

/// Soft floats have no state.
#[cfg(not(target_feature = "f"))]
pub(crate) fn expect_default_floats() {}

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
