//! Whether what a run holds fits the memory that is free, asked before any of it is allocated.

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind};
use std::path::Path;

use sysinfo::System;

/// Something that does not fit the memory of this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("needs {} of memory, and {} are free; {advice}", bytes(*.needed), bytes((*.free).into()))]
pub struct TooLarge {
    /// Bytes that it needs.
    pub needed: u128,
    /// Bytes that are free.
    pub free: u64,
    /// What to do.
    pub advice: &'static str,
}

/// The bytes that a process can still take: of the machine, or of the control group it runs in.
///
/// [`u64::MAX`] on a system that does not tell.
#[must_use]
pub fn free() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let machine = match system.available_memory() {
        0 => u64::MAX,
        free => free,
    };
    system.cgroup_limits().map_or(machine, |group| group.free_memory.min(machine))
}

/// Says whether `needed` bytes fit.
///
/// # Errors
/// [`TooLarge`] with the bytes needed and those free.
pub fn expect_room(needed: u128, advice: &'static str) -> Result<(), TooLarge> {
    let free = free();
    if needed <= u128::from(free) {
        return Ok(());
    }
    Err(TooLarge { needed, free, advice })
}

/// The bytes of a file, if they fit the memory.
///
/// # Errors
/// What the system answers, or [`TooLarge`] as [`ErrorKind::OutOfMemory`].
pub fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let length = std::fs::metadata(path)?.len();
    expect_room(length.into(), "is this the right file?")
        .map_err(|error| Error::new(ErrorKind::OutOfMemory, error))?;
    std::fs::read(path)
}

/// A file to be read from its start, and its length, if as much fits the memory.
///
/// # Errors
/// What the system answers, or [`TooLarge`] as [`ErrorKind::OutOfMemory`].
pub fn open(path: &Path) -> std::io::Result<(BufReader<File>, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    expect_room(length.into(), "is this the right file?")
        .map_err(|error| Error::new(ErrorKind::OutOfMemory, error))?;
    Ok((BufReader::with_capacity(1 << 16, file), length))
}

/// A number of bytes as a person reads it.
#[must_use]
pub fn bytes(count: u128) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut size = count as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && size < 9.95);
    format!("{size:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_well() {
        assert_eq!(
            [0, 999, 1000, 9_960, 1_500_000_000].map(bytes),
            ["0 B", "999 B", "1.0 kB", "10 kB", "1.5 GB"]
        );
        assert_eq!(bytes(u128::MAX), "340282366920938356736 EB");
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_number() {
        assert!(free() > 0);
        assert_eq!(expect_room(1, "take fewer points"), Ok(()));
        let message = expect_room(1 << 100, "take fewer points").unwrap_err().to_string();
        assert!(message.starts_with("needs 1267650600228 EB of memory, and "), "{message}");
        assert!(message.ends_with(" are free; take fewer points"), "{message}");
    }
}
