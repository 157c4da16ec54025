//! Points, by colour or by series, joined or not, and a half circle to compare them with.

use super::FigureError;
use super::colour::{Colour, SERIES};
use super::contour::cost_scale;
use super::frame::{Axis, Frame, bar_width, draw_bar};
use super::lines::{pen_of, spans};
use super::overlay::dot;
use super::page::{Entry, Symbol, page, path, stride};
use super::plan::{Plan, finite};
use super::scale::Scale;
use super::scene::{Area, Pen, Point, Scene};

/// The pen of the half circle.
const GUIDE: Pen = Pen { colour: Colour(244, 190, 150), width: 9.0, dash: &[] };

/// Draws the points.
pub fn draw(plan: &Plan) -> Result<Scene, FigureError> {
    let table = plan.table;
    let upwards = plan.upwards()?;
    let (xs, ys) = (table.number(&plan.x)?, table.number(upwards)?);
    let costs = plan.z.as_deref().map(|name| table.number(name)).transpose()?;
    let names = plan.series.as_deref().map(|name| table.text(name)).transpose()?.unwrap_or_default();
    let half_circle = half_circle(plan)?;

    let x_log = plan.switch("log-x")?.unwrap_or(false);
    let y_log = plan.switch("log-y")?.unwrap_or(false)
        || (plan.text("log-y") == Some("auto") && spans(ys.iter(), 1e3));
    let scale = |cells: &[f64], log, curve: Vec<f64>, column: &str| {
        let scale =
            Scale::over(cells.iter().copied().chain(curve), log).map(|scale| scale.padded(0.04, 0.04));
        scale.ok_or_else(|| FigureError::Nothing { column: column.to_owned() })
    };
    let x = scale(xs, x_log, half_circle.iter().map(|(x, _)| *x).collect(), &plan.x)?;
    let y = scale(ys, y_log, half_circle.iter().map(|(_, y)| *y).collect(), upwards)?;
    let colours = costs.map(|costs| cost_scale(plan, "log-levels", costs.to_vec())).transpose()?;

    let mut kinds: Vec<&String> = Vec::new();
    for name in &names {
        if !kinds.contains(&name) {
            kinds.push(name);
        }
    }
    let own: Vec<String> = kinds.iter().map(|name| (*name).clone()).collect();
    let labels = if own.is_empty() { Vec::new() } else { plan.labels(&own)? };
    let colour = |row: usize| -> Colour {
        if let (Some((scale, _)), Some(costs)) = (&colours, costs) {
            return dot(scale, costs.get(row).copied().unwrap_or(f64::NAN));
        }
        let kind = names.get(row).and_then(|name| kinds.iter().position(|kind| *kind == name));
        pen_of(kind.unwrap_or(0)).colour
    };
    let shown = |(x_value, y_value): (f64, f64)| {
        [x.fraction(x_value), y.fraction(y_value)].iter().all(|fraction| fraction.is_finite())
    };
    let rows: Vec<(usize, f64, f64)> =
        xs.iter().zip(ys).enumerate().map(|(row, (x, y))| (row, *x, *y)).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(_, x, y)| shown((*x, *y))).collect();
    let joined = plan.connect && kinds.len() < 2;

    let mut legend: Vec<Entry> = Vec::new();
    if joined {
        legend.push(Entry { symbol: Symbol::Start, text: "start".to_owned() });
        legend.push(Entry { symbol: Symbol::End, text: "end".to_owned() });
    }
    if colours.is_none() && kinds.len() > 1 {
        let entry = |(kind, text)| Entry { symbol: Symbol::Dot(pen_of(kind).colour), text };
        legend.extend(labels.into_iter().enumerate().map(entry));
    }
    if !half_circle.is_empty() {
        let text = plan.text("half-circle-label").unwrap_or("half circle over start and end").to_owned();
        legend.push(Entry { symbol: Symbol::Line(GUIDE, false), text });
    }
    let mut notes = colours.as_ref().map(|(_, notes)| notes.clone()).unwrap_or_default();
    if rows.len() < xs.len() {
        notes.push(format!(
            "{} of {} points have no place and are left out",
            xs.len() - rows.len(),
            xs.len()
        ));
    }
    if joined && stride(rows.len()) > 1 {
        notes.push(format!("one in {} points marked", stride(rows.len())));
    }
    if kinds.len() > SERIES.len() && colours.is_none() {
        notes.push(format!("colours repeat after {} series", SERIES.len()));
    }

    let mut scene = Scene::page();
    let outer = page(&mut scene, plan, &legend, &notes);
    let bar = match (&colours, &plan.z) {
        (Some((scale, _)), Some(column)) => Some(Axis { scale: *scale, name: plan.axis("z-axis", column) }),
        _ => None,
    };
    let taken = bar.as_ref().map_or(0.0, |bar| bar_width(bar, outer.height() * 0.8));
    let room = Area { right: outer.right - taken, ..outer };
    let equal = plan.switch("equal-aspect")?.unwrap_or(!half_circle.is_empty()) && !x_log && !y_log;
    let x_axis = Axis { scale: x, name: plan.axis("x-axis", &plan.x) };
    let y_axis = Axis { scale: y, name: plan.axis("y-axis", upwards) };
    let frame = Frame::new(room, x_axis, y_axis, equal);
    frame.draw_grid(&mut scene);
    let curve: Vec<Point> = half_circle.iter().map(|(x, y)| frame.place(*x, *y)).collect();
    scene.line_within(&frame.area, &curve, GUIDE);
    let points: Vec<(Point, Colour)> =
        rows.iter().map(|(row, x, y)| (frame.place(*x, *y), colour(*row))).collect();
    if joined {
        path(&mut scene, None, &points, false);
    } else {
        let radius = match points.len() {
            0..=60 => 8.0,
            61..=500 => 6.0,
            _ => 4.0,
        };
        for (place, colour) in points {
            scene.disc(place, radius, colour.contrast());
            scene.disc(place, radius - 1.0, colour);
        }
    }
    frame.draw_axes(&mut scene);
    if let Some(bar) = bar {
        let Area { right, top, bottom, .. } = frame.area;
        draw_bar(&mut scene, &bar, right, top, bottom, &[]);
    }
    Ok(scene)
}

/// The upper half of the circle of the setting `half-circle = cx,cy,r`, from left to right; nothing without it.
fn half_circle(plan: &Plan) -> Result<Vec<(f64, f64)>, FigureError> {
    const KEY: &str = "half-circle";
    let Some(text) = plan.text(KEY) else { return Ok(Vec::new()) };
    let parts: Vec<f64> = text.split(',').map(|part| finite(KEY, text, part)).collect::<Result<_, _>>()?;
    let [x, y, radius] = parts.as_slice() else {
        return Err(FigureError::setting(KEY, text, "centre and radius as `x,y,r`"));
    };
    if *radius <= 0.0 {
        return Err(FigureError::setting(KEY, text, "a radius above 0"));
    }
    let angle = |step: u32| f64::from(180 - step).to_radians();
    Ok((0..=180)
        .map(|step| (radius.mul_add(angle(step).cos(), *x), radius.mul_add(angle(step).sin(), *y)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;
    use crate::table::Table;

    #[test]
    fn the_half_circle_runs_over_its_centre() {
        let table =
            Table::new().setting("half-circle", "0.5, 0, 0.5").column("a", vec![0.0]).column("b", vec![0.0]);
        let points = half_circle(&Plan::new(&table).unwrap()).unwrap();
        let near = |(x, y): (f64, f64), (u, v): (f64, f64)| (x - u).hypot(y - v) < 1e-12;
        assert!(near(points[0], (0.0, 0.0)) && near(points[90], (0.5, 0.5)) && near(points[180], (1.0, 0.0)));
        let wrong = Table::new().setting("half-circle", "1,2").column("a", vec![0.0]).column("b", vec![0.0]);
        assert!(half_circle(&Plan::new(&wrong).unwrap()).unwrap_err().to_string().contains("`x,y,r`"));
    }

    #[test]
    fn series_have_their_own_colours_and_points_without_place_are_counted() {
        let kinds = ["saddle", "minimum", "saddle"].map(str::to_owned).to_vec();
        let table = Table::new()
            .column("kind", kinds)
            .column("cost", vec![1.0, 2.0, f64::NAN])
            .column("index_fraction", vec![0.0, 0.1, 0.2]);
        let scene = draw(&Plan::new(&table).unwrap()).unwrap();
        let discs = |wanted: Colour| {
            scene.marks.iter().filter(|mark| matches!(mark, Mark::Disc { fill, radius, .. } if *fill == wanted && *radius == 7.0)).count()
        };
        assert_eq!((discs(SERIES[0]), discs(SERIES[1])), (2, 2), "one point and one legend entry each");
        assert!(
            scene
                .marks
                .iter()
                .any(|mark| matches!(mark, Mark::Text { text, .. } if text.contains("1 of 3 points")))
        );
    }
}
