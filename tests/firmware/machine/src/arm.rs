//! Cortex-M.

pub use cortex_m_rt::entry;
use cortex_m_rt::{ExceptionFrame, exception};

#[cfg(not(systick))]
pub(crate) use cmsdk::{NANOSECONDS, Timer};
#[cfg(systick)]
pub(crate) use systick::{NANOSECONDS, Timer};

/// Panics unless subnormals, NaN and rounding are as at reset: not flushed, kept, to nearest; and, where the
/// processor has vectors, unless no loop is predicated.
#[cfg(target_abi = "eabihf")]
pub fn expect_default_floats() {
    use cortex_m::register::fpscr::{RMode, read};
    let state = read();
    assert!(!state.fz(), "FPSCR.FZ: subnormals are flushed");
    assert!(!state.dn(), "FPSCR.DN: NaN is replaced");
    assert!(state.rmode() == RMode::Nearest, "FPSCR.RMode: rounding is not to nearest");
    #[cfg(ltpsize)]
    assert!((state.bits() >> 16) & 7 == 4, "FPSCR.LTPSIZE: loops are predicated");
}

/// Soft floats have no state.
#[cfg(not(target_abi = "eabihf"))]
pub fn expect_default_floats() {}

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

/// Where the free memory begins, in which the stack grows down.
pub(crate) fn free_memory() -> usize {
    cortex_m_rt::heap_start() as usize
}

/// The stack pointer of the caller.
#[inline(always)]
#[expect(unsafe_code, reason = "a register cannot be read otherwise on every Cortex-M")]
pub(crate) fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register; nothing else is touched.
    unsafe { core::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags)) };
    pointer
}

/// The first timer of the mps2 boards: 25 MHz, 32 bits, counting down.
#[cfg(not(systick))]
mod cmsdk {
    /// Nanoseconds of a tick, as a fraction.
    pub(crate) const NANOSECONDS: (u64, u64) = (40, 1);
    const CONTROL: *mut u32 = 0x4000_0000 as *mut u32;
    const VALUE: *mut u32 = 0x4000_0004 as *mut u32;
    const RELOAD: *mut u32 = 0x4000_0008 as *mut u32;

    /// A timer that runs.
    pub(crate) struct Timer;

    #[expect(unsafe_code, reason = "the registers of the timer have no other name")]
    impl Timer {
        pub(crate) fn start() -> Self {
            // SAFETY: the addresses are the timer's, which nobody else uses.
            unsafe {
                RELOAD.write_volatile(u32::MAX);
                VALUE.write_volatile(u32::MAX);
                CONTROL.write_volatile(1);
            }
            Self
        }

        #[inline(always)]
        pub(crate) fn ticks(&self) -> u32 {
            // SAFETY: as above.
            unsafe { VALUE.read_volatile() }
        }

        pub(crate) const fn between(start: u32, end: u32) -> u32 {
            start.wrapping_sub(end)
        }
    }
}

/// The processor's own timer, which the mps3-an547 runs at 32 MHz: 24 bits, counting down.
#[cfg(systick)]
mod systick {
    use cortex_m::peripheral::SYST;
    use cortex_m::peripheral::syst::SystClkSource;

    /// Nanoseconds of a tick, as a fraction.
    pub(crate) const NANOSECONDS: (u64, u64) = (125, 4);
    const BITS: u32 = 0x00ff_ffff;

    /// A timer that runs.
    pub(crate) struct Timer;

    impl Timer {
        pub(crate) fn start() -> Self {
            let mut peripherals = cortex_m::Peripherals::take().expect("there is one counter");
            peripherals.SYST.set_clock_source(SystClkSource::Core);
            peripherals.SYST.set_reload(BITS);
            peripherals.SYST.clear_current();
            peripherals.SYST.enable_counter();
            Self
        }

        #[inline(always)]
        pub(crate) fn ticks(&self) -> u32 {
            SYST::get_current()
        }

        pub(crate) const fn between(start: u32, end: u32) -> u32 {
            start.wrapping_sub(end) & BITS
        }
    }
}
