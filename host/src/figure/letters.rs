//! The embedded font: how wide a text is, where its letters stand, and how it is broken into lines.

use ab_glyph::{Font, FontRef, Glyph, OutlinedGlyph, PxScale, point};
use std::sync::OnceLock;

/// The family that texts in an SVG name: the embedded font, and what a viewer without it should take.
pub const FAMILY: &str = "DejaVu Sans, sans-serif";

/// The embedded font, if it is whole.
fn font() -> Option<&'static FontRef<'static>> {
    static FONT: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    let read = || FontRef::try_from_slice(include_bytes!("../../assets/DejaVuSans.ttf")).ok();
    FONT.get_or_init(read).as_ref()
}

/// Whether the embedded font is whole.
pub fn font_is_ready() -> bool {
    font().is_some()
}

/// The letters of a text whose em is `size`, each with its distance from the start, and the whole width.
fn letters(text: &str, size: f64) -> (Vec<Glyph>, f64) {
    let Some(font) = font() else { return (Vec::new(), 0.0) };
    let em = f64::from(font.units_per_em().unwrap_or(2048.0));
    // `ab_glyph` scales by the height from descent to ascent.
    let scale = PxScale::from((size * f64::from(font.height_unscaled()) / em) as f32);
    let (mut glyphs, mut x) = (Vec::new(), 0.0);
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        if let Some(before) = glyphs.last().map(|glyph: &Glyph| glyph.id) {
            x += f64::from(font.kern_unscaled(before, id)) * size / em;
        }
        glyphs.push(id.with_scale_and_position(scale, point(x as f32, 0.0)));
        x += f64::from(font.h_advance_unscaled(id)) * size / em;
    }
    (glyphs, x)
}

/// The width of a text whose em is `size`.
pub fn text_width(text: &str, size: f64) -> f64 {
    letters(text, size).1
}

/// The shapes of the letters, from the start of their base line.
pub fn outlines(text: &str, size: f64) -> Vec<OutlinedGlyph> {
    let outline = |glyph| font().and_then(|font| font.outline_glyph(glyph));
    letters(text, size).0.into_iter().filter_map(outline).collect()
}

/// Breaks a text into lines no wider than `width`, between words where it can;
/// a no-break space joins words.
pub fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
        let joined = lines.last().map(|line| format!("{line} {word}"));
        match (joined, lines.last_mut()) {
            (Some(joined), Some(line)) if text_width(&joined, size) <= width => *line = joined,
            _ => lines.push(String::new()),
        }
        if lines.last().is_some_and(String::is_empty) {
            for character in word.chars() {
                let full =
                    lines.last().is_some_and(|line| text_width(&format!("{line}{character}"), size) > width);
                if full {
                    lines.push(String::new());
                }
                if let Some(line) = lines.last_mut() {
                    line.push(character);
                }
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_font_has_the_letters_of_the_deck() {
        assert!(font_is_ready());
        let (known, unknown) = (text_width("α", 20.0), text_width("\u{10ffff}", 20.0));
        assert!((known - unknown).abs() > 0.1);
        let sum = text_width("‖θ‖", 20.0);
        assert!((10.0..60.0).contains(&sum), "{sum}");
    }

    #[test]
    fn wrapped_lines_fit_and_lose_no_letter() {
        let text = "a rather long title about the cost of a network verylongwordwithoutanyspace at last";
        let lines = wrap(text, 20.0, 150.0);
        assert!(lines.iter().all(|line| text_width(line, 20.0) <= 150.0));
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
    }
}
