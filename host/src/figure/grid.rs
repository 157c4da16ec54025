//! A grid of values over a plane, from rows in any order.

use super::FigureError;
use super::plan::Plan;

/// Values over a plane: equally many points in each column, x ascending over the columns and y within each.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Points to the right.
    pub columns: usize,
    /// Points upwards.
    pub rows: usize,
    /// x, y and value of each point, column by column.
    points: Vec<[f64; 3]>,
}

impl Grid {
    /// The grid of the plan's columns.
    pub fn new(plan: &Plan) -> Result<Self, FigureError> {
        let (x, y, z) = (plan.x.as_str(), plan.upwards()?, plan.shown()?);
        let (xs, ys, zs) = (plan.table.number(x)?, plan.table.number(y)?, plan.table.number(z)?);
        for (name, cells) in [(x, xs), (y, ys)] {
            if let Some(row) = cells.iter().position(|cell| !cell.is_finite()) {
                return Err(FigureError::Place { column: name.to_owned(), row: row + 1 });
            }
        }
        // Adding zero makes −0 and 0 one place.
        let mut points: Vec<[f64; 3]> =
            xs.iter().zip(ys).zip(zs).map(|((x, y), z)| [x + 0.0, y + 0.0, *z]).collect();
        points.sort_by(|[x, y, _], [u, v, _]| x.total_cmp(u).then(y.total_cmp(v)));
        let columns: Vec<&[[f64; 3]]> = points.chunk_by(|[x, ..], [u, ..]| x == u).collect();
        for column in &columns {
            for pair in column.windows(2) {
                if let [[x, y, _], [_, v, _]] = pair
                    && y == v
                {
                    return Err(FigureError::Repeated { x: *x, y: *y });
                }
            }
        }
        let (count, rows) = (columns.len(), columns.iter().map(|column| column.len()).max().unwrap_or(0));
        if let Some(short) = columns.iter().find(|column| column.len() != rows) {
            let x = short.first().map_or(f64::NAN, |[x, ..]| *x);
            return Err(FigureError::Incomplete { x, found: short.len(), wanted: rows });
        }
        if count < 2 || rows < 2 {
            return Err(FigureError::TooSmall { columns: count, rows });
        }
        Ok(Self { columns: count, rows, points })
    }

    /// x, y and value of a point; NaN outside.
    pub fn point(&self, column: usize, row: usize) -> [f64; 3] {
        let inside = column < self.columns && row < self.rows;
        let point = inside.then(|| self.points.get(column * self.rows + row)).flatten();
        point.copied().unwrap_or([f64::NAN; 3])
    }

    /// All points.
    pub fn points(&self) -> impl Iterator<Item = [f64; 3]> {
        self.points.iter().copied()
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.points().map(|[.., value]| value)
    }

    /// The lowest finite point.
    pub fn lowest(&self) -> Option<[f64; 3]> {
        self.points().filter(|[.., value]| value.is_finite()).min_by(|[.., a], [.., b]| a.total_cmp(b))
    }

    /// The number of values that are not finite.
    pub fn blank(&self) -> usize {
        self.values().filter(|value| !value.is_finite()).count()
    }

    /// The places to the right and upwards, if these are the same in each column.
    pub fn places(&self) -> Result<(Vec<f64>, Vec<f64>), FigureError> {
        let across: Vec<f64> = (0..self.columns).map(|column| self.point(column, 0)[0]).collect();
        let upwards = |column| (0..self.rows).map(move |row| self.point(column, row)[1]).collect::<Vec<_>>();
        let first = upwards(0);
        let odd = (1..self.columns).find(|column| upwards(*column) != first);
        match odd.and_then(|column| across.get(column)) {
            Some(x) => Err(FigureError::Uneven { x: *x }),
            None => Ok((across, first)),
        }
    }
}

/// The borders of cells around places: halfway between neighbours, and as far beyond the ends.
pub fn borders(places: &[f64]) -> Vec<f64> {
    let between = places.iter().zip(places.iter().skip(1)).map(|(a, b)| f64::midpoint(*a, *b));
    let mut borders: Vec<f64> = between.collect();
    if let (Some(first), Some(low), Some(last), Some(high)) =
        (places.first(), borders.first().copied(), places.last(), borders.last().copied())
    {
        borders.insert(0, 2.0f64.mul_add(*first, -low));
        borders.push(2.0f64.mul_add(*last, -high));
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;

    fn grid(rows: &[[f64; 3]]) -> Result<Grid, FigureError> {
        let column = |index: usize| rows.iter().map(|row| row[index]).collect::<Vec<_>>();
        let table =
            Table::new().column("x", column(0)).column("y", column(1)).column("train_cost", column(2));
        Grid::new(&Plan::new(&table).unwrap())
    }

    #[test]
    fn rows_in_any_order_make_the_same_grid() {
        let rows = [
            [0.0, 5.0, 1.0],
            [0.0, 6.0, 2.0],
            [1.0, 5.0, 3.0],
            [1.0, 6.0, 4.0],
            [-0.0, 7.0, 8.0],
            [1.0, 7.0, 9.0],
        ];
        let mut turned = rows;
        turned.reverse();
        let made = grid(&rows).unwrap();
        assert_eq!(made, grid(&turned).unwrap());
        assert_eq!((made.columns, made.rows), (2, 3));
        assert_eq!(made.point(1, 0), [1.0, 5.0, 3.0]);
        assert_eq!(made.places().unwrap(), (vec![0.0, 1.0], vec![5.0, 6.0, 7.0]));
        assert!(made.point(2, 0)[0].is_nan());
    }

    #[test]
    fn what_is_no_grid_is_refused_with_the_reason() {
        let message = |rows: &[[f64; 3]]| grid(rows).unwrap_err().to_string();
        assert!(
            message(&[[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]]).contains("at least 2x2 points, this grid has 1x2")
        );
        assert!(message(&[[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]).contains("x = 1 has 1 of 2"));
        assert!(message(&[[0.0, 0.0, 1.0], [0.0, 0.0, 2.0]]).contains("twice"));
        assert!(message(&[[0.0, f64::NAN, 1.0]]).contains("row 1"));
        assert!(message(&[]).contains("0x0"));
    }

    #[test]
    fn borders_lie_halfway_and_beyond_the_ends() {
        assert_eq!(borders(&[0.0, 1.0, 3.0]), [-0.5, 0.5, 2.0, 4.0]);
    }
}
