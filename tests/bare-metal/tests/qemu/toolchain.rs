//! Building for machines without an operating system.

use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::machine::targets;

/// Where this package's own build puts its output.
fn output() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("`tmp` is inside the output folder")
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Builds for all targets, as `tests/install` has arranged it: with cargo's own libraries, or as the lines
/// `NAME=VALUE` of `firmware-toolchain` in the output folder say (`CARGO` is the program, `FLAGS` are
/// arguments, all else is environment).
fn build(manifest: &str, arguments: &[&str]) -> Result<PathBuf, String> {
    let record = read_to_string(output().join("firmware-toolchain")).unwrap_or_default();
    let settings: Vec<(&str, &str)> = record.lines().filter_map(|line| line.split_once('=')).collect();
    let setting = |name| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);

    let folder = output().join("firmware");
    let mut cargo = Command::new(setting("CARGO").unwrap_or(env!("CARGO")));
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "LD_LIBRARY_PATH"] {
        cargo.env_remove(name);
    }
    cargo.envs(settings.iter().filter(|(name, _)| !["CARGO", "FLAGS"].contains(name)).copied());
    cargo.args(["build", "--release", "--locked", "--quiet"]).args(arguments);
    cargo.arg("--manifest-path").arg(root().join(manifest)).arg("--target-dir").arg(&folder);
    cargo.args(targets().into_iter().flat_map(|target| ["--target", target]));
    cargo.args(setting("FLAGS").unwrap_or_default().split_whitespace());

    let built = cargo.output().map_err(|error| format!("{cargo:?}: {error}; run tests/install"))?;
    if !built.status.success() {
        let words = String::from_utf8_lossy(&built.stderr);
        return Err(format!("{cargo:?} failed; if a target is missing, run tests/install\n{words}"));
    }
    Ok(folder)
}

/// The image of this name for this target, built if need be.
pub fn image(target: &str, name: &str) -> Result<PathBuf, String> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| build("tests/firmware/Cargo.toml", &["--bins"])).as_ref()?;
    Ok(folder.join(target).join("release").join(name))
}

/// Builds the core for all targets.
pub fn core() -> Result<PathBuf, String> {
    build("Cargo.toml", &["--package", "thalweg-core"])
}
