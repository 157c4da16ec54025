//! Contour lines by marching squares.

use std::collections::BTreeMap;

/// An edge of the grid: from point (column, row) to the right (`false`) or upwards (`true`).
type Edge = (usize, usize, bool);

/// The lines on which the linear interpolation of `value(column, row)` equals `level`,
/// as points in grid steps (0 at the first column and row).
///
/// Squares with a corner that is not finite hold no line. A saddle is decided by the mean of its corners.
///
/// # Source
/// Maple, *Geometric design and space planning using the marching squares and marching cube algorithms* (2003).
pub fn lines(
    columns: usize,
    rows: usize,
    value: impl Fn(usize, usize) -> f64,
    level: f64,
) -> Vec<Vec<(f64, f64)>> {
    let mut neighbours: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
    for column in 0..columns.saturating_sub(1) {
        for row in 0..rows.saturating_sub(1) {
            let corners = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(c, r)| value(column + c, row + r));
            for (from, to) in segments(corners, level) {
                let edge = |side: usize| match side {
                    0 => (column, row, false),
                    1 => (column + 1, row, true),
                    2 => (column, row + 1, false),
                    _ => (column, row, true),
                };
                neighbours.entry(edge(from)).or_default().push(edge(to));
                neighbours.entry(edge(to)).or_default().push(edge(from));
            }
        }
    }
    let place = |(column, row, upwards): Edge| {
        let (c, r) = (column as f64, row as f64);
        let (from, to) = if upwards {
            (value(column, row), value(column, row + 1))
        } else {
            (value(column, row), value(column + 1, row))
        };
        let share = (level - from) / (to - from);
        if upwards { (c, r + share) } else { (c + share, r) }
    };
    chained(neighbours).into_iter().map(|chain| chain.into_iter().map(place).collect()).collect()
}

/// The sides of a square (lower, right, upper, left) joined by the line, for corners in the order
/// lower left, lower right, upper right, upper left.
fn segments(corners: [f64; 4], level: f64) -> Vec<(usize, usize)> {
    if corners.iter().any(|corner| !corner.is_finite()) {
        return Vec::new();
    }
    let [a, b, c, d] = corners.map(|corner| corner >= level);
    let centre = corners.iter().sum::<f64>() / 4.0 >= level;
    match [a, b, c, d] {
        [true, true, true, true] | [false, false, false, false] => Vec::new(),
        [true, false, true, false] if centre => vec![(0, 1), (2, 3)],
        [true, false, true, false] => vec![(3, 0), (1, 2)],
        [false, true, false, true] if centre => vec![(3, 0), (1, 2)],
        [false, true, false, true] => vec![(0, 1), (2, 3)],
        _ => {
            let crossed = [a != b, b != c, c != d, d != a];
            let mut sides = crossed.iter().enumerate().filter(|(_, crossed)| **crossed).map(|(side, _)| side);
            sides.next().zip(sides.next()).into_iter().collect()
        }
    }
}

/// The longest chains of neighbouring edges, open ones first.
fn chained(mut neighbours: BTreeMap<Edge, Vec<Edge>>) -> Vec<Vec<Edge>> {
    let ends: Vec<Edge> =
        neighbours.iter().filter(|(_, near)| near.len() == 1).map(|(edge, _)| *edge).collect();
    let all: Vec<Edge> = neighbours.keys().copied().collect();
    let mut chains = Vec::new();
    for start in ends.into_iter().chain(all) {
        let (mut chain, mut here) = (vec![start], start);
        while let Some(next) = neighbours.get_mut(&here).and_then(Vec::pop) {
            if let Some(back) = neighbours.get_mut(&next)
                && let Some(place) = back.iter().position(|edge| *edge == here)
            {
                back.swap_remove(place);
            }
            chain.push(next);
            here = next;
        }
        if chain.len() > 1 {
            chains.push(chain);
        }
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_has_straight_lines_at_known_places() {
        let found = lines(5, 4, |column, row| column as f64 + 2.0 * row as f64, 3.5);
        assert_eq!(found.len(), 1);
        assert!(found[0].iter().all(|(x, y)| (x + 2.0 * y - 3.5).abs() < 1e-12));
        let (mut first, mut last) = (found[0][0], found[0][found[0].len() - 1]);
        if first.0 > last.0 {
            std::mem::swap(&mut first, &mut last);
        }
        assert_eq!((first, last), ((0.0, 1.75), (3.5, 0.0)));
    }

    #[test]
    fn a_bowl_has_one_closed_line() {
        let found = lines(21, 21, |c, r| (c as f64 - 10.0).hypot(r as f64 - 10.0), 6.0);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].first(), found[0].last());
        assert!(found[0].iter().all(|(x, y)| ((x - 10.0).hypot(y - 10.0) - 6.0).abs() < 0.05));
    }

    #[test]
    fn a_saddle_is_cut_the_way_its_centre_says() {
        let ends = |centre_high: bool| {
            let high = if centre_high { 3.0 } else { 1.2 };
            let corner = move |c: usize, r: usize| if c == r { high } else { 0.0 };
            let found = lines(2, 2, corner, 1.0);
            assert_eq!(found.len(), 2);
            found
                .iter()
                .any(|line| line.iter().any(|(x, _)| *x == 0.0) && line.iter().any(|(_, y)| *y == 0.0))
        };
        assert!(!ends(true));
        assert!(ends(false));
    }

    #[test]
    fn there_is_no_line_where_a_corner_is_not_finite() {
        let value = |c: usize, r: usize| if (c, r) == (1, 1) { f64::NAN } else { c as f64 };
        assert!(lines(3, 3, value, 0.5).is_empty());
        assert!(lines(1, 9, |_, r| r as f64, 0.5).is_empty());
    }
}
