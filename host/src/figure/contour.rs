//! A cost over a plane: cells of colour, contour lines, the lowest point, and a path.

use super::FigureError;
use super::colour::viridis;
use super::frame::{Axis, Frame, bar_width, colour, draw_bar};
use super::grid::{Grid, borders};
use super::level;
use super::overlay::{Overlay, dot};
use super::page::{Entry, Symbol, hatch, page, path};
use super::plan::{Kind, Plan, short};
use super::scale::{Scale, plain};
use super::scene::{Area, Point, Scene, at, pen};
use std::path::Path;

/// Draws the contours.
pub fn draw(plan: &Plan, beside: &Path) -> Result<Scene, FigureError> {
    let grid = Grid::new(plan)?;
    let (xs, ys) = grid.places()?;
    let smooth = match plan.text("fill") {
        None | Some("cells") => false,
        Some("smooth") => true,
        Some(other) => return Err(FigureError::setting("fill", other, "cells or smooth")),
    };
    let nothing = |column: &str| FigureError::Nothing { column: column.to_owned() };
    let edges = |places: &[f64]| if smooth { places.to_vec() } else { borders(places) };
    let (x_edges, y_edges) = (edges(&xs), edges(&ys));
    let x = Scale::over(x_edges.iter().copied(), false).ok_or_else(|| nothing(&plan.x))?;
    let y = Scale::over(y_edges.iter().copied(), false)
        .ok_or_else(|| nothing(plan.shown().unwrap_or_default()))?;
    let overlay = Overlay::new(plan, beside)?;
    let on_path = overlay.iter().flat_map(|overlay| overlay.costs_within(&x, &y));
    let (scale, mut notes) = cost_scale(plan, "log-levels", grid.values().chain(on_path).collect())?;

    let legend = legend(plan, &grid, overlay.as_ref());
    notes.insert(0, format!("{}×{} grid points", grid.columns, grid.rows));
    let fill = if smooth {
        "colours interpolated bilinearly between grid points"
    } else {
        "one cell per grid point"
    };
    notes.insert(1, format!("{fill}; contour lines by linear interpolation"));
    if grid.blank() > 0 {
        notes.push(format!(
            "{} of {} costs are not finite and left blank",
            grid.blank(),
            grid.columns * grid.rows
        ));
    }
    notes.extend(overlay.iter().flat_map(|overlay| overlay.notes(&x, &y)));
    let mut scene = Scene::page();
    let outer = page(&mut scene, plan, &legend, &notes);
    let equal = plan.switch("equal-aspect")?.unwrap_or_else(|| {
        let ratio = (x.high - x.low) / (y.high - y.low);
        (0.5..=2.0).contains(&ratio)
    });
    let bar = Axis { scale, name: plan.axis("z-axis", plan.shown()?) };
    let room = Area { right: outer.right - bar_width(&bar, outer.height() * 0.8), ..outer };
    let x_axis = Axis { scale: x, name: plan.axis("x-axis", &plan.x) };
    let y_axis = Axis { scale: y, name: plan.axis("y-axis", plan.upwards()?) };
    let frame = Frame::new(room, x_axis, y_axis, equal);
    if smooth {
        fill_smoothly(&mut scene, &frame, &grid, &scale);
    } else {
        fill_cells(&mut scene, &frame, &grid, &scale, (&x_edges, &y_edges));
    }
    let levels = scale.levels();
    draw_levels(&mut scene, &frame, &grid, &scale, &levels);
    if let Some(overlay) = &overlay {
        let points: Vec<_> =
            overlay.points.iter().map(|[x, y, cost]| (frame.place(*x, *y), dot(&scale, *cost))).collect();
        path(&mut scene, Some(&frame.area), &points, true);
    }
    if let Some([x, y, _]) = grid.lowest() {
        Symbol::Lowest.draw(&mut scene, frame.place(x, y));
    }
    frame.draw_axes(&mut scene);
    draw_bar(&mut scene, &bar, frame.area.right, frame.area.top, frame.area.bottom, &levels);
    Ok(scene)
}

/// The legend of a figure over a plane.
pub fn legend(plan: &Plan, grid: &Grid, overlay: Option<&Overlay>) -> Vec<Entry> {
    let name = short(plan.shown().unwrap_or_default());
    let mut legend: Vec<Entry> = overlay.map(|overlay| overlay.legend(&name)).unwrap_or_default();
    if let Some([x, y, cost]) = grid.lowest() {
        let places = format!("({}, {})", plain(x), plain(y));
        legend.push(Entry {
            symbol: Symbol::Lowest,
            text: format!("lowest grid point: {name} {} at {places}", plain(cost)),
        });
    }
    if grid.blank() > 0 && plan.kind == Kind::Contour {
        legend.push(Entry { symbol: Symbol::Blank, text: "not finite".to_owned() });
    }
    legend
}

/// The scale of costs: logarithmic if the setting says so, or by itself if the positive ones span a factor
/// of 20 and none is negative. A logarithmic scale reaches six decades down at most, or to the setting
/// `log-floor`; the notes say where it is cut.
pub fn cost_scale(plan: &Plan, key: &str, costs: Vec<f64>) -> Result<(Scale, Vec<String>), FigureError> {
    let nothing = || FigureError::Nothing { column: plan.shown().unwrap_or_default().to_owned() };
    let even = Scale::over(costs.iter().copied(), false).ok_or_else(nothing)?;
    let positive = Scale::over(costs.iter().copied(), true);
    let wide =
        positive.is_some_and(|scale| scale.high > 20.0 * scale.low) && !costs.iter().any(|cost| *cost < 0.0);
    if !plan.switch(key)?.unwrap_or(wide) {
        return Ok((even, Vec::new()));
    }
    let mut scale = positive.ok_or_else(nothing)?;
    scale.low = scale.low.max(plan.number("log-floor", scale.high * 1e-6)?.min(scale.high / 10.0));
    let below = costs.iter().filter(|cost| **cost < scale.low).count();
    let floor = plain(scale.low);
    let note = format!("costs below {floor} drawn as {floor}: {below}");
    Ok((scale, if below > 0 { vec![note] } else { Vec::new() }))
}

/// One rectangle of colour for each point.
fn fill_cells(scene: &mut Scene, frame: &Frame, grid: &Grid, scale: &Scale, (xs, ys): (&[f64], &[f64])) {
    for (column, x) in xs.iter().zip(xs.iter().skip(1)).enumerate() {
        for (row, y) in ys.iter().zip(ys.iter().skip(1)).enumerate() {
            let (low, high) = (frame.place(*x.0, *y.0), frame.place(*x.1, *y.1));
            let [.., cost] = grid.point(column, row);
            paint_cell(scene, frame, (low, high), cost, scale);
        }
    }
}

/// Rectangles of about six units, coloured by the bilinear interpolation of the scale between points.
fn fill_smoothly(scene: &mut Scene, frame: &Frame, grid: &Grid, scale: &Scale) {
    const SIZE: f64 = 6.0;
    for column in 0..grid.columns.saturating_sub(1) {
        for row in 0..grid.rows.saturating_sub(1) {
            let [a, b, c, d] = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(u, v)| grid.point(column + u, row + v));
            let (low, high) = (frame.place(a[0], a[1]), frame.place(d[0], d[1]));
            if [a, b, c, d].iter().any(|[.., cost]| !cost.is_finite()) {
                paint_cell(scene, frame, (low, high), f64::NAN, scale);
                continue;
            }
            let [a, b, c, d] = [a, b, c, d].map(|[.., cost]| height(scale, cost));
            let across = ((high.x - low.x) / SIZE).ceil().max(1.0) as usize;
            let up = ((low.y - high.y) / SIZE).ceil().max(1.0) as usize;
            for i in 0..across {
                for j in 0..up {
                    let share = |index: usize, count: usize| index as f64 / count as f64;
                    let (u, v) = (share(2 * i + 1, 2 * across), share(2 * j + 1, 2 * up));
                    let fraction = (a * (1.0 - u) + b * u) * (1.0 - v) + (c * (1.0 - u) + d * u) * v;
                    let corner = |i: usize, j: usize| {
                        let (x, y) = (low.toward(high, share(i, across)).x, low.toward(high, share(j, up)).y);
                        at(x, y)
                    };
                    let area = overlapping(frame, corner(i, j), corner(i + 1, j + 1));
                    scene.polygon(&area.corners(), viridis(fraction));
                }
            }
        }
    }
}

/// The area between lower left and upper right, a little wider to the right and upwards so that no seam shows;
/// the next cell covers the excess.
fn overlapping(frame: &Frame, low: Point, high: Point) -> Area {
    let Area { top, right, .. } = frame.area;
    Area { left: low.x, top: (high.y - 0.4).max(top), right: (high.x + 0.4).min(right), bottom: low.y }
}

fn paint_cell(scene: &mut Scene, frame: &Frame, (low, high): (Point, Point), cost: f64, scale: &Scale) {
    let area = overlapping(frame, low, high);
    match colour(scale, cost) {
        Some(colour) => scene.polygon(&area.corners(), colour),
        None => hatch(scene, &area),
    }
}

/// The fraction of a finite cost, 0 for what lies below a logarithmic scale.
fn height(scale: &Scale, cost: f64) -> f64 {
    let fraction = scale.fraction(cost);
    if cost.is_finite() && fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) }
}

fn draw_levels(scene: &mut Scene, frame: &Frame, grid: &Grid, scale: &Scale, levels: &[f64]) {
    let value = |column: usize, row: usize| {
        let [.., cost] = grid.point(column, row);
        if cost.is_finite() { height(scale, cost) } else { f64::NAN }
    };
    for cost in levels {
        let fraction = scale.fraction(*cost);
        for line in level::lines(grid.columns, grid.rows, value, fraction) {
            let places: Vec<Point> =
                line.iter().map(|(column, row)| between(frame, grid, *column, *row)).collect();
            scene.line(&places, pen(viridis(fraction).contrast(), 1.5));
        }
    }
}

/// The place of a point given in grid steps.
fn between(frame: &Frame, grid: &Grid, column: f64, row: f64) -> Point {
    let place = |column: f64, row: f64| {
        let [x, y, _] = grid.point(column as usize, row as usize);
        frame.place(x, y)
    };
    let from = place(column.floor(), row.floor());
    let to = place(column.ceil(), row.ceil());
    at(from.toward(to, column.fract()).x, from.toward(to, row.fract()).y)
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;
    use crate::table::Table;

    fn table(columns: usize, rows: usize, cost: impl Fn(usize, usize) -> f64) -> Table {
        let places: Vec<(usize, usize)> = (0..columns).flat_map(|c| (0..rows).map(move |r| (c, r))).collect();
        let column = |of: &dyn Fn(&(usize, usize)) -> f64| places.iter().map(of).collect::<Vec<_>>();
        Table::new()
            .column("x", column(&|(c, _)| *c as f64))
            .column("y", column(&|(_, r)| *r as f64))
            .column("train_cost", column(&|(c, r)| cost(*c, *r)))
    }

    fn scene(table: &Table) -> Scene {
        draw(&Plan::new(table).unwrap(), Path::new(".")).unwrap()
    }

    fn says(scene: &Scene, wanted: &str) -> bool {
        scene.marks.iter().any(|mark| matches!(mark, Mark::Text { text, .. } if text.contains(wanted)))
    }

    #[test]
    fn on_a_grid_of_3_by_7_x_runs_right_and_y_upwards() {
        // Only the cell of the last column and first row is high: the lower right one.
        let drawn = scene(&table(3, 7, |c, r| if (c, r) == (2, 0) { 1.0 } else { 0.0 }));
        let cells = |fraction: f64| {
            let areas = drawn.marks.iter().filter_map(move |mark| match mark {
                Mark::Polygon { corners, fill } if *fill == viridis(fraction) && corners.len() == 4 => {
                    Some(corners[0])
                }
                _ => None,
            });
            areas.collect::<Vec<_>>()
        };
        let (high, low) = (cells(1.0), cells(0.0));
        assert_eq!((high.len(), low.len()), (1, 20));
        assert!(low.iter().all(|corner| corner.x <= high[0].x && corner.y <= high[0].y));
    }

    #[test]
    fn costs_that_are_not_finite_are_hatched_and_counted() {
        let drawn = scene(&table(4, 5, |c, r| if c == 1 && r < 3 { f64::NAN } else { (c + r) as f64 }));
        assert!(says(&drawn, "3 of 20 costs are not finite and left blank"));
        assert!(says(&drawn, "not finite"));
    }

    #[test]
    fn costs_over_decades_get_a_log_scale_cut_at_six() {
        let all = table(2, 5, |c, r| 10_f64.powi(-((c * 5 + r) as i32)));
        let plan = Plan::new(&all).unwrap();
        let costs = all.number("train_cost").unwrap().to_vec();
        let (scale, notes) = cost_scale(&plan, "log-levels", costs).unwrap();
        assert!(scale.log && (scale.low / 1e-6 - 1.0).abs() < 1e-9);
        assert_eq!(notes, ["costs below 10⁻⁶ drawn as 10⁻⁶: 3"]);
        let (scale, _) = cost_scale(&plan, "log-levels", vec![-1.0, 0.001, 1.0]).unwrap();
        assert!(!scale.log);
    }

    #[test]
    fn smooth_colours_are_owned_up_to() {
        let drawn = scene(&table(3, 3, |c, r| (c * r) as f64).setting("fill", "smooth"));
        assert!(says(&drawn, "interpolated bilinearly"));
        assert!(!says(&scene(&table(3, 3, |c, r| (c * r) as f64)), "bilinearly"));
    }
}
