//! Panics, which the host must see.

#![no_std]
#![no_main]

#[firmware::entry]
fn main() -> ! {
    firmware::run_items(|_, index, _| panic!("on purpose, at number {index}"))
}
