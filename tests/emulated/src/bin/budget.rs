//! Prints what learning takes on each target: `cargo run --release -p emulated --bin budget`; with `record`
//! as its argument the lines of `fixtures/golden/budget.txt`.

use std::process::ExitCode;

use emulated::budget::{measure_all, record, tables};

fn main() -> ExitCode {
    let wants_record = std::env::args().nth(1).is_some_and(|word| word == "record");
    match measure_all() {
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
