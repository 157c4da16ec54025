//! The program, built once from this workspace as `cargo run` would build it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where the built program stands.
///
/// # Panics
/// If it does not build.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
        let build = escargot::CargoBuild::new().manifest_path(workspace).package("thalweg").bin("thalweg");
        let build = if cfg!(debug_assertions) { build } else { build.release() };
        let built = build.run().unwrap_or_else(|error| panic!("the program does not build: {error}"));
        built.path().to_owned()
    })
}

/// A run of the program in a folder.
#[must_use]
pub fn thalweg(folder: &Path) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(path());
    command.current_dir(folder);
    command
}
