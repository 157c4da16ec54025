//! The page around a figure: title, subtitle, legend and footer, none of it cut.

use super::colour::{BLANK, Colour, GREY, INK, WHITE};
use super::letters::{text_width, wrap};
use super::plan::Plan;
use super::scene::{Align, Area, Pen, Point, Scene, at, pen};

/// The em of axis names.
pub const NAME: f64 = 26.0;
/// The em of tick labels and legends.
pub const LABEL: f64 = 22.0;
/// Empty space at the edges.
const MARGIN: f64 = 36.0;

/// A line of the legend.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it looks like.
    pub symbol: Symbol,
    /// What it is.
    pub text: String,
}

/// What a thing looks like.
#[derive(Clone, Copy, Debug)]
pub enum Symbol {
    /// A line, with its points if these are marked.
    Line(Pen, bool),
    /// A point.
    Dot(Colour),
    /// The start of a path: an open circle.
    Start,
    /// The end of a path: a star.
    End,
    /// The lowest point: a diamond.
    Lowest,
    /// No finite value: hatched.
    Blank,
}

/// Draws title, subtitle, legend and footer; the answer is the area left for the figure.
pub fn page(scene: &mut Scene, plan: &Plan, legend: &[Entry], notes: &[String]) -> Area {
    let width = scene.width - 2.0 * MARGIN;
    let mut top = 26.0;
    let (title, size) = fitted(&plan.title(), [34.0, 30.0, 27.0, 24.0, 21.0], 2, width);
    for line in title {
        top += size * 1.2;
        scene.text(&line, at(MARGIN, top), Align::Start, size, INK);
    }
    let (subtitle, size) =
        fitted(plan.text("subtitle").unwrap_or_default(), [23.0, 21.0, 19.0, 17.0, 15.0], 2, width);
    top += if subtitle.is_empty() { 0.0 } else { 8.0 };
    for line in subtitle {
        top += size * 1.3;
        scene.text(&line, at(MARGIN, top), Align::Start, size, GREY);
    }
    top = entries(scene, legend, top + 14.0, width);
    let mut parts: Vec<String> =
        Some(plan.footer()).filter(|footer| !footer.is_empty()).into_iter().collect();
    parts.extend_from_slice(notes);
    let (footer, size) = fitted(&parts.join("\u{a0}· "), [17.0, 16.0, 15.0, 14.0, 13.0], 3, width);
    let mut bottom = scene.height - 18.0;
    for line in footer.iter().rev() {
        scene.text(line, at(MARGIN, bottom), Align::Start, size, GREY);
        bottom -= size * 1.35;
    }
    Area { left: MARGIN, top: top + 12.0, right: scene.width - MARGIN, bottom }
}

/// The lines of a text at the first size at which they are few enough, else at the last with an ellipsis
/// after twice as many.
fn fitted<const N: usize>(text: &str, sizes: [f64; N], most: usize, width: f64) -> (Vec<String>, f64) {
    let mut best = (Vec::new(), 0.0);
    for size in sizes {
        best = (wrap(text, size, width), size);
        if best.0.len() <= most {
            return best;
        }
    }
    if best.0.len() > 2 * most {
        best.0.truncate(2 * most);
        if let Some(last) = best.0.last_mut() {
            last.pop();
            last.push('…');
        }
    }
    best
}

/// Draws the legend in rows; the answer is where it ends.
fn entries(scene: &mut Scene, legend: &[Entry], top: f64, width: f64) -> f64 {
    const SYMBOL: f64 = 58.0;
    let (mut x, mut y) = (MARGIN, top);
    for (index, entry) in legend.iter().enumerate() {
        let text = fitted(&entry.text, [LABEL, 18.0, 15.0], 1, width - SYMBOL);
        let line = text.0.first().cloned().unwrap_or_default();
        let extent = SYMBOL + text_width(&line, text.1);
        if index == 0 {
            y += 30.0;
        } else if x + extent > MARGIN + width {
            (x, y) = (MARGIN, y + 32.0);
        }
        entry.symbol.draw_key(scene, at(x, y - 8.0));
        scene.text(&line, at(x + SYMBOL, y), Align::Start, text.1, INK);
        x += extent + 34.0;
    }
    y
}

impl Symbol {
    fn draw_key(self, scene: &mut Scene, left: Point) {
        let middle = at(left.x + 24.0, left.y);
        match self {
            Self::Line(pen, dotted) => {
                scene.line(&[left, at(left.x + 48.0, left.y)], pen);
                if dotted {
                    scene.disc(middle, pen.width * 1.5, pen.colour);
                }
            }
            Self::Blank => {
                let area = Area {
                    left: left.x + 6.0,
                    top: left.y - 11.0,
                    right: left.x + 42.0,
                    bottom: left.y + 11.0,
                };
                hatch(scene, &area);
            }
            other => other.draw(scene, middle),
        }
    }

    /// Draws a point symbol.
    pub fn draw(self, scene: &mut Scene, place: Point) {
        match self {
            Self::Dot(colour) => scene.disc(place, 7.0, colour),
            Self::Start => {
                scene.disc(place, 11.5, WHITE);
                scene.disc(place, 9.5, INK);
                scene.disc(place, 6.0, WHITE);
            }
            Self::End => {
                scene.polygon(&star(place, 17.0, 5, 0.45), WHITE);
                scene.polygon(&star(place, 13.0, 5, 0.42), INK);
            }
            Self::Lowest => {
                scene.polygon(&star(place, 13.0, 2, 0.72), WHITE);
                scene.polygon(&star(place, 10.0, 2, 0.71), Colour(213, 94, 0));
            }
            Self::Line(..) | Self::Blank => {}
        }
    }
}

/// A star with an upper tip; with two tips and a wide waist, a diamond.
fn star(centre: Point, radius: f64, tips: u32, waist: f64) -> Vec<Point> {
    let corner = |index: u32| {
        let angle = std::f64::consts::PI * f64::from(index) / f64::from(tips);
        let length = if index.is_multiple_of(2) { radius } else { radius * waist };
        at(length.mul_add(angle.sin(), centre.x), length.mul_add(-angle.cos(), centre.y))
    };
    (0..2 * tips).map(corner).collect()
}

/// Fills an area with grey and slanted lines: nothing finite here.
pub fn hatch(scene: &mut Scene, area: &Area) {
    scene.polygon(&area.corners(), BLANK);
    // On one lattice for the whole page, so that neighbouring areas join.
    const GAP: f64 = 12.0;
    let (first, last) = ((area.left + area.top) / GAP, (area.right + area.bottom) / GAP);
    let mut line = first.ceil();
    while line <= last {
        let sum = line * GAP;
        let ends = (at(sum - area.bottom, area.bottom), at(sum - area.top, area.top));
        if let Some((from, to)) = area.clip(ends.0, ends.1) {
            scene.line(&[from, to], pen(Colour(190, 190, 190), 1.2));
        }
        line += 1.0;
    }
}

/// One in how many points of a path is marked: so many that at most eighty are.
pub fn stride(points: usize) -> usize {
    points.div_ceil(80).max(1)
}

/// Draws a path: its points joined by a thin line, with a white halo or not, one in [`stride`] marked in its
/// colour, with start and end.
pub fn path(scene: &mut Scene, within: Option<&Area>, points: &[(Point, Colour)], halo: bool) {
    let places: Vec<Point> = points.iter().map(|(place, _)| *place).collect();
    let inside = |place: &Point| within.is_none_or(|area| area.holds(*place));
    for pen in [pen(WHITE, 6.0), pen(INK, 1.8)].into_iter().skip(usize::from(!halo)) {
        match within {
            Some(area) => scene.line_within(area, &places, pen),
            None => scene.line(&places, pen),
        }
    }
    for (place, colour) in points.iter().step_by(stride(points.len())).filter(|(place, _)| inside(place)) {
        scene.disc(*place, 7.0, WHITE);
        scene.disc(*place, 6.0, INK);
        scene.disc(*place, 5.0, *colour);
    }
    for (place, symbol) in [(places.first(), Symbol::Start), (places.last(), Symbol::End)] {
        if let Some(place) = place.filter(|place| inside(place)) {
            symbol.draw(scene, *place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_titles_shrink_and_wrap_before_they_are_cut() {
        let text = "word ".repeat(30);
        let (lines, size) = fitted(&text, [30.0, 20.0], 2, 900.0);
        assert!(lines.len() <= 2 || size < 30.0);
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        let (lines, _) = fitted(&"word ".repeat(900), [30.0, 20.0], 2, 900.0);
        assert!(lines.len() == 4 && lines[3].ends_with('…'));
    }

    #[test]
    fn a_diamond_stands_on_its_tip() {
        let corners = star(at(0.0, 0.0), 10.0, 2, 0.7);
        assert_eq!(corners.len(), 4);
        assert!(corners[0].distance(at(0.0, -10.0)) < 1e-9 && corners[1].distance(at(7.0, 0.0)) < 1e-9);
    }
}
