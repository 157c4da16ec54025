//! Building for machines without an operating system.

use std::collections::BTreeMap;
use std::env::current_exe;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::machine::{Profile, targets};

/// The package whose images run items, and are built for each machine as it says.
pub const ITEMS: &str = "firmware";

/// The package whose images call every public function of the core.
pub const PROBE: &str = "probe";
/// The package whose images measure what learning takes.
pub const BUDGET: &str = "budget";
/// The same without the tasks that are measured.
pub const HOLLOW: &str = "hollow";
/// The package and image that measure functions of one number.
pub const FUNCTIONS: &str = "functions";

/// Where cargo puts the output of the build that this program belongs to.
fn output() -> Result<PathBuf, String> {
    let program = current_exe().map_err(|error| format!("this program's own file: {error}"))?;
    let mut folders = program.ancestors();
    let folder = folders.find(|folder| folder.join("CACHEDIR.TAG").exists());
    folder
        .map(Path::to_owned)
        .ok_or_else(|| format!("{} is not in an output folder of cargo", program.display()))
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Builds for targets, as `tests/install` has arranged it: with cargo's own libraries, or as the lines
/// `NAME=VALUE` of `firmware-toolchain` in the output folder say (`CARGO` is the program, `FLAGS` are
/// arguments, all else is environment). Returns the folder of the targets.
fn build(manifest: &str, package: &str, profile: Profile, targets: &[&str]) -> Result<PathBuf, String> {
    let output = output()?;
    let record = read_to_string(output.join("firmware-toolchain")).unwrap_or_default();
    let settings: Vec<(&str, &str)> = record.lines().filter_map(|line| line.split_once('=')).collect();
    let setting = |name| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);

    let folder = output.join("firmware");
    let mut cargo = Command::new(setting("CARGO").unwrap_or(env!("CARGO")));
    cargo.env("CARGO_INCREMENTAL", "0"); // which moves the borders of inlining, and so every number
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "LD_LIBRARY_PATH"] {
        cargo.env_remove(name);
    }
    cargo.envs(settings.iter().filter(|(name, _)| !["CARGO", "FLAGS"].contains(name)).copied());
    cargo.args(["build", "--locked", "--quiet", "--package", package, "--profile", profile.name()]);
    cargo.arg("--manifest-path").arg(root().join(manifest)).arg("--target-dir").arg(&folder);
    cargo.args(targets.iter().flat_map(|target| ["--target", target]));
    cargo.args(setting("FLAGS").unwrap_or_default().split_whitespace());

    let built = cargo.output().map_err(|error| format!("{cargo:?}: {error}; run tests/install"))?;
    if !built.status.success() {
        let words = String::from_utf8_lossy(&built.stderr);
        return Err(format!("{cargo:?} failed; if a target is missing, run tests/install\n{words}"));
    }
    Ok(folder)
}

/// Packages of the firmware that were built, each with its folder or what the compiler said.
type Built = BTreeMap<(&'static str, Profile), Result<PathBuf, String>>;

/// The image of this name in this package of the firmware, for this target, built if need be.
///
/// # Errors
/// What the compiler says.
pub fn image(package: &'static str, profile: Profile, target: &str, name: &str) -> Result<PathBuf, String> {
    static BUILT: Mutex<Built> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().map_err(|_| "a build was broken off".to_owned())?;
    let folder = built
        .entry((package, profile))
        .or_insert_with(|| {
            let wanted = targets(|machine| match package {
                ITEMS => machine.profile == profile,
                _ => true,
            });
            build("tests/firmware/Cargo.toml", package, profile, &wanted)
        })
        .clone()?;
    Ok(folder.join(target).join(profile.name()).join(name))
}

/// Builds the core for all targets.
///
/// # Errors
/// What the compiler says.
pub fn core() -> Result<(), String> {
    build("Cargo.toml", "thalweg-core", Profile::Fast, &targets(|_| true)).map(drop)
}
