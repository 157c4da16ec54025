//! Prints the bytes that images take in flash, a line each: `cargo run --release -p emulated --bin flash FILE…`.

use std::path::Path;
use std::process::ExitCode;

use emulated::image::flash;

fn main() -> ExitCode {
    for file in std::env::args().skip(1) {
        match flash(Path::new(&file)) {
            Ok(bytes) => println!("{bytes}"),
            Err(why) => {
                eprintln!("flash: {why}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
