//! Runs the items with one bit of one number changed, which the host must find.

#![no_std]
#![no_main]

#[firmware::entry]
fn main() -> ! {
    firmware::run_items(|name, index, bits| if name == "libm/expf" && index == 17 { bits ^ 1 } else { bits })
}
