//! The check at the door: one slice, one wanted length.

use core::fmt;

/// A slice does not have the length that the call asks for. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongLength {
    /// The name of the argument.
    pub argument: &'static str,
    /// The number of entries that the call needs.
    pub needed: usize,
    /// The number of entries that it was given.
    pub found: usize,
}

impl fmt::Display for WrongLength {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` needs {} entries, has {}", self.argument, self.needed, self.found)
    }
}

impl core::error::Error for WrongLength {}

/// Answers whether `slice` has exactly `needed` entries.
///
/// # Errors
/// [`WrongLength`], naming `argument`, if it has not.
pub const fn expect_length<T>(argument: &'static str, slice: &[T], needed: usize) -> Result<(), WrongLength> {
    if slice.len() == needed { Ok(()) } else { Err(WrongLength { argument, needed, found: slice.len() }) }
}

/// Answers whether `slice` has at least `needed` entries: scratch memory may be larger.
///
/// # Errors
/// [`WrongLength`], naming `argument`, if it is shorter.
pub const fn expect_at_least<T>(
    argument: &'static str,
    slice: &[T],
    needed: usize,
) -> Result<(), WrongLength> {
    if slice.len() >= needed { Ok(()) } else { Err(WrongLength { argument, needed, found: slice.len() }) }
}

/// Copies what both slices have: `copy_from_slice` that cannot panic.
pub(crate) fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn the_message_names_the_argument_and_both_lengths() {
        let error = expect_length("scratch", &[0.0; 3], 4).unwrap_err();
        assert_eq!(error.to_string(), "`scratch` needs 4 entries, has 3");
    }
}
