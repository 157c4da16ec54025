//! Cortex-M.

pub use cortex_m_rt::entry;
use cortex_m_rt::{ExceptionFrame, exception};

/// Panics unless subnormals, NaN and rounding are as at reset: not flushed, kept, to nearest.
#[cfg(target_abi = "eabihf")]
pub(crate) fn expect_default_floats() {
    use cortex_m::register::fpscr::{RMode, read};
    let state = read();
    assert!(!state.fz(), "FPSCR.FZ: subnormals are flushed");
    assert!(!state.dn(), "FPSCR.DN: NaN is replaced");
    assert!(state.rmode() == RMode::Nearest, "FPSCR.RMode: rounding is not to nearest");
}

/// Soft floats have no state.
#[cfg(not(target_abi = "eabihf"))]
pub(crate) fn expect_default_floats() {}

/// Ends in a fault.
pub fn undefined_instruction() -> ! {
    cortex_m::asm::udf()
}

#[allow(
    unsafe_code,
    reason = "the runtime asks for an unsafe function, as none may call it but the processor"
)]
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    semihosting::eprintln!("{frame:?}");
    crate::fault("HardFault")
}

#[allow(
    unsafe_code,
    reason = "the runtime asks for an unsafe function, as none may call it but the processor"
)]
#[exception]
unsafe fn DefaultHandler(number: i16) -> ! {
    semihosting::eprintln!("exception {number}");
    crate::fault("an exception that nobody handles")
}
