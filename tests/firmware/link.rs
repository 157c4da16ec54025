//! Links images with the runtime's script; the memory of the machine comes with the crate `machine`.

/// Functions that move and clear memory, which a compiler calls by itself: all are in every image, so that the
/// difference of two images holds none.
const MEMORY: [&str; 3] = ["memcpy", "memmove", "memset"];
/// The names under which Arm's compilers call them as well.
const ARM: [&str; 8] = [
    "__aeabi_memcpy",
    "__aeabi_memcpy4",
    "__aeabi_memcpy8",
    "__aeabi_memclr",
    "__aeabi_memclr4",
    "__aeabi_memclr8",
    "__aeabi_memmove",
    "__aeabi_memset",
];

fn main() {
    let target = std::env::var("TARGET").expect("cargo names the target");
    let riscv = target.starts_with("riscv");
    if riscv {
        println!("cargo::rustc-link-arg-bins=-Tmemory.x"); // the script for Cortex-M includes it itself
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
    for name in MEMORY.iter().chain(ARM.iter().filter(|_| !riscv)) {
        println!("cargo::rustc-link-arg-bins=--undefined={name}");
    }
}
