//! A number in a cell: its text, and back.

/// The number in a cell: NaN for an empty one, nothing for text.
pub(super) fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    if cell.is_empty() { Some(f64::NAN) } else { cell.parse().ok() }
}

/// The shortest text that reads back to the same bits.
pub(super) fn number_text(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), ToOwned::to_owned)
}
