//! What a curve J(α) along a line says: its minimum, its rise, its barrier, the end of its plateau.

/// A curve on a grid, with its values at α = 0 and α = 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// α, rising.
    pub alphas: Vec<f64>,
    /// J at each α.
    pub costs: Vec<f64>,
    /// J(0).
    pub start: f64,
    /// J(1).
    pub end: f64,
}

impl Curve {
    /// The points with 0 ≤ α ≤ 1 and a finite cost, both ends among them.
    fn between(&self) -> Vec<(f64, f64)> {
        let inner = self.alphas.iter().copied().zip(self.costs.iter().copied());
        let inner = inner.filter(|&(alpha, cost)| alpha > 0.0 && alpha < 1.0 && cost.is_finite());
        let ends = [(0.0, self.start), (1.0, self.end)];
        let mut points: Vec<_> = inner.chain(ends.into_iter().filter(|(_, cost)| cost.is_finite())).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    }

    /// The lowest finite point of the grid as (α, J).
    #[must_use]
    pub fn minimum(&self) -> Option<(f64, f64)> {
        let points = self.alphas.iter().copied().zip(self.costs.iter().copied());
        points.filter(|(_, cost)| cost.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The largest rise J(α₂) − J(α₁) with 0 ≤ α₁ < α₂ ≤ 1; 0 for a curve that never rises.
    #[must_use]
    pub fn rise(&self) -> f64 {
        let (mut lowest, mut rise) = (f64::INFINITY, 0.0_f64);
        for (_, cost) in self.between() {
            rise = rise.max(cost - lowest);
            lowest = lowest.min(cost);
        }
        rise
    }

    /// Whether the rise is at most one percent of the drop J(0) − J(1).
    #[must_use]
    pub fn is_monotone(&self) -> bool {
        self.rise() <= 0.01 * (self.start - self.end)
    }

    /// The largest height above the straight line from (0, J(0)) to (1, J(1)), on 0 ≤ α ≤ 1.
    #[must_use]
    pub fn barrier(&self) -> f64 {
        let height = |(alpha, cost): (f64, f64)| cost - ((1.0 - alpha) * self.start + alpha * self.end);
        self.between().into_iter().map(height).fold(0.0, f64::max)
    }

    /// The α from which on, up to 1, J stays below J(0): the first such point of the grid.
    #[must_use]
    pub fn falls_for_good(&self) -> Option<f64> {
        let points = self.between();
        let above = points.iter().rposition(|&(_, cost)| cost >= self.start)?;
        points.get(above + 1).map(|&(alpha, _)| alpha)
    }

    /// The highest point before J falls below J(0) for good, as (α, height above J(0)), by the parabola
    /// through the highest point of the grid and its neighbours; `None` if nothing stands above J(0).
    ///
    /// # Source
    /// Goodfellow, Vinyals, Saxe, *Qualitatively characterizing neural network optimization problems*
    /// (2015), the convolutional network's wrong side of the mountain.
    #[must_use]
    pub fn bump(&self) -> Option<(f64, f64)> {
        let end = self.falls_for_good()?;
        let points: Vec<(f64, f64)> = self.between().into_iter().filter(|point| point.0 <= end).collect();
        let top = (0..points.len()).max_by(|&a, &b| points[a].1.total_cmp(&points[b].1))?;
        if points[top].1 <= self.start {
            return None;
        }
        let (alpha, cost) = match (points.get(top.wrapping_sub(1)), points.get(top + 1)) {
            (Some(&left), Some(&right)) => vertex(left, points[top], right),
            _ => points[top],
        };
        Some((alpha, cost - self.start))
    }

    /// The first α in [0, 1] with J < 0.9·J(0).
    #[must_use]
    pub fn plateau_end(&self) -> Option<f64> {
        self.between().into_iter().find(|&(_, cost)| cost < 0.9 * self.start).map(|(alpha, _)| alpha)
    }

    /// The inner local minima of the whole grid that are deeper than 1e-3·J, as (α, J).
    ///
    /// A dip counts if the curve rises on both sides by more than 1e-3 of its lowest value before it
    /// falls below it.
    #[must_use]
    pub fn local_minima(&self) -> Vec<(f64, f64)> {
        let costs = &self.costs;
        let climbs = |from: usize, mut steps: Box<dyn Iterator<Item = usize>>| {
            steps.find_map(|index| {
                let change = costs[index] - costs[from];
                if change < 0.0 {
                    Some(false)
                } else if change > 1e-3 * costs[from].abs() {
                    Some(true)
                } else {
                    None
                }
            })
        };
        let mut minima: Vec<(f64, f64)> = Vec::new();
        for index in 1..costs.len().saturating_sub(1) {
            let left = climbs(index, Box::new((0..index).rev()));
            let right = climbs(index, Box::new(index + 1..costs.len()));
            if left == Some(true) && right == Some(true) {
                let equal = minima.last().is_some_and(|last: &(f64, f64)| last.1 == costs[index]);
                if !equal {
                    minima.push((self.alphas[index], costs[index]));
                }
            }
        }
        minima
    }
}

/// The vertex of the parabola through three points with rising α, of which the middle one is highest.
#[must_use]
pub fn vertex(left: (f64, f64), top: (f64, f64), right: (f64, f64)) -> (f64, f64) {
    let (p, q) = (left.0 - top.0, right.0 - top.0);
    let (a, b) = ((left.1 - top.1) / p, (right.1 - top.1) / q);
    let curvature = (b - a) / (q - p);
    let slope = a - curvature * p;
    if curvature >= 0.0 {
        return top;
    }
    (top.0 - slope / (2.0 * curvature), top.1 - slope * slope / (4.0 * curvature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(costs: &[f64]) -> Curve {
        let last = (costs.len() - 1) as f64;
        Curve {
            alphas: (0..costs.len()).map(|i| i as f64 / last).collect(),
            costs: costs.to_vec(),
            start: costs[0],
            end: costs[costs.len() - 1],
        }
    }

    #[test]
    fn a_falling_curve_has_no_rise() {
        let falling = curve(&[4.0, 3.9, 2.0, 1.0, 0.5]);
        assert_eq!((falling.rise(), falling.is_monotone()), (0.0, true));
        assert_eq!(falling.plateau_end(), Some(0.5));
        assert_eq!(falling.minimum(), Some((1.0, 0.5)));
    }

    #[test]
    fn a_bump_is_measured_by_rise_and_barrier() {
        let bump = curve(&[1.0, 0.5, 2.0, 0.25, 1.0]);
        assert_eq!(bump.rise(), 1.5);
        assert_eq!(bump.barrier(), 1.0);
        assert_eq!(bump.local_minima(), [(0.25, 0.5), (0.75, 0.25)]);
    }

    #[test]
    fn a_bump_before_the_fall_is_placed_between_grid_points() {
        let cost = |alpha: f64| 1.0 + alpha * (0.3 - alpha);
        let alphas: Vec<f64> = (0..=20).map(|i| f64::from(i) * 0.05).collect();
        let costs: Vec<f64> = alphas.iter().map(|&alpha| cost(alpha)).collect();
        let curve = Curve { start: 1.0, end: cost(1.0), alphas, costs };
        let (alpha, height) = curve.bump().unwrap();
        assert!((alpha - 0.15).abs() < 1e-12 && (height - 0.0225).abs() < 1e-12);
        assert!(curve.falls_for_good().is_some_and(|alpha| (0.3..0.36).contains(&alpha)));
        assert_eq!(self::curve(&[4.0, 3.9, 1.0]).bump(), None);
    }

    #[test]
    fn points_past_the_end_do_not_count_and_nan_is_left_out() {
        let mut past = curve(&[4.0, 1.0, 9.0]);
        past.alphas = vec![0.0, 1.0, 2.0];
        past.end = 1.0;
        assert_eq!((past.rise(), past.barrier()), (0.0, 0.0));
        let hole = curve(&[4.0, f64::NAN, 1.0]);
        assert_eq!((hole.rise(), hole.minimum()), (0.0, Some((1.0, 1.0))));
    }
}
