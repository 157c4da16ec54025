//! A scene: filled polygons, lines, discs and texts on a page, before any pixel.

use super::colour::Colour;
use super::letters::text_width;

/// A place on the page, from its upper left corner; a unit is a pixel of the PNG.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A place on the page.
pub const fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

impl Point {
    /// The point a share of the way (0–1) to another.
    pub fn toward(self, other: Self, share: f64) -> Self {
        at((other.x - self.x).mul_add(share, self.x), (other.y - self.y).mul_add(share, self.y))
    }

    /// The distance to another.
    pub fn distance(self, other: Self) -> f64 {
        (other.x - self.x).hypot(other.y - self.y)
    }
}

/// An upright rectangle on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Area {
    /// Its extent to the right.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Its extent downwards.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Its four corners in order.
    pub const fn corners(&self) -> [Point; 4] {
        [
            at(self.left, self.top),
            at(self.right, self.top),
            at(self.right, self.bottom),
            at(self.left, self.bottom),
        ]
    }

    /// The part of a straight line that lies inside (Liang and Barsky, 1984), as its two ends.
    pub fn clip(&self, from: Point, to: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let sides = [
            (-dx, from.x - self.left),
            (dx, self.right - from.x),
            (-dy, from.y - self.top),
            (dy, self.bottom - from.y),
        ];
        for (rate, room) in sides {
            if rate == 0.0 && room < 0.0 {
                return None;
            }
            if rate < 0.0 {
                enter = enter.max(room / rate);
            } else if rate > 0.0 {
                leave = leave.min(room / rate);
            }
        }
        (enter <= leave).then(|| (from.toward(to, enter), from.toward(to, leave)))
    }

    /// Whether a point lies inside, edges included.
    pub fn holds(&self, point: Point) -> bool {
        (self.left..=self.right).contains(&point.x) && (self.top..=self.bottom).contains(&point.y)
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Pen {
    /// Its colour.
    pub colour: Colour,
    /// Its width.
    pub width: f64,
    /// Lengths of stroke and gap in turn; none for a whole line.
    pub dash: &'static [f64],
}

/// A whole line.
pub const fn pen(colour: Colour, width: f64) -> Pen {
    Pen { colour, width, dash: &[] }
}

/// Where a text stands beside its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// One thing on the page.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A filled polygon.
    Polygon {
        /// Its corners.
        corners: Vec<Point>,
        /// Its colour.
        fill: Colour,
    },
    /// A line through points.
    Stroke {
        /// At least two points.
        points: Vec<Point>,
        /// Its colour.
        colour: Colour,
        /// Its width.
        width: f64,
    },
    /// A filled circle.
    Disc {
        /// Its centre.
        centre: Point,
        /// Its radius.
        radius: f64,
        /// Its colour.
        fill: Colour,
    },
    /// A line of text.
    Text {
        /// The text.
        text: String,
        /// Left end of its base line.
        from: Point,
        /// Its em.
        size: f64,
        /// Its colour.
        colour: Colour,
        /// Whether it reads upwards.
        upwards: bool,
    },
}

/// A page with what is on it, later marks over earlier ones.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Extent to the right.
    pub width: f64,
    /// Extent downwards.
    pub height: f64,
    /// What is on it.
    pub marks: Vec<Mark>,
}

impl Scene {
    /// An empty page of 1600 × 1000.
    pub const fn page() -> Self {
        Self { width: 1600.0, height: 1000.0, marks: Vec::new() }
    }

    /// Fills a polygon.
    pub fn polygon(&mut self, corners: &[Point], fill: Colour) {
        self.marks.push(Mark::Polygon { corners: corners.to_vec(), fill });
    }

    /// Fills a circle.
    pub fn disc(&mut self, centre: Point, radius: f64, fill: Colour) {
        self.marks.push(Mark::Disc { centre, radius, fill });
    }

    /// Draws a line through points, cut into dashes if the pen has them.
    pub fn line(&mut self, points: &[Point], pen: Pen) {
        let Pen { colour, width, dash } = pen;
        for points in if dash.is_empty() { vec![points.to_vec()] } else { dashes(points, dash) } {
            if points.len() > 1 {
                self.marks.push(Mark::Stroke { points, colour, width });
            }
        }
    }

    /// Draws the part of a line through points that lies in an area.
    pub fn line_within(&mut self, area: &Area, points: &[Point], pen: Pen) {
        let mut run: Vec<Point> = Vec::new();
        for (from, to) in points.iter().zip(points.iter().skip(1)) {
            let inside = area.clip(*from, *to);
            if inside.is_none_or(|(start, _)| run.last() != Some(&start)) {
                self.line(&run, pen);
                run.clear();
            }
            if let Some((start, end)) = inside {
                if run.is_empty() {
                    run.push(start);
                }
                run.push(end);
            }
        }
        self.line(&run, pen);
    }

    /// Writes a line of text with its base line through a point; the answer is its width.
    pub fn text(&mut self, text: &str, point: Point, align: Align, size: f64, colour: Colour) -> f64 {
        self.write(text, point, align, size, colour, false)
    }

    /// Writes a line of text that reads upwards.
    pub fn text_upwards(&mut self, text: &str, point: Point, align: Align, size: f64, colour: Colour) -> f64 {
        self.write(text, point, align, size, colour, true)
    }

    fn write(
        &mut self,
        text: &str,
        point: Point,
        align: Align,
        size: f64,
        colour: Colour,
        upwards: bool,
    ) -> f64 {
        let width = text_width(text, size);
        let back = match align {
            Align::Start => 0.0,
            Align::Middle => width / 2.0,
            Align::End => width,
        };
        let from = if upwards { at(point.x, point.y + back) } else { at(point.x - back, point.y) };
        self.marks.push(Mark::Text { text: text.to_owned(), from, size, colour, upwards });
        width
    }
}

/// Cuts a line into the strokes of a dash pattern.
fn dashes(points: &[Point], pattern: &[f64]) -> Vec<Vec<Point>> {
    let mut lengths = pattern.iter().copied().cycle();
    let (mut left, mut drawn) = (lengths.next().unwrap_or(f64::INFINITY), true);
    let mut strokes: Vec<Vec<Point>> = vec![points.first().copied().into_iter().collect()];
    for (from, to) in points.iter().zip(points.iter().skip(1)) {
        let length = from.distance(*to);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let turn = from.toward(*to, done / length);
            if drawn && let Some(stroke) = strokes.last_mut() {
                stroke.push(turn);
            } else {
                strokes.push(vec![turn]);
            }
            (left, drawn) = (lengths.next().unwrap_or(f64::INFINITY), !drawn);
        }
        left -= length - done;
        if drawn && let Some(stroke) = strokes.last_mut() {
            stroke.push(*to);
        }
    }
    strokes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_clipped_at_the_edges() {
        let area = Area { left: 0.0, top: 0.0, right: 10.0, bottom: 10.0 };
        assert_eq!(area.clip(at(-5.0, 5.0), at(15.0, 5.0)), Some((at(0.0, 5.0), at(10.0, 5.0))));
        assert_eq!(area.clip(at(2.0, 2.0), at(3.0, 4.0)), Some((at(2.0, 2.0), at(3.0, 4.0))));
        assert_eq!(area.clip(at(-5.0, -5.0), at(15.0, -4.0)), None);
    }

    #[test]
    fn dashes_continue_around_corners() {
        let strokes = dashes(&[at(0.0, 0.0), at(5.0, 0.0), at(5.0, 5.0)], &[6.0, 2.0]);
        assert_eq!(
            strokes,
            [vec![at(0.0, 0.0), at(5.0, 0.0), at(5.0, 1.0)], vec![at(5.0, 3.0), at(5.0, 5.0)]]
        );
    }
}
