//! A line, a plane and a curved sheet through parameter space, each again a cost.

pub mod direction;
pub mod trajectory;
pub mod restriction;

use crate::cost::{Cost, Gradient};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::real::Real;

/// θ ← origin + a·direction, entry by entry: multiply, then add.
///
/// # Errors
/// [`WrongLength`] if the slices differ in length.
pub fn along<T: Real>(origin: &[T], a: T, direction: &[T], theta: &mut [T]) -> Result<(), WrongLength> {
    expect_length("direction", direction, origin.len())?;
    expect_length("theta", theta, origin.len())?;
    for ((theta, origin), direction) in theta.iter_mut().zip(origin).zip(direction) {
        *theta = *origin + a * *direction;
    }
    Ok(())
}

/// The cost along a line: J(θ₀ + a·d) as a function of (a).
///
/// `theta` is memory of n entries.
#[derive(Debug)]
pub struct OnLine<'a, C: Cost> {
    /// The cost of all parameters.
    pub inner: C,
    /// θ₀.
    pub origin: &'a [C::Real],
    /// d.
    pub direction: &'a [C::Real],
    /// Memory of n entries, and n more for the gradient.
    pub scratch: &'a mut [C::Real],
}

impl<C: Cost> OnLine<'_, C> {
    fn point(&mut self, at: &[C::Real]) -> Result<(), WrongLength> {
        let n = self.inner.dimension();
        expect_length("at", at, 1)?;
        expect_length("origin", self.origin, n)?;
        expect_at_least("scratch", self.scratch, n)?;
        let a = at.first().copied().unwrap_or(C::Real::ZERO);
        along(self.origin, a, self.direction, self.scratch.get_mut(..n).unwrap_or(&mut []))
    }
}

impl<C: Cost> Cost for OnLine<'_, C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        1
    }

    fn cost(&mut self, at: &[C::Real]) -> Result<f64, WrongLength> {
        self.point(at)?;
        self.inner.cost(self.scratch.get(..self.origin.len()).unwrap_or(&[]))
    }
}

impl<C: Gradient> Gradient for OnLine<'_, C> {
    fn gradient(&mut self, at: &[C::Real], gradient: &mut [C::Real]) -> Result<f64, WrongLength> {
        let n = self.origin.len();
        expect_length("gradient", gradient, 1)?;
        expect_at_least("scratch", self.scratch, 2 * n)?;
        self.point(at)?;
        let (theta, full) = self.scratch.split_at_mut_checked(n).unwrap_or((&mut [], &mut []));
        let full = full.get_mut(..n).unwrap_or(&mut []);
        let cost = self.inner.gradient(theta, full)?;
        gradient.fill(C::Real::from_f64(crate::cost::dot(full, self.direction)));
        Ok(cost)
    }
}

/// The cost over a plane: J(θ₀ + b·y + a·x) as a function of (a, b).
///
/// Formed as θ₀ + b·y first and + a·x then, as everywhere.
#[derive(Debug)]
pub struct OnPlane<'a, C: Cost> {
    /// The cost of all parameters.
    pub inner: C,
    /// θ₀.
    pub origin: &'a [C::Real],
    /// The direction of a.
    pub x: &'a [C::Real],
    /// The direction of b.
    pub y: &'a [C::Real],
    /// Memory of n entries, and n more for the gradient.
    pub scratch: &'a mut [C::Real],
}

impl<C: Cost> OnPlane<'_, C> {
    fn point(&mut self, at: &[C::Real]) -> Result<(), WrongLength> {
        let n = self.inner.dimension();
        let &[a, b] = at else { return Err(WrongLength { argument: "at", needed: 2, found: at.len() }) };
        expect_length("origin", self.origin, n)?;
        expect_length("x", self.x, n)?;
        expect_length("y", self.y, n)?;
        expect_at_least("scratch", self.scratch, n)?;
        let directions = self.x.iter().zip(self.y);
        for ((theta, origin), (x, y)) in self.scratch.iter_mut().zip(self.origin).zip(directions) {
            *theta = (*origin + b * *y) + a * *x;
        }
        Ok(())
    }
}

impl<C: Cost> Cost for OnPlane<'_, C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        2
    }

    fn cost(&mut self, at: &[C::Real]) -> Result<f64, WrongLength> {
        self.point(at)?;
        self.inner.cost(self.scratch.get(..self.origin.len()).unwrap_or(&[]))
    }
}

impl<C: Gradient> Gradient for OnPlane<'_, C> {
    fn gradient(&mut self, at: &[C::Real], gradient: &mut [C::Real]) -> Result<f64, WrongLength> {
        let n = self.origin.len();
        expect_length("gradient", gradient, 2)?;
        expect_at_least("scratch", self.scratch, 2 * n)?;
        self.point(at)?;
        let (theta, full) = self.scratch.split_at_mut_checked(n).unwrap_or((&mut [], &mut []));
        let full = full.get_mut(..n).unwrap_or(&mut []);
        let cost = self.inner.gradient(theta, full)?;
        for (out, direction) in gradient.iter_mut().zip([self.x, self.y]) {
            *out = C::Real::from_f64(crate::cost::dot(full, direction));
        }
        Ok(cost)
    }
}

/// The curved sheet of the projection–residual plots: S(α, β) = J(θᵢ + α·u + β·v(α)).
///
/// v(α) is the unit residual of the snapshot whose projection lies nearest to α, so the sheet holds
/// every snapshot and the straight line from the first to the last; it is not a plane.
///
/// # Source
/// Goodfellow, Vinyals, Saxe (2015), §4 and appendix.
#[derive(Debug)]
pub struct OnSheet<'a, C: Cost> {
    /// The cost of all parameters.
    pub inner: C,
    /// θᵢ.
    pub start: &'a [C::Real],
    /// u, of length 1.
    pub unit: &'a [C::Real],
    /// α of each snapshot.
    pub projections: &'a [f64],
    /// The unit residual of each snapshot, one after the other (snapshots × n).
    pub residuals: &'a [C::Real],
    /// Memory of n entries.
    pub scratch: &'a mut [C::Real],
}

/// The index of the number nearest to `wanted`; the first of equals, 0 of none.
pub fn nearest(numbers: &[f64], wanted: f64) -> usize {
    let mut best = (0, f64::INFINITY);
    for (index, number) in numbers.iter().enumerate() {
        let distance = (number - wanted).abs();
        if distance < best.1 {
            best = (index, distance);
        }
    }
    best.0
}

impl<C: Cost> Cost for OnSheet<'_, C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        2
    }

    fn cost(&mut self, at: &[C::Real]) -> Result<f64, WrongLength> {
        let n = self.inner.dimension();
        let &[alpha, beta] = at else {
            return Err(WrongLength { argument: "at", needed: 2, found: at.len() });
        };
        expect_length("start", self.start, n)?;
        expect_length("unit", self.unit, n)?;
        expect_length("residuals", self.residuals, n * self.projections.len())?;
        expect_at_least("scratch", self.scratch, n)?;
        let column = nearest(self.projections, alpha.to_f64());
        let residual = self.residuals.get(column * n..(column + 1) * n).unwrap_or(&[]);
        let directions = self.unit.iter().zip(residual);
        for ((theta, start), (unit, residual)) in self.scratch.iter_mut().zip(self.start).zip(directions) {
            *theta = (*start + alpha * *unit) + beta * *residual;
        }
        self.inner.cost(self.scratch.get(..n).unwrap_or(&[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{FactoredLinear, Rosenbrock};
    use crate::cost::difference;

    /// A cost that answers with one of its coordinates.
    struct Echo(usize);

    impl Cost for Echo {
        type Real = f64;
        fn dimension(&self) -> usize {
            3
        }
        fn cost(&mut self, theta: &[f64]) -> Result<f64, WrongLength> {
            Ok(theta[self.0])
        }
    }

    #[test]
    fn an_echo_gives_back_the_grid_of_a_plane_that_is_not_square() {
        for (x, y) in (0..5).flat_map(|x| (0..3).map(move |y| (f64::from(x) * 0.25, f64::from(y) - 1.0))) {
            for (coordinate, wanted) in [(0, 7.0), (1, x), (2, y)] {
                let mut scratch = [0.0; 3];
                let mut plane = OnPlane {
                    inner: Echo(coordinate),
                    origin: &[7.0, 0.0, 0.0],
                    x: &[0.0, 1.0, 0.0],
                    y: &[0.0, 0.0, 1.0],
                    scratch: &mut scratch,
                };
                assert_eq!(plane.cost(&[x, y]).unwrap(), wanted);
            }
        }
    }

    #[test]
    fn the_line_to_the_factored_linear_solution_has_the_numbers_on_paper() {
        let mut scratch = [0.0; 4];
        let mut line = OnLine {
            inner: FactoredLinear,
            origin: &[0.0, 0.0],
            direction: &[1.0, 1.0],
            scratch: &mut scratch,
        };
        assert!((line.cost(&[0.5]).unwrap() - 0.28125).abs() < 1e-15);
        let mut slope = [1.0];
        line.gradient(&[0.0], &mut slope).unwrap();
        assert_eq!(slope, [0.0]);
    }

    #[test]
    fn slopes_within_a_plane_agree_with_differences() {
        let mut scratch = [0.0; 4];
        let mut plane = OnPlane {
            inner: Rosenbrock::default(),
            origin: &[0.2, -0.1],
            x: &[1.0, 2.0],
            y: &[-0.5, 0.3],
            scratch: &mut scratch,
        };
        let (mut exact, mut found) = ([0.0; 2], [0.0; 2]);
        plane.gradient(&[0.3, 0.4], &mut exact).unwrap();
        difference::gradient(&mut plane, &mut [0.3, 0.4], 1e-6, &mut found).unwrap();
        for (exact, found) in exact.iter().zip(found) {
            assert!((exact - found).abs() < 1e-6 * exact.abs());
        }
    }

    #[test]
    fn the_sheet_takes_the_residual_of_the_nearest_snapshot() {
        let mut scratch = [0.0; 3];
        let mut sheet = OnSheet {
            inner: Echo(2),
            start: &[0.0; 3],
            unit: &[1.0, 0.0, 0.0],
            projections: &[0.0, 1.0],
            residuals: &[0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            scratch: &mut scratch,
        };
        assert_eq!(sheet.cost(&[0.4, 5.0]).unwrap(), 0.0);
        assert_eq!(sheet.cost(&[0.6, 5.0]).unwrap(), 5.0);
    }
}
