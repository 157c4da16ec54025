//! How many instructions a computation takes, by the emulator's clock.
//!
//! With `-icount shift=6` QEMU lets 64 ns pass with each instruction, and the timers of its machines count
//! that time. These are instructions, not cycles: no wait states, no caches, no dual issue.

use crate::processor::{NANOSECONDS, Timer};

/// Nanoseconds of an instruction.
const INSTRUCTION: u64 = 64;
/// Turns of the loop that is measured to see whether the clock counts instructions.
const TURNS: u32 = 1000;

/// Counts instructions.
pub struct Counter {
    timer: Timer,
    empty: u64,
}

impl Counter {
    /// A counter that has measured what a measurement itself takes.
    ///
    /// # Panics
    /// If the clock does not count instructions: the emulator was started without `-icount shift=6`.
    #[expect(clippy::new_without_default, reason = "it starts a timer")]
    #[must_use]
    pub fn new() -> Self {
        let mut counter = Self { timer: Timer::start(), empty: 0 };
        counter.empty = counter.nanoseconds(|| {});
        for turns in [TURNS, 4 * TURNS] {
            let found = counter.instructions(|| nothing(turns));
            let wanted = turns.into();
            assert!(found.abs_diff(wanted) <= 12, "the clock counts {found} instructions where {wanted} ran");
        }
        counter
    }

    fn nanoseconds(&self, task: impl FnOnce()) -> u64 {
        let start = self.timer.ticks();
        task();
        let ticks = Timer::between(start, self.timer.ticks());
        u64::from(ticks) * NANOSECONDS.0 / NANOSECONDS.1
    }

    /// The instructions that `task` takes, within one or two. The timer holds at least 2²³ instructions.
    pub fn instructions(&self, task: impl FnOnce()) -> u64 {
        self.nanoseconds(task).saturating_sub(self.empty).div_ceil(INSTRUCTION)
    }
}

/// Takes `count` instructions, and a few to come and go: blocks of eight with two that do nothing for the rest.
#[inline(never)]
#[expect(unsafe_code, reason = "instructions that must be counted cannot be written otherwise")]
fn nothing(count: u32) {
    for _ in 0..count / 8 {
        // SAFETY: these instructions do nothing; the loop itself takes two more, a subtraction and a branch.
        unsafe { core::arch::asm!("nop", "nop", "nop", "nop", "nop", "nop", options(nomem, nostack)) };
    }
}
