//! A scene as PNG and as SVG, through plotters' bitmap and SVG backends.
//!
//! plotters places everything on whole pixels, so both are drawn on a finer page: the bitmap is averaged down
//! (which smooths edges), the SVG shown through its own view box.

use super::colour::{Colour, WHITE};
use super::letters::{FAMILY, font_is_ready, outlines};
use super::scene::{Mark, Point, Scene};
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, FontTransform, IntoFont, RGBColor, TextStyle};
use rayon::prelude::*;

/// Why a scene could not be painted.
#[derive(Debug, thiserror::Error)]
pub enum PaintError {
    /// The font in the program is damaged.
    #[error("the embedded font DejaVu Sans cannot be read; build the program again")]
    Font,
    /// plotters could not draw.
    #[error("could not draw: {0}")]
    Draw(String),
    /// The picture could not be packed.
    #[error("could not write the PNG: {0}")]
    Png(#[from] png::EncodingError),
}

/// Fine pixels per pixel of the PNG, in each direction.
const FINE: usize = 3;

/// Fine pixels in a pixel.
const AREA: u16 = (FINE * FINE) as u16;

/// Rows of pixels that a thread takes at a time.
const BAND: usize = 50;

/// What differs between the two backends.
#[derive(Clone, Copy)]
enum Medium {
    /// plotters' wide lines overlap themselves with holes and its letters lose their left bearing,
    /// so both are made from smaller pieces.
    Pixels,
    /// Lines and texts stay what they are.
    Vectors,
}

impl Medium {
    /// Backend units per unit of the page.
    const fn scale(self) -> f64 {
        match self {
            Self::Pixels => FINE as f64,
            Self::Vectors => 10.0,
        }
    }
}

/// The scene as PNG, one pixel per unit of the page.
pub fn png(scene: &Scene) -> Result<Vec<u8>, PaintError> {
    let (width, height) = (scene.width as usize, scene.height as usize);
    let band = width * FINE * FINE * 3;
    let mut fine = vec![0_u8; band * height];
    // the first touch of memory takes longest
    fine.par_chunks_mut(band * BAND).for_each(|rows| rows.fill(255));
    {
        let size = ((width * FINE) as u32, (height * FINE) as u32);
        let mut backend = BitMapBackend::with_buffer(&mut fine, size);
        paint(scene, &mut backend, Medium::Pixels)?;
    }
    let mut pixels = vec![0; width * height * 3];
    let bands = pixels.par_chunks_mut(width * 3 * BAND).zip(fine.par_chunks(band * BAND));
    bands.for_each(|(coarse, fine)| average(fine, width, coarse));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// Makes each pixel of rows of `width` pixels the mean of `FINE`² fine ones.
fn average(fine: &[u8], width: usize, coarse: &mut [u8]) {
    let mut sums = vec![0_u16; width * FINE * 3];
    for (rows, coarse) in fine.chunks(width * FINE * FINE * 3).zip(coarse.chunks_mut(width * 3)) {
        sums.fill(0);
        for row in rows.chunks(width * FINE * 3) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += u16::from(*value));
        }
        for (pixel, sums) in coarse.as_chunks_mut::<3>().0.iter_mut().zip(sums.as_chunks::<{ FINE * 3 }>().0)
        {
            for (colour, value) in pixel.iter_mut().enumerate() {
                let sum: u16 = sums.iter().skip(colour).step_by(3).sum();
                *value = ((sum + AREA / 2) / AREA) as u8;
            }
        }
    }
}

/// The scene as SVG text.
pub fn svg(scene: &Scene) -> Result<String, PaintError> {
    let (width, height) = (scene.width, scene.height);
    let (wide, high) = (width * Medium::Vectors.scale(), height * Medium::Vectors.scale());
    let mut body = String::new();
    {
        let mut backend = SVGBackend::with_string(&mut body, (wide as u32, high as u32));
        paint(scene, &mut backend, Medium::Vectors)?;
        backend.present().map_err(failed)?;
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {wide} {high}\" stroke-linejoin=\"round\">\n{body}</svg>\n"
    ))
}

/// Paints the marks; a bitmap is white already.
fn paint<B: DrawingBackend>(scene: &Scene, backend: &mut B, medium: Medium) -> Result<(), PaintError> {
    if !font_is_ready() {
        return Err(PaintError::Font);
    }
    if matches!(medium, Medium::Vectors) {
        let size = backend.get_size();
        let drawn = backend.draw_rect((0, 0), (size.0 as i32, size.1 as i32), &ink(WHITE), true);
        drawn.map_err(failed)?;
    }
    for mark in &scene.marks {
        one(mark, backend, medium)?;
    }
    Ok(())
}

fn one<B: DrawingBackend>(mark: &Mark, backend: &mut B, medium: Medium) -> Result<(), PaintError> {
    let scale = medium.scale();
    let place = |point: &Point| ((point.x * scale).round() as i32, (point.y * scale).round() as i32);
    let drawn = match mark {
        Mark::Polygon { corners, fill } if corners.len() > 2 => {
            backend.fill_polygon(corners.iter().map(place), &ink(*fill))
        }
        Mark::Polygon { .. } => Ok(()),
        Mark::Disc { centre, radius, fill } => {
            let radius = (radius * scale).round() as u32;
            backend.draw_circle(place(centre), radius, &ink(*fill), true)
        }
        Mark::Stroke { points, colour, width } if matches!(medium, Medium::Vectors) => {
            let width = (width * scale).round().max(1.0) as u32;
            let style = plotters::style::ShapeStyle {
                color: ink(*colour).into(),
                filled: false,
                stroke_width: width,
            };
            backend.draw_path(points.iter().map(place), &style)
        }
        Mark::Stroke { points, colour, width } => {
            for (from, to) in points.iter().zip(points.iter().skip(1)) {
                let bar = bar(*from, *to, *width);
                backend.fill_polygon(bar.iter().map(place), &ink(*colour)).map_err(failed)?;
            }
            let joint = (width * scale / 2.0).floor() as u32;
            for point in points.iter().skip(1).take(points.len().saturating_sub(2)) {
                backend.draw_circle(place(point), joint, &ink(*colour), true).map_err(failed)?;
            }
            Ok(())
        }
        Mark::Text { text, from, size, colour, upwards } if matches!(medium, Medium::Vectors) => {
            // The backend divides sizes by 1.24, and lowers the base line of a text anchored above by 0.76 em.
            let down = 0.76 * size;
            let (from, turn) = if *upwards {
                (Point { x: from.x - down, ..*from }, FontTransform::Rotate270)
            } else {
                (Point { y: from.y - down, ..*from }, FontTransform::None)
            };
            let font = (FontFamily::Name(FAMILY), size * 1.24 * scale).into_font();
            let (anchor, ink) = (Pos::new(HPos::Left, VPos::Top), ink(*colour));
            let style = TextStyle::from(font.transform(turn)).color(&ink).pos(anchor);
            backend.draw_text(text, &style, place(&from))
        }
        Mark::Text { text, from, size, colour, upwards } => {
            let (left, base) = place(from);
            for letter in outlines(text, size * scale) {
                let corner = letter.px_bounds().min;
                let mut pixels = Vec::new();
                letter.draw(|x, y, cover| {
                    pixels.push((corner.x as i32 + x as i32, corner.y as i32 + y as i32, cover));
                });
                for (x, y, cover) in pixels {
                    let pixel = if *upwards { (left + y, base - x) } else { (left + x, base + y) };
                    let shade = ink(*colour).mix(f64::from(cover)).to_backend_color();
                    backend.draw_pixel(pixel, shade).map_err(failed)?;
                }
            }
            Ok(())
        }
    };
    drawn.map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> PaintError {
    PaintError::Draw(error.to_string())
}

/// A straight line of some width, as a rectangle.
fn bar(from: Point, to: Point, width: f64) -> [Point; 4] {
    let half = width / 2.0 / from.distance(to).max(1e-9);
    let (x, y) = ((from.y - to.y) * half, (to.x - from.x) * half);
    [(from, 1.0), (to, 1.0), (to, -1.0), (from, -1.0)]
        .map(|(end, side)| Point { x: x.mul_add(side, end.x), y: y.mul_add(side, end.y) })
}

const fn ink(colour: Colour) -> RGBColor {
    RGBColor(colour.0, colour.1, colour.2)
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Align, at, pen};
    use super::*;

    #[test]
    fn both_forms_hold_the_same_marks_at_the_same_places() {
        let mut scene = Scene::page();
        scene.polygon(
            &[at(100.0, 200.0), at(300.0, 200.0), at(300.0, 400.0), at(100.0, 400.0)],
            Colour(10, 20, 30),
        );
        scene.line(&[at(0.0, 500.0), at(1600.0, 500.0)], pen(Colour(200, 0, 0), 6.0));
        scene.text("a < b & α", at(50.0, 60.0), Align::Start, 20.0, Colour(0, 0, 0));
        let bytes = png(&scene).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (1600, 1000));
        let pixel = |x: usize, y: usize| &pixels[(y * 1600 + x) * 3..][..3];
        assert_eq!(pixel(200, 300), [10, 20, 30]);
        assert_eq!(pixel(90, 300), [255, 255, 255]);
        assert_eq!(pixel(800, 500), [200, 0, 0]);
        let text = svg(&scene).unwrap();
        assert!(text.contains("1000,2000 3000,2000 3000,4000 1000,4000"));
        assert!(text.contains("a &lt; b &amp; α"));
        assert!(text.contains("font-family=\"DejaVu Sans, sans-serif\""));
        assert!(text.starts_with("<svg ") && text.matches("</svg>").count() == 2);
    }

    #[test]
    fn the_mean_of_fine_pixels_is_taken_per_colour() {
        let mut fine = vec![0_u8; 2 * FINE * FINE * 3];
        for (index, value) in fine.iter_mut().enumerate() {
            *value = if index % 3 == 0 { 90 } else { 0 };
        }
        let mut coarse = [1; 6];
        average(&fine, 2, &mut coarse);
        assert_eq!(coarse, [90, 0, 0, 90, 0, 0]);
    }
}
