//! How many instructions a computation takes, by the emulator's clock.
//!
//! With `-icount shift=6` QEMU lets 64 ns pass with each instruction, and the timers of its machines count
//! that time. These are instructions, not cycles: no wait states, no caches, no dual issue.

use crate::processor::{NANOSECONDS, Timer};
use crate::stack::{Painted, call};

/// Nanoseconds of an instruction.
const INSTRUCTION: u64 = 64;
/// Bytes of stack that are watched below a task: more than any takes, whose buffers are the caller's.
const WATCHED: usize = 16 << 10;
/// Turns of the loop that is measured to see whether the clock counts instructions.
const TURNS: u32 = 1000;

/// Counts instructions.
pub struct Counter {
    timer: Timer,
    empty: u64,
}

/// What a task took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Instructions, within one or two.
    pub instructions: u64,
    /// Bytes of stack below the caller.
    pub stack: usize,
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
            let found = counter.instructions(counter.nanoseconds(|| nothing(turns)));
            let wanted = turns.into();
            assert!(found.abs_diff(wanted) <= 12, "the clock counts {found} instructions where {wanted} ran");
        }
        counter
    }

    #[inline(always)]
    fn nanoseconds(&self, task: impl FnOnce()) -> u64 {
        let start = self.timer.ticks();
        task();
        let ticks = Timer::between(start, self.timer.ticks());
        u64::from(ticks) * NANOSECONDS.0 / NANOSECONDS.1
    }

    fn instructions(&self, nanoseconds: u64) -> u64 {
        nanoseconds.saturating_sub(self.empty).div_ceil(INSTRUCTION)
    }

    /// Runs `task`, the call among its instructions. The timer holds at least 2²³ of them.
    #[inline(never)]
    pub fn measure(&self, task: impl FnOnce()) -> Taken {
        let painted = Painted::new(WATCHED);
        let nanoseconds = self.nanoseconds(|| call(task));
        let stack = painted.depth();
        Taken { instructions: self.instructions(nanoseconds), stack }
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
