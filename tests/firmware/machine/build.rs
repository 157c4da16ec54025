//! Gives the linker the memory of the machine, and says which timer and which state it has.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=memory");
    println!("cargo::rustc-check-cfg=cfg(systick, ltpsize)");
    let target = env::var("TARGET").expect("cargo names the target");
    if target.starts_with("thumbv8m") {
        println!("cargo::rustc-cfg=systick");
        println!("cargo::rustc-cfg=ltpsize");
    }
    let roomy = env::var_os("CARGO_FEATURE_ROOMY").is_some() && target == "thumbv6m-none-eabi";
    let memory = format!("memory/{}.x", if roomy { "thumbv7m-none-eabi" } else { &target });
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names the output folder"));
    fs::copy(&memory, folder.join("memory.x")).unwrap_or_else(|error| panic!("{memory}: {error}"));
    println!("cargo::rustc-link-search={}", folder.display());
}
