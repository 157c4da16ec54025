//! Learns a drifting task by measured steps, and says so: `tests/bare-metal/src/drift.rs`.

#![no_std]
#![no_main]

use core::fmt::{self, Write};

use heapless::String;
use semihosting::io::{Stdout, Write as _, stdout};
use semihosting::process::exit;

/// A line in the making, since each call of semihosting is slow.
struct Lines {
    line: String<64>,
    out: Stdout,
}

impl Write for Lines {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive('\n') {
            self.line.push_str(part).map_err(|_| fmt::Error)?;
            if part.ends_with('\n') {
                self.out.write_all(self.line.as_bytes()).map_err(|_| fmt::Error)?;
                self.line.clear();
            }
        }
        Ok(())
    }
}

#[firmware::entry]
fn main() -> ! {
    let out = stdout().expect("the emulator has semihosting");
    items::drift::report(&mut Lines { line: String::new(), out }).expect("a line fits, and goes out");
    exit(0)
}
