//! Whether work fits memory, before any of it is asked for.

/// The work needs more memory than the machine has to give.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{what} needs {:.1} GiB of memory, and {:.1} GiB are free; {instead}", gib(*.needed), gib(*.free))]
pub struct TooLarge {
    /// The work.
    pub what: &'static str,
    /// Bytes that it needs.
    pub needed: u128,
    /// Bytes that are free.
    pub free: u128,
    /// What can be done instead.
    pub instead: &'static str,
}

fn gib(bytes: u128) -> f64 {
    bytes as f64 / (1u64 << 30) as f64
}

/// The bytes that the system says are available, if it says so.
#[must_use]
pub fn available() -> Option<u128> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u128>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Answers whether `needed` bytes are there; a system that does not say is taken to have 4 GiB.
///
/// # Errors
/// [`TooLarge`], with both numbers.
pub fn expect_room(what: &'static str, needed: u128, instead: &'static str) -> Result<(), TooLarge> {
    let free = available().unwrap_or(4 << 30);
    if needed <= free { Ok(()) } else { Err(TooLarge { what, needed, free, instead }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_fit_is_refused_with_both_numbers() {
        assert!(expect_room("a byte", 1, "").is_ok());
        let error = expect_room("the whole spectrum", 1 << 70, "take the ends").unwrap_err().to_string();
        assert!(error.starts_with("the whole spectrum needs 1099511627776.0 GiB of memory, and "), "{error}");
        assert!(error.ends_with("free; take the ends"));
    }
}
