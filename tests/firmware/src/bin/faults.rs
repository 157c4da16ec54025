//! Runs into a fault of the processor, which the host must see.

#![no_std]
#![no_main]

#[firmware::entry]
fn main() -> ! {
    firmware::undefined_instruction()
}
