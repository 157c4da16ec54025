//! Links images with the runtime's script; the memory of the machine comes with the crate `machine`.

fn main() {
    let target = std::env::var("TARGET").expect("cargo names the target");
    if target.starts_with("riscv") {
        println!("cargo::rustc-link-arg-bins=-Tmemory.x"); // the script for Cortex-M includes it itself
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
}
