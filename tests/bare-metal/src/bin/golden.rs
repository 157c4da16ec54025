//! Prints the golden file of the bare-metal items: `cargo run --release -p bare-metal --bin golden >
//! fixtures/golden/bare_metal.txt`.

use items::ITEMS;
use items::numbers::{Digest, Numbers};

/// Prints numbers, sixteen a line, as firmware does.
#[derive(Default)]
struct Lines {
    digest: Digest,
    line: String,
}

impl Lines {
    fn end(&mut self) {
        if !self.line.is_empty() {
            println!("{}", self.line.trim_end());
        }
        println!("end {} {:016x}", self.digest.count, self.digest.hash);
    }
}

impl Numbers for Lines {
    fn bits(&mut self, bits: u32) {
        self.digest.bits(bits);
        self.line.push_str(&format!("{bits:08x} "));
        if self.digest.count.is_multiple_of(16) {
            println!("{}", self.line.trim_end());
            self.line.clear();
        }
    }
}

fn main() {
    println!(
        "# what   every number of the items of tests/bare-metal: name, numbers in hexadecimal, their count and"
    );
    println!("#        hash (FNV-1a, 64 bits)");
    println!(
        "# from   cargo run --release -p bare-metal --bin golden (this build on the host): says what changed since"
    );
    println!(
        "#        it was made, not what is right; the values are checked where each computation is tested"
    );
    println!("# check  cargo test -p emulated --test golden");
    for item in ITEMS {
        println!("item {}", item.name);
        let mut lines = Lines::default();
        (item.run)(&mut lines);
        lines.end();
    }
    println!("done {}", ITEMS.len());
}
