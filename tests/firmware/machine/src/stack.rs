//! How deep a computation reaches into the stack: the free part is painted, and looked at afterwards.

use core::hint::black_box;
use core::mem::forget;
use core::ops::Range;

use crate::processor::{free_memory, stack_pointer};

/// What nobody writes by chance.
const PAINT: u32 = 0xa5c3_5a3c;

/// The part of the stack below a function, painted.
pub(crate) struct Painted(Range<usize>);

impl Painted {
    /// Paints `limit` bytes below the caller, rounded to words, or all that is free.
    #[inline(always)]
    #[expect(unsafe_code, reason = "memory that no variable owns is written")]
    pub(crate) fn new(limit: usize) -> Self {
        let top = stack_pointer();
        let bottom = free_memory().next_multiple_of(4).max(top.saturating_sub(limit) & !3);
        for address in (bottom..top).step_by(4) {
            // SAFETY: the word lies between the last static and the stack pointer, where nothing lives: no
            // interrupt is on, no heap exists, and this loop calls nothing.
            unsafe { (address as *mut u32).write_volatile(PAINT) };
        }
        Self(bottom..top)
    }

    /// How many bytes below the caller have been written since. A word that was written with the paint itself, or
    /// not at all, is not seen.
    #[inline(always)]
    #[expect(unsafe_code, reason = "memory that no variable owns is read")]
    pub(crate) fn depth(self) -> usize {
        let words = self.0.clone().step_by(4);
        // SAFETY: as above; the frames that were there are gone.
        let clean =
            words.take_while(|&address| unsafe { (address as *const u32).read_volatile() } == PAINT).count();
        self.0.len() - 4 * clean
    }
}

/// Runs `task`, and returns how many bytes below the caller it has written, at most `limit` rounded to words.
#[inline(never)]
pub fn depth(limit: usize, task: impl FnOnce()) -> usize {
    let painted = Painted::new(limit);
    call(task);
    painted.depth()
}

/// Calls a task as a function of its own, whose frame is the task's; the host finds it by this name. With the
/// feature `hollow` nobody calls the task, and the linker leaves it out.
#[inline(never)]
pub(crate) fn call(task: impl FnOnce()) {
    if cfg!(feature = "hollow") {
        black_box(&task);
        forget(task);
    } else {
        task();
    }
}
