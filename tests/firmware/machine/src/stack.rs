//! How deep a computation reaches into the stack: the free part is painted, and looked at afterwards.

use crate::processor::{free_memory, stack_pointer};

/// What nobody writes by chance.
const PAINT: u32 = 0xa5c3_5a3c;

/// Runs `task`, and returns how many bytes below the caller it has written, at most `limit` rounded to words.
///
/// A word that is written with the paint itself, or not at all, is not seen.
#[inline(never)]
#[expect(unsafe_code, reason = "memory that no variable owns is written and read")]
pub fn depth(limit: usize, task: impl FnOnce()) -> usize {
    let top = stack_pointer();
    let bottom = free_memory().next_multiple_of(4).max(top.saturating_sub(limit) & !3);
    let words = bottom..top;
    for address in words.clone().step_by(4) {
        // SAFETY: the word lies between the last static and the stack pointer, where nothing lives: no
        // interrupt is on, no heap exists, and this loop calls nothing.
        unsafe { (address as *mut u32).write_volatile(PAINT) };
    }
    call(task);
    // SAFETY: as above; the frames of `task` that were there are gone.
    let clean =
        words.step_by(4).take_while(|&address| unsafe { (address as *const u32).read_volatile() } == PAINT);
    top - bottom - 4 * clean.count()
}

/// Calls a task as a function of its own, so that its frame lies below that of [`depth`].
#[inline(never)]
fn call(task: impl FnOnce()) {
    task();
}
