//! A cost over a plane as a surface seen from above, in parallel projection.

use super::FigureError;
use super::colour::{Colour, GRID, INK, viridis};
use super::contour::{cost_scale, legend};
use super::frame::{Axis, bar_width, draw_bar};
use super::grid::Grid;
use super::letters::{text_width, wrap};
use super::overlay::{Overlay, dot, holds};
use super::page::{LABEL, NAME, Symbol, page, path};
use super::plan::Plan;
use super::scale::Scale;
use super::scene::{Align, Area, Point, Scene, at, pen};
use std::path::Path;

/// How high the box is, of its length and breadth.
const HEIGHT: f64 = 0.62;
/// How far a path is raised over the surface, of the height of the box.
const RAISED: f64 = 0.012;

/// A view of the box of fractions 0–1 in x, y and z.
struct View {
    yaw: f64,
    pitch: f64,
    /// Units of the page per length of the box.
    size: f64,
    /// Where the middle of the box lies on the page.
    middle: Point,
}

impl View {
    /// A view of the box that fills an area but for the names around it.
    fn new(plan: &Plan, area: &Area) -> Result<Self, FigureError> {
        let (yaw, pitch) = (plan.number("yaw", -58.0)?, plan.number("pitch", 35.0)?);
        if !(5.0..=85.0).contains(&pitch) {
            return Err(FigureError::setting(
                "pitch",
                &pitch.to_string(),
                "5 to 85 degrees above the horizon",
            ));
        }
        let mut view =
            Self { yaw: yaw.to_radians(), pitch: pitch.to_radians(), size: 1.0, middle: at(0.0, 0.0) };
        let corners =
            (0..8).map(|c| view.place([f64::from(c & 1), f64::from(c >> 1 & 1), f64::from(c >> 2)]));
        let corners: Vec<Point> = corners.collect();
        let extent = |of: fn(&Point) -> f64| {
            corners.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
        };
        let ((left, right), (top, bottom)) = (extent(|corner| corner.x), extent(|corner| corner.y));
        // Room for the names of the axes.
        let room = Area {
            left: area.left + 150.0,
            right: area.right - 30.0,
            top: area.top + 6.0,
            bottom: area.bottom - 118.0,
        };
        view.size = (room.width() / (right - left)).min(room.height() / (bottom - top));
        let centre = at(f64::midpoint(room.left, room.right), f64::midpoint(room.top, room.bottom));
        view.middle = at(
            centre.x - f64::midpoint(left, right) * view.size,
            centre.y - f64::midpoint(top, bottom) * view.size,
        );
        Ok(view)
    }

    /// A point of the box, turned so that the first runs right, the second away and the third up.
    fn turned(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let ((sin, cos), (x, y)) = (self.yaw.sin_cos(), (x - 0.5, y - 0.5));
        [x * cos - y * sin, x * sin + y * cos, (z - 0.5) * HEIGHT]
    }

    fn place(&self, point: [f64; 3]) -> Point {
        let [right, away, up] = self.turned(point);
        let (sin, cos) = self.pitch.sin_cos();
        at(
            self.size.mul_add(right, self.middle.x),
            self.size.mul_add(-(up * cos + away * sin), self.middle.y),
        )
    }

    fn depth(&self, point: [f64; 3]) -> f64 {
        let [_, away, up] = self.turned(point);
        let (sin, cos) = self.pitch.sin_cos();
        away * cos - up * sin
    }

    /// The sides of the box, 0 or 1 in x and y, that are nearer.
    fn near(&self) -> [f64; 2] {
        let (sin, cos) = self.yaw.sin_cos();
        [if sin > 0.0 { 0.0 } else { 1.0 }, if cos > 0.0 { 0.0 } else { 1.0 }]
    }
}

/// Draws the surface.
pub fn draw(plan: &Plan, beside: &Path) -> Result<Scene, FigureError> {
    let grid = Grid::new(plan)?;
    let nothing = |column: &str| FigureError::Nothing { column: column.to_owned() };
    let upwards = plan.upwards()?;
    let x = Scale::over(grid.points().map(|[x, ..]| x), false).ok_or_else(|| nothing(&plan.x))?;
    let y = Scale::over(grid.points().map(|[_, y, _]| y), false).ok_or_else(|| nothing(upwards))?;
    let overlay = Overlay::new(plan, beside)?;
    let on_path = overlay.iter().flat_map(|overlay| overlay.costs_within(&x, &y));
    let costs: Vec<f64> = grid.values().chain(on_path).collect();
    // heights are as they are unless the table says otherwise; colours show decades where the costs span them
    let (colours, mut notes) = match plan.text("log-z") {
        Some(_) => cost_scale(plan, "log-z", costs.clone())?,
        None => cost_scale(plan, "log-levels", costs.clone())?,
    };
    let z = if plan.text("log-z").is_some() {
        colours
    } else {
        Scale::over(costs, false).ok_or_else(|| nothing(plan.shown().unwrap_or_default()))?
    };
    if colours.log && !z.log {
        notes.push("heights are linear, colours logarithmic".to_owned());
    }
    notes.insert(0, format!("{}×{} grid points, joined by flat pieces", grid.columns, grid.rows));
    if grid.blank() > 0 {
        notes.push(format!(
            "{} of {} costs are not finite and left out",
            grid.blank(),
            grid.columns * grid.rows
        ));
    }
    if let Some(overlay) = &overlay {
        notes.push("the path is drawn over the surface, also where this would hide it".to_owned());
        notes.extend(overlay.notes(&x, &y));
    }
    let mut scene = Scene::page();
    let outer = page(&mut scene, plan, &legend(plan, &grid, overlay.as_ref()), &notes);
    let bar = Axis { scale: colours, name: plan.axis("z-axis", plan.shown()?) };
    let upright = Axis { scale: z, name: bar.name.clone() };
    let area = Area { right: outer.right - bar_width(&bar, outer.height() * 0.7), ..outer };
    let view = View::new(plan, &area)?;
    let names = [plan.axis("x-axis", &plan.x), plan.axis("y-axis", upwards)];
    let [x_name, y_name] = names;
    let axes = [Axis { scale: x, name: x_name }, Axis { scale: y, name: y_name }, upright];
    draw_box(&mut scene, &view, &axes);
    let fractions = |[u, v, cost]: [f64; 3]| {
        let height = z.fraction(cost);
        let height = if cost.is_finite() && height.is_nan() { 0.0 } else { height.max(0.0) };
        [x.fraction(u), y.fraction(v), if cost.is_finite() { height } else { f64::NAN }]
    };
    draw_mesh(&mut scene, &view, &grid, &colours, fractions);
    if let Some(overlay) = &overlay {
        let mut run = Vec::new();
        let raise = |[x, y, height]: [f64; 3]| [x, y, height + RAISED];
        let shown = |[u, v, cost]: &[f64; 3]| holds(&x, *u) && holds(&y, *v) && cost.is_finite();
        for point in overlay.points.iter().filter(|point| shown(point)) {
            run.push((view.place(raise(fractions(*point))), dot(&colours, point[2])));
        }
        path(&mut scene, None, &run, true);
    }
    if let Some(lowest) = grid.lowest() {
        Symbol::Lowest.draw(&mut scene, view.place(fractions(lowest)));
    }
    let height = outer.height() * 0.7;
    let top = outer.top + (outer.height() - height) * 0.4;
    let right = (0..4).map(|c| view.place([f64::from(c & 1), f64::from(c >> 1), 0.0]).x).fold(0.0, f64::max);
    draw_bar(&mut scene, &bar, (right + 80.0).min(area.right), top, top + height, &[]);
    Ok(scene)
}

/// Draws the pieces of the surface, the farthest first.
fn draw_mesh(
    scene: &mut Scene,
    view: &View,
    grid: &Grid,
    colours: &Scale,
    fractions: impl Fn([f64; 3]) -> [f64; 3],
) {
    let mut pieces = Vec::new();
    for column in 0..grid.columns.saturating_sub(1) {
        for row in 0..grid.rows.saturating_sub(1) {
            let points = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(c, r)| grid.point(column + c, row + r));
            let corners = points.map(&fractions);
            if corners.iter().all(|[.., height]| height.is_finite()) {
                let depth: f64 = corners.iter().map(|corner| view.depth(*corner)).sum();
                // what lies below a logarithmic scale has its lowest colour
                let shade = points
                    .map(|[.., cost]| colours.fraction(cost))
                    .map(|at| if at.is_nan() { 0.0 } else { at });
                pieces.push((depth, corners, viridis(shade.iter().sum::<f64>() / 4.0)));
            }
        }
    }
    pieces.sort_by(|(a, ..), (b, ..)| b.total_cmp(a));
    let width = (40.0 / grid.columns.max(grid.rows) as f64).clamp(0.35, 1.4);
    for (_, corners, fill) in pieces {
        let [a, b, c, d] = corners.map(|corner| view.place(corner));
        scene.polygon(&[a, b, c, d], fill);
        scene.line(&[a, b, c, d, a, b], pen(fill.mix(INK, 0.45), width));
    }
}

/// Draws the floor and the two far walls with lines at the ticks, and ticks and names along the near edges.
fn draw_box(scene: &mut Scene, view: &View, axes: &[Axis; 3]) {
    let [near_x, near_y] = view.near();
    let (far_x, far_y) = (1.0 - near_x, 1.0 - near_y);
    let floor = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 0.0]];
    let walls = [
        floor,
        [[far_x, 0.0, 0.0], [far_x, 1.0, 0.0], [far_x, 1.0, 1.0], [far_x, 0.0, 1.0]],
        [[0.0, far_y, 0.0], [1.0, far_y, 0.0], [1.0, far_y, 1.0], [0.0, far_y, 1.0]],
    ];
    for wall in walls {
        scene.polygon(&wall.map(|corner| view.place(corner)), Colour(250, 250, 250));
    }
    let [x_ticks, y_ticks, z_ticks] = [(0, 6), (1, 6), (2, 6)].map(|(axis, wanted): (usize, usize)| {
        let scale = axes.get(axis).map(|axis| axis.scale);
        let ticks = scale.map(|scale| (scale, scale.ticks(wanted)));
        let at = |(scale, ticks): (Scale, Vec<(f64, String)>)| {
            ticks.into_iter().map(|(value, label)| (scale.fraction(value), label)).collect::<Vec<_>>()
        };
        ticks.map(at).unwrap_or_default()
    });
    let rule = |scene: &mut Scene, points: &[[f64; 3]]| {
        let places: Vec<Point> = points.iter().map(|point| view.place(*point)).collect();
        scene.line(&places, pen(GRID, 1.2));
    };
    for (t, _) in &x_ticks {
        rule(scene, &[[*t, near_y, 0.0], [*t, far_y, 0.0], [*t, far_y, 1.0]]);
    }
    for (t, _) in &y_ticks {
        rule(scene, &[[near_x, *t, 0.0], [far_x, *t, 0.0], [far_x, *t, 1.0]]);
    }
    for (t, _) in &z_ticks {
        rule(scene, &[[near_x, far_y, *t], [far_x, far_y, *t], [far_x, near_y, *t]]);
    }
    for wall in walls {
        let [a, b, c, d] = wall.map(|corner| view.place(corner));
        scene.line(&[a, b, c, d, a, b], pen(Colour(170, 170, 170), 1.4));
    }
    let corners = floor.map(|[x, y, _]| [x, y]);
    let leftmost = corners
        .into_iter()
        .min_by(|[x, y], [u, v]| view.place([*x, *y, 0.0]).x.total_cmp(&view.place([*u, *v, 0.0]).x));
    let [left_x, left_y] = leftmost.unwrap_or([0.0, 0.0]);
    let [x, y, z] = axes;
    edge(scene, view, |t| [t, near_y, 0.0], |t| [t, far_y, 0.0], &x_ticks, &x.name);
    edge(scene, view, |t| [near_x, t, 0.0], |t| [far_x, t, 0.0], &y_ticks, &y.name);
    let inner = |t| [1.0 - left_x, 1.0 - left_y, t];
    edge(scene, view, |t| [left_x, left_y, t], inner, &z_ticks, &z.name);
}

/// Draws an edge of the box from 0 to 1 with ticks and its name, on the side away from the opposite edge.
fn edge(
    scene: &mut Scene,
    view: &View,
    along: impl Fn(f64) -> [f64; 3],
    opposite: impl Fn(f64) -> [f64; 3],
    ticks: &[(f64, String)],
    name: &str,
) {
    let place = |t| view.place(along(t));
    let (from, to) = (place(0.0), place(1.0));
    scene.line(&[from, to], pen(INK, 1.8));
    let length = from.distance(to).max(1e-9);
    let normal = at((to.y - from.y) / length, (from.x - to.x) / length);
    let inside = view.place(opposite(0.5));
    let middle = place(0.5);
    let side = normal.x * (middle.x - inside.x) + normal.y * (middle.y - inside.y);
    let out = if side < 0.0 { at(-normal.x, -normal.y) } else { normal };
    // How far the middle of a box of text must lie from the edge to stay clear of it.
    let clear = |width: f64, height: f64| (width * out.x.abs() + height * out.y.abs()) / 2.0;
    let shifted = |point: Point, by: f64| at(out.x.mul_add(by, point.x), out.y.mul_add(by, point.y));
    let upright = (to.x - from.x).abs() < 1.0;
    // labels keep off the corner, where those of two edges would meet
    let beside = |t: f64| if upright { t } else { t.clamp(0.03, 0.97) };
    let mut widest = 0.0_f64;
    for (t, label) in ticks {
        let point = place(*t);
        scene.line(&[point, shifted(point, 8.0)], pen(INK, 1.6));
        let width = text_width(label, LABEL);
        let centre = shifted(place(beside(*t)), 12.0 + clear(width, LABEL));
        scene.text(label, at(centre.x, centre.y + LABEL * 0.36), Align::Middle, LABEL, INK);
        widest = widest.max(2.0 * clear(width, LABEL));
    }
    let lines = wrap(name, NAME, if upright { length } else { 340.0 });
    let height = lines.len() as f64 * NAME * 1.15;
    let width = lines.iter().map(|line| text_width(line, NAME)).fold(0.0, f64::max);
    let beyond = 12.0 + widest + 10.0;
    if upright {
        for (row, line) in lines.iter().rev().enumerate() {
            let x = out.x.mul_add(beyond + row as f64 * NAME * 1.15 + 2.0, middle.x);
            scene.text_upwards(line, at(x, middle.y), Align::Middle, NAME, INK);
        }
        return;
    }
    let centre = shifted(middle, beyond + clear(width, height));
    for (row, line) in lines.iter().enumerate() {
        let y = centre.y - height / 2.0 + (row as f64 + 0.8) * NAME * 1.15;
        scene.text(line, at(centre.x, y), Align::Middle, NAME, INK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(yaw: f64) -> View {
        View { yaw: f64::to_radians(yaw), pitch: f64::to_radians(30.0), size: 100.0, middle: at(0.0, 0.0) }
    }

    #[test]
    fn without_turning_x_runs_right_y_away_and_z_up() {
        let view = view(0.0);
        let origin = view.place([0.0; 3]);
        let (x, y, z) =
            (view.place([1.0, 0.0, 0.0]), view.place([0.0, 1.0, 0.0]), view.place([0.0, 0.0, 1.0]));
        assert!((x.x - origin.x - 100.0).abs() < 1e-9 && (x.y - origin.y).abs() < 1e-9);
        assert!((y.x - origin.x).abs() < 1e-9 && y.y < origin.y);
        assert!((z.x - origin.x).abs() < 1e-9 && z.y < origin.y);
        assert!(view.depth([0.0, 1.0, 0.0]) > view.depth([0.0, 0.0, 0.0]));
        assert!(view.depth([0.0, 0.0, 1.0]) < view.depth([0.0, 0.0, 0.0]));
    }

    #[test]
    fn the_near_sides_are_the_nearer_ones_from_everywhere() {
        for yaw in [10.0, 100.0, 190.0, 280.0] {
            let view = view(yaw);
            let [x, y] = view.near();
            assert!(view.depth([x, 0.5, 0.0]) < view.depth([1.0 - x, 0.5, 0.0]));
            assert!(view.depth([0.5, y, 0.0]) < view.depth([0.5, 1.0 - y, 0.0]));
        }
    }
}
