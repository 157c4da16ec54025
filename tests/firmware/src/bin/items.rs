//! Runs the items.

#![no_std]
#![no_main]

#[firmware::entry]
fn main() -> ! {
    firmware::run_items()
}
