//! Prints the golden file of the bare-metal items: `cargo run -p bare-metal --bin golden >
//! fixtures/golden/bare_metal.txt`.

use items::ITEMS;
use items::numbers::Digest;

fn main() {
    println!(
        "# what   the items of tests/bare-metal, one a line: name, count of 32-bit numbers, hash (FNV-1a, 64 bits)"
    );
    println!(
        "# from   cargo run -p bare-metal --bin golden (this build on the host): says what changed since it was made,"
    );
    println!("#        not what is right; the values are checked where each computation is tested");
    println!("# check  cargo test -p bare-metal --test golden_hashes");
    for item in ITEMS {
        let mut digest = Digest::default();
        (item.run)(&mut digest);
        println!("{} {} {:016x}", item.name, digest.count, digest.hash);
    }
}
