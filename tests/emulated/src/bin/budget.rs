//! Prints what learning takes on each target: `cargo run --release -p emulated --bin budget`, or on those that
//! are named (`Cortex-M4F`); with `record` as its first argument the lines of `fixtures/golden/budget.txt`.

use std::process::ExitCode;

use emulated::budget::{measure_all, record, tables};

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let wants_record = words.first().is_some_and(|word| word == "record");
    if wants_record {
        words.remove(0);
    }
    match measure_all(&words) {
        Ok(rows) if wants_record => {
            println!(
                "# what   the best measured so far: machine, optimisation, measurement, instructions, bytes of"
            );
            println!("#        memory, bytes of code (- where the image does more)");
            println!(
                "# from   cargo run --release -p emulated --bin budget record (QEMU -icount; rustc of this build)"
            );
            println!("# check  cargo test -p emulated --test budgets: a quarter above is a failure");
            print!("{}", record(&rows));
            ExitCode::SUCCESS
        }
        Ok(rows) => {
            print!("{}", tables(&rows));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("budget: {why}");
            ExitCode::FAILURE
        }
    }
}
