//! Prints what learning takes on each target: `cargo run --release -p emulated --bin budget`, or on those that
//! are named (`Cortex-M4F`). With `record` as its first argument it prints the lines of
//! `fixtures/golden/budget.txt` instead; with `recorded` alone, the tables of that file, without measuring.

use std::fs::read_to_string;
use std::path::Path;
use std::process::ExitCode;

use emulated::budget::{measure_all, on_record, record};
use emulated::tables::tables;

const HEAD: &str = "\
# what   the best measured so far: machine, optimisation, measurement, instructions, bytes of buffers, of stack
#        below the caller, of code (- where the image does more)
# from   cargo run --release -p emulated --bin budget record (QEMU -icount; rustc of this build)
# check  cargo test -p emulated --test budgets: a quarter off is a failure
";

/// What the program prints for these words.
fn answer(words: &[String]) -> Result<String, String> {
    match words.split_first() {
        Some((word, names)) if word == "record" => {
            measure_all(names).map(|rows| format!("{HEAD}{}", record(&rows)))
        }
        Some((word, [])) if word == "recorded" => {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/budget.txt");
            let text = read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            on_record(&text).map(|rows| tables(&rows))
        }
        _ => measure_all(words).map(|rows| tables(&rows)),
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match answer(&words) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("budget: {why}");
            ExitCode::FAILURE
        }
    }
}
