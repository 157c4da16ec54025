//! Columns over a column, as lines.

use super::FigureError;
use super::colour::{Colour, GREY, SERIES, WHITE};
use super::frame::{Axis, Frame};
use super::letters::text_width;
use super::page::{Entry, Symbol, page};
use super::plan::Plan;
use super::scale::Scale;
use super::scene::{Align, Pen, Point, Scene, at};

/// Whole, dashed, dotted, and both: with seven colours, twenty-eight looks.
const DASHES: [&[f64]; 4] = [&[], &[14.0, 7.0], &[3.5, 6.0], &[16.0, 6.0, 3.5, 6.0]];

/// Draws the lines.
pub fn draw(plan: &Plan) -> Result<Scene, FigureError> {
    let table = plan.table;
    let xs = table.number(&plan.x)?;
    let series: Vec<&[f64]> = plan.y.iter().map(|name| table.number(name)).collect::<Result<_, _>>()?;
    let guides = plan.guides()?;
    let x_log = plan.switch("log-x")?.unwrap_or_else(|| plan.x == "step_size" && spans(xs.iter(), 1e3));
    let y_log = plan.switch("log-y")?.unwrap_or_else(|| spans(series.iter().copied().flatten(), 1e3));
    let nothing = |column: &str| FigureError::Nothing { column: column.to_owned() };
    let across = xs.iter().copied().chain(guides.iter().map(|(value, _)| *value));
    let x_scale = Scale::over(across, x_log).ok_or_else(|| nothing(&plan.x))?;
    let mut y_scale = upwards(series.iter().copied().flatten().copied(), y_log)
        .ok_or_else(|| nothing(plan.y.first().unwrap_or(&plan.x)))?;
    if y_log {
        let floor = plan.number("log-floor", y_scale.low)?;
        y_scale.low = y_scale.low.max(floor.min(y_scale.high / 10.0));
    }
    let band = plan.text("band").map(|column| table.number(column)).transpose()?;

    let mut scene = Scene::page();
    let dotted = xs.len() <= 30;
    let pens = (0..series.len()).map(pen_of).collect::<Vec<_>>();
    let labels = plan.labels(&plan.y)?;
    let legend: Vec<Entry> = if series.len() > 1 || plan.text("labels").is_some() {
        let entry = |(pen, text): (&Pen, String)| Entry { symbol: Symbol::Line(*pen, dotted), text };
        pens.iter().zip(labels).map(entry).collect()
    } else {
        Vec::new()
    };
    let drawable = |scale: &Scale, value: f64| {
        value.is_finite() && scale.fraction(value).is_finite() && !(scale.log && value < scale.low)
    };
    let shown = series.iter().copied().flatten().filter(|value| drawable(&y_scale, **value)).count();
    let total = series.iter().map(|cells| cells.len()).sum::<usize>();
    let notes: Vec<String> = (shown < total)
        .then(|| {
            let why = match (y_log, plan.text("log-floor")) {
                (true, Some(_)) => "below the axis or not finite",
                (true, None) => "not finite or not positive",
                (false, _) => "not finite",
            };
            format!("{} of {total} values are {why} and left blank", total - shown)
        })
        .into_iter()
        .collect();
    let outer = page(&mut scene, plan, &legend, &notes);
    let y_name = plan.upward_axis();
    let x = Axis { scale: x_scale, name: plan.axis("x-axis", &plan.x) };
    let frame = Frame::new(outer, x, Axis { scale: y_scale, name: y_name }, false);
    frame.draw_grid(&mut scene);
    draw_guides(&mut scene, &frame, &guides);
    if let (Some(widths), Some(cells), Some(pen)) = (band, series.first(), pens.first()) {
        draw_band(&mut scene, &frame, xs, (cells, widths), pen.colour.mix(WHITE, 0.7));
    }
    for (cells, pen) in series.iter().zip(&pens) {
        for run in runs(&frame, xs, cells) {
            scene.line(&run, *pen);
            if dotted || run.len() == 1 {
                run.iter().for_each(|point| scene.disc(*point, pen.width * 1.5, pen.colour));
            }
        }
    }
    frame.draw_axes(&mut scene);
    Ok(scene)
}

/// The pen of a series.
pub fn pen_of(series: usize) -> Pen {
    let colour = SERIES.get(series % SERIES.len()).copied().unwrap_or(Colour(0, 0, 0));
    Pen { colour, width: 3.6, dash: DASHES.get(series % DASHES.len()).copied().unwrap_or_default() }
}

/// Whether all finite values are positive and the largest is more than `ratio` times the smallest.
pub fn spans<'a>(values: impl Iterator<Item = &'a f64>, ratio: f64) -> bool {
    Scale::over(values.copied(), false).is_some_and(|scale| scale.low > 0.0 && scale.high > ratio * scale.low)
}

/// The scale upwards: from zero if the values come near it from above, else with a little room.
fn upwards(values: impl Iterator<Item = f64>, log: bool) -> Option<Scale> {
    let scale = Scale::over(values, log)?;
    if !log && scale.low >= 0.0 && scale.low < 0.4 * scale.high {
        return Some(Scale { low: 0.0, ..scale.padded(0.0, 0.05) });
    }
    Some(scale.padded(0.05, 0.05))
}

/// The stretches of a series without a gap, as places; a logarithmic axis may begin above some values.
fn runs(frame: &Frame, xs: &[f64], cells: &[f64]) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = vec![Vec::new()];
    for (x, y) in xs.iter().zip(cells) {
        let place = frame.place(*x, *y);
        let below = frame.y.scale.log && *y < frame.y.scale.low;
        if below || !(place.x.is_finite() && place.y.is_finite()) {
            runs.push(Vec::new());
        } else if let Some(run) = runs.last_mut() {
            run.push(place);
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Draws the band of a series from value − width to value + width, stretch by stretch between rows,
/// cut at the lower and upper end of the scale.
fn draw_band(scene: &mut Scene, frame: &Frame, xs: &[f64], (cells, widths): (&[f64], &[f64]), fill: Colour) {
    let scale = &frame.y.scale;
    let edge = |x: f64, value: f64| frame.place(x, value.clamp(scale.low, scale.high));
    let rows: Vec<(f64, f64, f64)> =
        xs.iter().zip(cells.iter().zip(widths)).map(|(&x, (&value, &width))| (x, value, width)).collect();
    for pair in rows.windows(2) {
        if let [(left, from, one), (right, to, two)] = *pair
            && [left, right, from, to, one, two].iter().all(|number| number.is_finite())
            && (from + one > scale.low || to + two > scale.low)
        {
            let corners = [
                edge(left, from - one),
                edge(right, to - two),
                edge(right, to + two),
                edge(left, from + one),
            ];
            scene.polygon(&corners, fill);
        }
    }
}

/// Draws vertical lines with labels at their upper ends, in rows where they would meet.
fn draw_guides(scene: &mut Scene, frame: &Frame, guides: &[(f64, String)]) {
    const SIZE: f64 = 20.0;
    let (top, bottom) = (frame.area.top, frame.area.bottom);
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    for (value, label) in guides {
        let x = frame.place(*value, frame.y.scale.low).x;
        if !x.is_finite() {
            continue;
        }
        scene.line(&[at(x, top), at(x, bottom)], Pen { colour: GREY, width: 2.0, dash: &[8.0, 6.0] });
        let width = text_width(label, SIZE);
        let from = if x + width + 14.0 > frame.area.right { x - width - 8.0 } else { x + 8.0 };
        let meets =
            |row: f64| taken.iter().any(|(a, b, r)| *r == row && *a < from + width + 8.0 && from < *b + 8.0);
        let mut row = 0.0;
        while meets(row) && row < 8.0 {
            row += 1.0;
        }
        taken.push((from, from + width, row));
        let y = top + 26.0 + row * 26.0;
        let [a, b, c, d] =
            [(from, y - 20.0), (from + width, y - 20.0), (from + width, y + 6.0), (from, y + 6.0)];
        scene.polygon(&[a, b, c, d].map(|(x, y)| at(x, y)), WHITE);
        scene.text(label, at(from, y), Align::Start, SIZE, GREY);
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{Area, Mark};
    use super::*;
    use crate::table::Table;

    #[test]
    fn a_missing_value_is_a_gap_not_a_point() {
        let axis = |high| Axis { scale: Scale { low: 0.0, high, log: false }, name: String::new() };
        let outer = Area { left: 0.0, top: 0.0, right: 900.0, bottom: 700.0 };
        let frame = Frame::new(outer, axis(4.0), axis(1.0), false);
        let runs = runs(&frame, &[0.0, 1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, f64::NAN, 0.5, f64::INFINITY]);
        assert_eq!(runs.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn all_twelve_series_look_different_and_are_in_the_legend() {
        let mut table = Table::new().column("alpha", vec![0.0, 0.5, 1.0]);
        for index in 0..12 {
            table = table.column(format!("run_{index}"), vec![1.0, f64::from(index), 2.0]);
        }
        let scene = draw(&Plan::new(&table).unwrap()).unwrap();
        let texts: Vec<&String> = scene
            .marks
            .iter()
            .filter_map(|mark| if let Mark::Text { text, .. } = mark { Some(text) } else { None })
            .collect();
        assert!((0..12).all(|index| texts.iter().any(|text| **text == format!("run {index}"))));
        let looks: Vec<_> = (0..12).map(|index| (pen_of(index).colour, pen_of(index).dash)).collect();
        assert!(looks.iter().enumerate().all(|(place, look)| !looks[..place].contains(look)));
    }

    #[test]
    fn a_band_lies_under_its_line_and_ends_at_the_floor() {
        let table = Table::new()
            .setting("log-y", true)
            .setting("log-floor", 1e-3)
            .setting("band", "error")
            .setting("y", "density")
            .column("eigenvalue", vec![0.0, 1.0, 2.0, 3.0])
            .column("density", vec![1.0, 0.5, 0.1, 1e-9])
            .column("error", vec![0.1, 0.5, 0.05, 1e-9]);
        let scene = draw(&Plan::new(&table).unwrap()).unwrap();
        let polygons: Vec<&Vec<Point>> = scene
            .marks
            .iter()
            .filter_map(|mark| if let Mark::Polygon { corners, .. } = mark { Some(corners) } else { None })
            .filter(|corners| {
                corners.len() == 4 && corners[0].x == corners[3].x && corners[1].x == corners[2].x
            })
            .collect();
        assert_eq!(polygons.len(), 3);
        let lowest = polygons[0][1].y;
        assert!(polygons.iter().flat_map(|corners| corners.iter()).all(|corner| corner.y <= lowest));
        let blank =
            |mark: &Mark| matches!(mark, Mark::Text { text, .. } if text.contains("1 of 4 values are below"));
        assert!(scene.marks.iter().any(blank));
    }

    #[test]
    fn values_that_a_log_axis_cannot_show_are_counted() {
        let table = Table::new()
            .setting("log-y", true)
            .column("epoch", vec![0.0, 1.0, 2.0])
            .column("train_cost", vec![1.0, 0.0, 0.1]);
        let scene = draw(&Plan::new(&table).unwrap()).unwrap();
        assert!(scene.marks.iter().any(
            |mark| matches!(mark, Mark::Text { text, .. } if text.contains("1 of 3 values are not finite or not positive"))
        ));
    }
}
