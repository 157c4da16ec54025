//! Never ends, which the host must end.

#![no_std]
#![no_main]

#[firmware::entry]
fn main() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
