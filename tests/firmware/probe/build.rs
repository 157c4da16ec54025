//! Links images with the runtime's script and the memory of the machine, but without the crate `machine`, whose
//! words at the end hold what no image of the probe may hold.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let target = env::var("TARGET").expect("cargo names the target");
    // no image of the probe runs, and all of the core fits only the roomiest map
    let roomy = if target.starts_with("thumb") { "thumbv7m-none-eabi" } else { &target };
    let memory = format!("../machine/memory/{roomy}.x");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    fs::copy(&memory, folder.join("memory.x")).unwrap_or_else(|error| panic!("{memory}: {error}"));
    println!("cargo::rerun-if-changed={memory}");
    println!("cargo::rustc-link-search={}", folder.display());
    if target.starts_with("riscv") {
        println!("cargo::rustc-link-arg-bins=-Tmemory.x"); // the script for Cortex-M includes it itself
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
}
