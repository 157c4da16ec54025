//! The axes of a flat figure: two scales, their ticks, names and lines, and the bar of colours.

use super::colour::{Colour, GRID, INK, viridis};
use super::letters::{text_width, wrap};
use super::page::{LABEL, NAME};
use super::scale::{Scale, Tick};
use super::scene::{Align, Area, Point, Scene, at, pen};

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its values.
    pub scale: Scale,
    /// Its name, with the unit.
    pub name: String,
}

/// Two axes around an area.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The area of the data.
    pub area: Area,
    /// To the right.
    pub x: Axis,
    /// Upwards.
    pub y: Axis,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    y_name: Vec<String>,
    x_name: Vec<String>,
}

impl Frame {
    /// Lays axes out in an area; with `equal`, a unit is as long to the right as upwards.
    pub fn new(outer: Area, x: Axis, y: Axis, equal: bool) -> Self {
        let y_ticks = y.scale.ticks(((outer.height() / 90.0) as usize).max(3));
        let labels = y_ticks.iter().map(|(_, label)| text_width(label, LABEL)).fold(0.0, f64::max);
        let y_name = wrap(&y.name, NAME, outer.height() * 0.86);
        let x_name = wrap(&x.name, NAME, outer.width() * 0.86);
        let left = outer.left + y_name.len() as f64 * NAME * 1.2 + 16.0 + labels + 14.0;
        let bottom = outer.bottom - x_name.len() as f64 * NAME * 1.2 - LABEL - 24.0;
        let mut area = Area { left, top: outer.top + 8.0, right: outer.right - 24.0, bottom };
        if equal {
            let (across, up) = (x.scale.high - x.scale.low, y.scale.high - y.scale.low);
            let unit = (area.width() / across).min(area.height() / up);
            let (width, height) = (unit * across, unit * up);
            let spare = (area.width() - width) * 0.5;
            area.left += spare;
            area.right = area.left + width;
            area.top += (area.height() - height) * 0.5;
            area.bottom = area.top + height;
        }
        let x_ticks = x.scale.ticks(((area.width() / 105.0) as usize).max(2));
        Self { area, x, y, x_ticks, y_ticks, y_name, x_name }
    }

    /// Where a pair of values lies; not finite if it cannot be drawn.
    pub fn place(&self, x: f64, y: f64) -> Point {
        let (across, up) = (self.x.scale.fraction(x), self.y.scale.fraction(y));
        at(
            across.mul_add(self.area.width(), self.area.left),
            up.mul_add(-self.area.height(), self.area.bottom),
        )
    }

    /// Draws the light lines behind the data.
    pub fn draw_grid(&self, scene: &mut Scene) {
        for (value, _) in &self.x_ticks {
            let x = self.place(*value, self.y.scale.low).x;
            scene.line(&[at(x, self.area.top), at(x, self.area.bottom)], pen(GRID, 1.2));
        }
        for (value, _) in &self.y_ticks {
            let y = self.place(self.x.scale.low, *value).y;
            scene.line(&[at(self.area.left, y), at(self.area.right, y)], pen(GRID, 1.2));
        }
    }

    /// Draws the border, ticks and names around the data.
    pub fn draw_axes(&self, scene: &mut Scene) {
        let Area { left, top, right, bottom } = self.area;
        let [a, b, c, d] = self.area.corners();
        scene.line(&[a, b, c, d, a, b], pen(INK, 1.6));
        for (value, label) in &self.x_ticks {
            let x = self.place(*value, self.y.scale.low).x;
            scene.line(&[at(x, bottom), at(x, bottom + 8.0)], pen(INK, 1.6));
            scene.text(label, at(x, bottom + 14.0 + LABEL * 0.85), Align::Middle, LABEL, INK);
        }
        for value in self.x.scale.minor() {
            let x = self.place(value, self.y.scale.low).x;
            scene.line(&[at(x, bottom), at(x, bottom + 4.0)], pen(INK, 1.2));
        }
        let mut widest = 0.0_f64;
        for (value, label) in &self.y_ticks {
            let y = self.place(self.x.scale.low, *value).y;
            scene.line(&[at(left - 8.0, y), at(left, y)], pen(INK, 1.6));
            let width = scene.text(label, at(left - 14.0, y + LABEL * 0.36), Align::End, LABEL, INK);
            widest = widest.max(width);
        }
        for value in self.y.scale.minor() {
            let y = self.place(self.x.scale.low, value).y;
            scene.line(&[at(left - 4.0, y), at(left, y)], pen(INK, 1.2));
        }
        for (row, line) in self.x_name.iter().enumerate() {
            let y = bottom + LABEL + 18.0 + (row as f64 + 1.0) * NAME * 1.15;
            scene.text(line, at(f64::midpoint(left, right), y), Align::Middle, NAME, INK);
        }
        for (row, line) in self.y_name.iter().rev().enumerate() {
            let x = left - 14.0 - widest - 16.0 - row as f64 * NAME * 1.2;
            scene.text_upwards(line, at(x, f64::midpoint(top, bottom)), Align::Middle, NAME, INK);
        }
    }
}

/// The width that a bar of colours and its texts take at the right of a figure.
pub fn bar_width(axis: &Axis, height: f64) -> f64 {
    let labels = axis.scale.ticks(8).iter().map(|(_, label)| text_width(label, LABEL)).fold(0.0, f64::max);
    30.0 + 34.0 + 14.0 + labels + 16.0 + wrap(&axis.name, NAME, height).len() as f64 * NAME * 1.2
}

/// Draws a bar of colours to the right of `left`, with ticks, its name, and lines at the levels of the contours.
pub fn draw_bar(scene: &mut Scene, axis: &Axis, left: f64, top: f64, bottom: f64, levels: &[f64]) {
    const STEPS: u32 = 200;
    let (left, right) = (left + 30.0, left + 64.0);
    let height = bottom - top;
    let place = |fraction: f64| fraction.mul_add(-height, bottom);
    for step in 0..STEPS {
        let (low, high) = (f64::from(step) / f64::from(STEPS), f64::from(step + 1) / f64::from(STEPS));
        // Each reaches under the next, so that no seam shows.
        let (upper, lower) = (place((high + 0.5 / f64::from(STEPS)).min(1.0)), place(low));
        let corners = Area { left, top: upper, right, bottom: lower }.corners();
        scene.polygon(&corners, viridis(f64::midpoint(low, high)));
    }
    for level in levels {
        let fraction = axis.scale.fraction(*level);
        let y = place(fraction);
        scene.line(&[at(left, y), at(right, y)], pen(viridis(fraction).contrast(), 1.8));
    }
    let [a, b, c, d] = Area { left, top, right, bottom }.corners();
    scene.line(&[a, b, c, d, a, b], pen(INK, 1.4));
    let mut widest = 0.0_f64;
    for (value, label) in axis.scale.ticks(8) {
        let y = place(axis.scale.fraction(value));
        scene.line(&[at(right, y), at(right + 7.0, y)], pen(INK, 1.4));
        let width = scene.text(&label, at(right + 13.0, y + LABEL * 0.36), Align::Start, LABEL, INK);
        widest = widest.max(width);
    }
    for (row, line) in wrap(&axis.name, NAME, height).iter().enumerate() {
        let x = right + 13.0 + widest + 14.0 + NAME * 0.9 + row as f64 * NAME * 1.2;
        scene.text_upwards(line, at(x, f64::midpoint(top, bottom)), Align::Middle, NAME, INK);
    }
}

/// The colour of a value, and whether it has one: what is not finite has none.
pub fn colour(scale: &Scale, value: f64) -> Option<Colour> {
    let drawable = value.is_finite();
    let fraction = scale.fraction(value);
    drawable.then(|| viridis(if fraction.is_nan() { 0.0 } else { fraction }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(low: f64, high: f64) -> Axis {
        Axis { scale: Scale { low, high, log: false }, name: "name".to_owned() }
    }

    #[test]
    fn x_runs_right_and_y_upwards() {
        let outer = Area { left: 0.0, top: 0.0, right: 1000.0, bottom: 800.0 };
        let frame = Frame::new(outer, axis(-1.0, 1.0), axis(0.0, 5.0), false);
        let (low, high) = (frame.place(-1.0, 0.0), frame.place(1.0, 5.0));
        assert_eq!((low.x, low.y), (frame.area.left, frame.area.bottom));
        assert!(high.x > low.x && high.y < low.y);
    }

    #[test]
    fn equal_units_are_equally_long_and_stay_inside() {
        let outer = Area { left: 0.0, top: 0.0, right: 1500.0, bottom: 800.0 };
        let frame = Frame::new(outer, axis(0.0, 1.0), axis(0.0, 3.0), true);
        let (origin, across, up) = (frame.place(0.0, 0.0), frame.place(1.0, 0.0), frame.place(0.0, 1.0));
        assert!((origin.distance(across) - origin.distance(up)).abs() < 1e-9);
        assert!(frame.area.right <= 1500.0 && frame.area.top >= 0.0);
    }
}
