//! What an image holds: symbols and sizes.

use std::path::Path;

use object::{Object, ObjectSection, ObjectSymbol, SectionKind};

fn read<R>(executable: &Path, look: impl FnOnce(&object::File) -> R) -> Result<R, String> {
    let bytes = std::fs::read(executable).map_err(|error| format!("{}: {error}", executable.display()))?;
    let file = object::File::parse(&*bytes).map_err(|error| format!("{}: {error}", executable.display()))?;
    Ok(look(&file))
}

/// The names of the symbols in an executable.
///
/// # Errors
/// Why it cannot be read.
pub fn symbols(executable: &Path) -> Result<Vec<String>, String> {
    read(executable, |file| {
        file.symbols().filter_map(|symbol| symbol.name().ok().map(str::to_owned)).collect()
    })
}

/// The bytes that an image takes in flash: its code, its constants, and the first values of its variables.
///
/// # Errors
/// Why it cannot be read.
pub fn flash(executable: &Path) -> Result<u64, String> {
    let stored = [SectionKind::Text, SectionKind::ReadOnlyData, SectionKind::Data];
    read(executable, |file| {
        let sections = file.sections().filter(|section| stored.contains(&section.kind()));
        sections.map(|section| section.size()).sum()
    })
}

/// Whether a symbol is part of a panic.
#[must_use]
pub fn panics(symbol: &str) -> bool {
    ["9panicking", "panic_fmt", "panic_bounds_check", "unwrap_failed", "expect_failed"]
        .iter()
        .any(|part| symbol.contains(part))
}

/// Whether a symbol is that of an allocator.
#[must_use]
pub fn allocates(symbol: &str) -> bool {
    ["__rust_alloc", "__rust_realloc", "__rdl_alloc", "malloc"].iter().any(|part| symbol.contains(part))
}
