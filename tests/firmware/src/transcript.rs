//! The lines that an image prints, one semihosting call each, since a call is slow.

use core::fmt::Write;

use items::numbers::{Digest, Numbers};
use semihosting::io::{Stdout, Write as _, stdout};

/// Characters of the longest line: sixteen numbers of eight digits and a separator.
const WIDTH: usize = 16 * 9;

/// The line in the making, and the digest of the item it belongs to.
pub struct Transcript {
    line: [u8; WIDTH],
    used: usize,
    digest: Digest,
    items: u32,
    out: Stdout,
}

impl Transcript {
    /// An empty transcript.
    ///
    /// # Panics
    /// If the emulator has no semihosting.
    #[expect(clippy::new_without_default, reason = "it opens the output")]
    #[must_use]
    pub fn new() -> Self {
        let out = stdout().expect("the emulator opens its output");
        Self { line: [0; WIDTH], used: 0, digest: Digest::default(), items: 0, out }
    }

    /// Begins the item of this name.
    pub fn begin(&mut self, name: &str) {
        self.digest = Digest::default();
        self.print(format_args!("item {name}"));
    }

    /// How many items have ended.
    #[must_use]
    pub fn items(&self) -> u32 {
        self.items
    }

    /// How many numbers the item has so far.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.digest.count
    }

    /// Ends the item, which reached `depth` bytes into the stack.
    pub fn end(&mut self, depth: usize) {
        if self.used > 0 {
            self.flush();
        }
        self.items += 1;
        let Digest { count, hash } = self.digest;
        self.print(format_args!("end {count} {hash:016x}"));
        self.print(format_args!("stack {depth}"));
    }

    /// Ends the transcript.
    pub fn done(&mut self) {
        let items = self.items;
        self.print(format_args!("done {items}"));
    }

    fn print(&mut self, line: core::fmt::Arguments) {
        self.write_fmt(line).expect("the line is short");
        self.write_char(' ').expect("the line is short");
        self.flush();
    }

    /// Prints the line, its last space as a line feed.
    fn flush(&mut self) {
        self.line[self.used - 1] = b'\n';
        self.out.write_all(&self.line[..self.used]).expect("the emulator takes a line");
        self.used = 0;
    }
}

impl Numbers for Transcript {
    fn bits(&mut self, bits: u32) {
        self.digest.bits(bits);
        write!(self, "{bits:08x} ").expect("the line has room for sixteen numbers");
        if self.used == WIDTH {
            self.flush();
        }
    }
}

impl Write for Transcript {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.used + text.len();
        self.line.get_mut(self.used..end).ok_or(core::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.used = end;
        Ok(())
    }
}
