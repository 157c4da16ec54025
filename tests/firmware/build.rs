//! Gives the linker the memory of the machine (`memory/TARGET.x`) and the runtime's script.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    let target = env::var("TARGET").expect("cargo names the target");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    let memory = format!("memory/{target}.x");
    fs::copy(&memory, folder.join("memory.x")).unwrap_or_else(|error| panic!("{memory}: {error}"));
    println!("cargo::rerun-if-changed={memory}");
    println!("cargo::rustc-link-search={}", folder.display());
    if target.starts_with("riscv") {
        println!("cargo::rustc-link-arg-bins=-Tmemory.x"); // the script for Cortex-M includes it itself
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-link-arg-bins=--nmagic");
}
