//! The list of public functions of a crate, from its source, and which of them a text calls.

use std::fs::read_dir;
use std::path::{Path, PathBuf};

/// All Rust files of a folder and the folders in it.
///
/// # Errors
/// The folder that cannot be read.
pub fn sources(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let entries = read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The module by which a crate shows what a file of its `root` holds: the file itself if the room above it lists it
/// as public, or else that room.
#[must_use]
pub fn shown(root: &Path, file: &Path, text: &dyn Fn(&Path) -> String) -> String {
    let name = |file: &Path| file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut file = file.with_extension("");
    while let Some(room) = file.parent().filter(|room| *room != root) {
        if text(&room.with_extension("rs")).contains(&format!("pub mod {};", name(&file))) {
            break;
        }
        file = room.to_owned();
    }
    name(&file)
}

/// The name at the start of a text.
fn name(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    &text[..end]
}

/// The name of a function that a line declares public.
fn declared(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub const fn "))?;
    Some(name(rest))
}

/// The type of an `impl` block, of its own functions and not of a trait's, from the line that opens it.
fn implemented(line: &str) -> Option<&str> {
    let mut rest = line.strip_prefix("impl")?;
    if rest.starts_with('<') {
        let mut depth = 0_usize;
        let end = rest.char_indices().find(|&(place, letter)| {
            match letter {
                '<' => depth += 1,
                '>' if !rest[..place].ends_with('-') => depth -= 1,
                _ => {}
            }
            depth == 0
        })?;
        rest = &rest[end.0 + 1..];
    }
    if rest.contains(" for ") { None } else { Some(name(rest.trim_start())) }
}

/// The public functions of a source: `Type::function`, or `module::function`, with the module that [`shown`] gives.
#[must_use]
pub fn functions(source: &str, module: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut owner = None;
    for line in code.lines() {
        if let Some(function) = declared(line) {
            found.push(format!("{module}::{function}"));
        } else if line.starts_with("impl") {
            owner = implemented(line);
        } else if line.starts_with('}') {
            owner = None;
        } else if let (Some(function), Some(owner)) = (line.strip_prefix("    ").and_then(declared), owner) {
            found.push(format!("{owner}::{function}"));
        }
    }
    found
}

/// Whether a text calls a function by this name, with or without generic arguments.
#[must_use]
pub fn calls(text: &str, function: &str) -> bool {
    let Some((owner, function)) = function.split_once("::") else { return false };
    text.match_indices(owner).any(|(place, _)| {
        let starts = !text[..place].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let rest = without_arguments(&text[place + owner.len()..]);
        let called = rest.strip_prefix("::").and_then(|rest| rest.strip_prefix(function));
        starts && called.is_some_and(|rest| without_arguments(rest).starts_with('('))
    })
}

/// A text without the generic arguments (`::<…>`) at its start.
fn without_arguments(text: &str) -> &str {
    match text.strip_prefix("::<").and_then(|rest| rest.split_once('>')) {
        Some((_, rest)) => rest,
        None => text,
    }
}
