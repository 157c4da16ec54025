//! Figures made from a table alone, as PNG and SVG.
//!
//! What is drawn comes from the table's settings (`figure`, `title`, `x`, `y`, `z`, `overlay` …); where these are
//! silent, from the names of its columns. So a figure can be made again from the CSV file of its table.

mod error;
mod colour;
mod letters;
mod scene;
mod paint;
mod scale;
mod plan;
mod page;
mod frame;
mod grid;
mod level;
mod overlay;
mod lines;
mod contour;
mod surface;
mod scatter;

use crate::table::Table;
use plan::{Kind, Plan};
use std::path::Path;

pub use error::FigureError;
pub use paint::PaintError;

/// A figure, laid out on a page of 1600 × 1000.
#[derive(Clone, Debug)]
pub struct Figure {
    scene: scene::Scene,
}

impl Figure {
    /// The figure as the bytes of a PNG file of 1600 × 1000 pixels.
    ///
    /// # Errors
    /// [`PaintError`] if the embedded font is damaged or a backend fails.
    pub fn png(&self) -> Result<Vec<u8>, PaintError> {
        paint::png(&self.scene)
    }

    /// The figure as the text of an SVG file, laid out as the PNG.
    ///
    /// # Errors
    /// [`PaintError`] if the embedded font is damaged or the backend fails.
    pub fn svg(&self) -> Result<String, PaintError> {
        paint::svg(&self.scene)
    }
}

/// Draws a table.
///
/// `beside` is the folder in which the table named by the setting `overlay` is looked up.
/// Values that are not finite are left blank and counted in the footer.
///
/// # Errors
/// [`FigureError`] naming the column, setting or place at fault, and what to do.
pub fn draw(table: &Table, beside: &Path) -> Result<Figure, FigureError> {
    table.check()?;
    let plan = Plan::new(table)?;
    let scene = match plan.kind {
        Kind::Lines => lines::draw(&plan)?,
        Kind::Contour => contour::draw(&plan, beside)?,
        Kind::Surface => surface::draw(&plan, beside)?,
        Kind::Scatter => scatter::draw(&plan)?,
    };
    Ok(Figure { scene })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of `columns`×`rows` points, x in 0..columns and y in 0..rows.
    fn plane(columns: usize, rows: usize, cost: impl Fn(f64, f64) -> f64) -> Table {
        let places: Vec<(f64, f64)> =
            (0..columns).flat_map(|x| (0..rows).map(move |y| (x as f64, y as f64))).collect();
        Table::new()
            .column("x", places.iter().map(|(x, _)| *x).collect::<Vec<_>>())
            .column("y", places.iter().map(|(_, y)| *y).collect::<Vec<_>>())
            .column("train_cost", places.iter().map(|(x, y)| cost(*x, *y)).collect::<Vec<_>>())
    }

    fn text(table: &Table) -> String {
        draw(table, Path::new(".")).unwrap().svg().unwrap()
    }

    #[test]
    fn a_figure_is_the_same_from_its_csv() {
        let table = plane(5, 7, |x, y| (x - 2.0) * (y - 3.0) + 0.1)
            .setting("title", "A saddle")
            .setting("seed", 2015);
        let mut bytes = Vec::new();
        table.write_csv(&mut bytes).unwrap();
        let again = Table::read_csv(bytes.as_slice()).unwrap();
        assert_eq!(text(&table), text(&again));
    }

    #[test]
    fn two_columns_called_x_and_y_are_a_line() {
        let table = Table::new().column("x", vec![1.0, 2.0, 3.0]).column("y", vec![1.0, f64::NAN, 2.0]);
        assert_eq!(Plan::new(&table).unwrap().kind, Kind::Lines);
        assert!(text(&table).contains("y over x"));
        assert_eq!(Plan::new(&plane(3, 3, |x, _| x)).unwrap().kind, Kind::Contour);
    }

    #[test]
    fn every_kind_draws_every_finite_table_without_panic() {
        let costs: [fn(f64, f64) -> f64; 5] = [
            |x, y| x + y,
            |_, _| 1.0,
            |x, y| (-(x * x + 3.0 * y)).exp(),
            |x, _| if x == 0.0 { f64::NAN } else { x * f64::MAX / 100.0 },
            |x, y| if x > y { f64::INFINITY } else { -x },
        ];
        for cost in costs {
            for kind in ["lines", "contour", "surface", "scatter"] {
                for log in ["true", "false", "auto"] {
                    let table = plane(3, 4, cost).setting("figure", kind).setting("log-y", log);
                    match draw(&table.setting("log-levels", log).setting("log-z", log), Path::new(".")) {
                        Ok(figure) => assert!(figure.svg().unwrap().len() > 1000),
                        Err(error) => assert!(matches!(error, FigureError::Nothing { .. }), "{error}"),
                    }
                }
            }
        }
    }

    #[test]
    fn missing_columns_and_overlays_are_named() {
        let table = plane(3, 3, |x, _| x);
        let message = |table: &Table| draw(table, Path::new("/nowhere")).unwrap_err().to_string();
        assert!(message(&table.clone().setting("z", "train_cots")).contains("nearest: `train_cost`"));
        assert!(message(&table.clone().setting("overlay", "path.csv")).contains("/nowhere/path.csv"));
        assert!(message(&table.setting("log-levels", "often")).contains("true, false or auto"));
        assert!(message(&plane(1, 9, |x, _| x)).contains("at least 2x2 points, this grid has 1x9"));
        assert!(message(&plane(3, 3, |_, _| f64::NAN)).contains("`train_cost` holds no value"));
    }
}
