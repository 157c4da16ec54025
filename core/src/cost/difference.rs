//! Finite differences: the route to each derivative that knows nothing of networks.
//!
//! Both rules are central, so their truncation error falls as h². Steps are relative to the size of
//! what is moved. The default steps balance truncation against rounding for a cost of order 1:
//! ε^(1/3), which is 6.1e-6 in f64 and 4.9e-3 in f32.

use crate::cost::operator::SymmetricOperator;
use crate::cost::{Cost, Gradient};
use crate::length::{WrongLength, expect_length};
use crate::real::Real;

/// ε^(1/3) of a precision: the step that balances h² against ε/h.
///
/// # Source
/// Press et al., *Numerical Recipes*, §5.7.
#[must_use]
pub fn balanced_step<T: Real>() -> f64 {
    libm::cbrt(T::EPSILON.to_f64())
}

/// Writes ∇J(θ) by central differences of the cost.
///
/// `gradient[i] = (J(θ + hᵢeᵢ) − J(θ − hᵢeᵢ)) / 2hᵢ` with hᵢ = `step`·(1 + |θᵢ|); truncation error
/// O(h²), rounding error O(ε·J/h). Takes 2n costs.
///
/// | argument   | shape | unit                                        |
/// |------------|-------|---------------------------------------------|
/// | `theta`    | n     | parameters; moved and put back, bit for bit |
/// | `step`     | 1     | relative                                    |
/// | `gradient` | n     | cost per parameter                          |
///
/// # Errors
/// [`WrongLength`] if a slice is not of the shape above; nothing is written then.
pub fn gradient<C: Cost>(
    cost: &mut C,
    theta: &mut [C::Real],
    step: f64,
    gradient: &mut [C::Real],
) -> Result<(), WrongLength> {
    let n = cost.dimension();
    expect_length("theta", theta, n)?;
    expect_length("gradient", gradient, n)?;
    for (index, out) in gradient.iter_mut().enumerate() {
        let Some(kept) = theta.get(index).copied() else { continue };
        let h = step * (1.0 + kept.abs().to_f64());
        let (high, low) = (C::Real::from_f64(kept.to_f64() + h), C::Real::from_f64(kept.to_f64() - h));
        let mut at = |value| {
            if let Some(entry) = theta.get_mut(index) {
                *entry = value;
            }
            cost.cost(theta)
        };
        let (above, below) = (at(high), at(low));
        if let Some(entry) = theta.get_mut(index) {
            *entry = kept;
        }
        *out = C::Real::from_f64((above? - below?) / (high - low).to_f64());
    }
    Ok(())
}

/// Writes the Hessian–vector product H(θ)·v by a central difference of the gradient.
///
/// `hv = (∇J(θ + h·v) − ∇J(θ − h·v)) / 2h` with h = `step`·(1 + |θ|)/|v|, so that the length of v
/// does not matter; truncation error O(h²), rounding error O(ε/h). Takes two gradients. H·0 = 0.
///
/// | argument     | shape | unit               |
/// |--------------|-------|--------------------|
/// | `theta`, `v` | n     | parameters         |
/// | `step`       | 1     | relative           |
/// | `hv`         | n     | cost per parameter |
/// | `scratch`    | 2n    | overwritten        |
///
/// # Errors
/// [`WrongLength`] if a slice is not of the shape above; nothing is written then.
///
/// # Examples
/// ```
/// use thalweg_core::cost::closed_form::Quadratic;
/// use thalweg_core::cost::difference;
/// let mut bowl = Quadratic { curvatures: &[2.0_f64, -8.0] };
/// let (mut hv, mut scratch) = ([0.0; 2], [0.0; 4]);
/// difference::hessian_vector(&mut bowl, &[1.0, 1.0], &[1.0, 0.5], 1e-3, &mut hv, &mut scratch).unwrap();
/// assert!((hv[0] - 2.0).abs() < 1e-9 && (hv[1] + 4.0).abs() < 1e-9);
/// ```
/// # Source
/// Pearlmutter, *Fast exact multiplication by the Hessian* (1994), whose exact product this checks.
pub fn hessian_vector<C: Gradient>(
    cost: &mut C,
    theta: &[C::Real],
    v: &[C::Real],
    step: f64,
    hv: &mut [C::Real],
    scratch: &mut [C::Real],
) -> Result<(), WrongLength> {
    let n = cost.dimension();
    expect_length("theta", theta, n)?;
    expect_length("v", v, n)?;
    expect_length("hv", hv, n)?;
    expect_length("scratch", scratch, 2 * n)?;
    let length = crate::cost::norm(v);
    if length == 0.0 {
        hv.fill(C::Real::ZERO);
        return Ok(());
    }
    let h = C::Real::from_f64(step * (1.0 + crate::cost::norm(theta)) / length);
    let (point, below) = scratch.split_at_mut_checked(n).unwrap_or((&mut [], &mut []));
    let mut at = |h: C::Real, out: &mut [C::Real]| {
        for ((point, theta), v) in point.iter_mut().zip(theta).zip(v) {
            *point = *theta + h * *v;
        }
        cost.gradient(point, out)
    };
    at(h, hv)?;
    at(-h, below)?;
    let width = h + h;
    for (hv, below) in hv.iter_mut().zip(below) {
        *hv = (*hv - *below) / width;
    }
    Ok(())
}

/// The Hessian of a cost at a fixed θ, by central differences of the gradient along each v.
///
/// Not exactly linear nor symmetric: its error is that of [`hessian_vector`].
#[derive(Debug)]
pub struct DifferencedAt<'a, C: Gradient> {
    cost: C,
    theta: &'a [C::Real],
    step: f64,
    scratch: &'a mut [C::Real],
}

impl<'a, C: Gradient> DifferencedAt<'a, C> {
    /// H(θ) of `cost` with a relative `step`, such as [`balanced_step`]; `scratch` has 2n entries.
    ///
    /// # Errors
    /// [`WrongLength`] if a slice is not of that length.
    pub fn new(
        cost: C,
        theta: &'a [C::Real],
        step: f64,
        scratch: &'a mut [C::Real],
    ) -> Result<Self, WrongLength> {
        let n = cost.dimension();
        expect_length("theta", theta, n)?;
        expect_length("scratch", scratch, 2 * n)?;
        Ok(Self { cost, theta, step, scratch })
    }
}

impl<C: Gradient> SymmetricOperator for DifferencedAt<'_, C> {
    type Real = C::Real;

    fn dimension(&self) -> usize {
        self.cost.dimension()
    }

    fn product(&mut self, v: &[C::Real], out: &mut [C::Real]) -> Result<(), WrongLength> {
        hessian_vector(&mut self.cost, self.theta, v, self.step, out, self.scratch)
    }
}

/// What a differenced Hessian says about itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asymmetry {
    /// max |H − Hᵀ| before the two halves were averaged.
    pub difference: f64,
    /// max |H|.
    pub largest: f64,
}

/// Writes the whole Hessian by central differences of the gradient, column by column.
///
/// Column i moves θᵢ by ±`step`·(1 + |θᵢ|); the result is (H + Hᵀ)/2. Truncation error O(h²), rounding
/// error O(ε/h). Takes 2n gradients. The asymmetry before averaging measures the error.
///
/// | argument  | shape | unit                                        |
/// |-----------|-------|---------------------------------------------|
/// | `theta`   | n     | parameters; moved and put back, bit for bit |
/// | `step`    | 1     | relative                                    |
/// | `hessian` | n × n | cost per parameter², row-major              |
/// | `scratch` | 2n    | overwritten                                 |
///
/// # Errors
/// [`WrongLength`] if a slice is not of the shape above; nothing is written then.
pub fn hessian<C: Gradient>(
    cost: &mut C,
    theta: &mut [C::Real],
    step: f64,
    hessian: &mut [C::Real],
    scratch: &mut [C::Real],
) -> Result<Asymmetry, WrongLength> {
    let n = cost.dimension();
    expect_length("theta", theta, n)?;
    expect_length("hessian", hessian, n * n)?;
    expect_length("scratch", scratch, 2 * n)?;
    let (above, below) = scratch.split_at_mut_checked(n).unwrap_or((&mut [], &mut []));
    for (index, row) in hessian.chunks_exact_mut(n.max(1)).enumerate() {
        let Some(kept) = theta.get(index).copied() else { continue };
        let h = step * (1.0 + kept.abs().to_f64());
        let (high, low) = (C::Real::from_f64(kept.to_f64() + h), C::Real::from_f64(kept.to_f64() - h));
        let mut at = |value, out: &mut [C::Real]| {
            if let Some(entry) = theta.get_mut(index) {
                *entry = value;
            }
            cost.gradient(theta, out)
        };
        let results = (at(high, above), at(low, below));
        if let Some(entry) = theta.get_mut(index) {
            *entry = kept;
        }
        results.0?;
        results.1?;
        for ((out, above), below) in row.iter_mut().zip(&*above).zip(&*below) {
            *out = (*above - *below) / (high - low);
        }
    }
    Ok(symmetrise(hessian, n))
}

/// H ← (H + Hᵀ)/2.
pub(crate) fn symmetrise<T: Real>(hessian: &mut [T], n: usize) -> Asymmetry {
    let mut report = Asymmetry { difference: 0.0, largest: 0.0 };
    for i in 0..n {
        for j in i..n {
            let (Some(&a), Some(&b)) = (hessian.get(i * n + j), hessian.get(j * n + i)) else { continue };
            report.difference = report.difference.max((a - b).abs().to_f64());
            report.largest = report.largest.max(a.abs().to_f64()).max(b.abs().to_f64());
            let mean = (a + b) * T::from_f64(0.5);
            for place in [i * n + j, j * n + i] {
                if let Some(entry) = hessian.get_mut(place) {
                    *entry = mean;
                }
            }
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{Quadratic, Rosenbrock};

    #[test]
    fn the_gradient_of_a_quadratic_has_no_truncation_error() {
        let mut theta = [1.0, -2.0];
        let mut found = [0.0; 2];
        gradient(&mut Quadratic { curvatures: &[2.0, 4.0] }, &mut theta, 1e-3, &mut found).unwrap();
        assert!((found[0] - 2.0).abs() < 1e-10 && (found[1] + 8.0).abs() < 1e-10);
        assert_eq!(theta, [1.0, -2.0]);
    }

    #[test]
    fn the_hessian_of_the_rosenbrock_valley_is_the_one_on_paper() {
        let mut theta = [1.0, 1.0];
        let (mut found, mut scratch) = ([0.0; 4], [0.0; 4]);
        let report = hessian(&mut Rosenbrock::default(), &mut theta, 1e-5, &mut found, &mut scratch).unwrap();
        for (found, wanted) in found.iter().zip([802.0, -400.0, -400.0, 200.0]) {
            assert!((found - wanted).abs() < 1e-4, "{found} {wanted}");
        }
        assert!(report.difference / report.largest < 1e-7);
    }

    #[test]
    fn halving_the_step_quarters_the_error() {
        let theta = [0.5, -0.3];
        let mut exact = [0.0; 2];
        crate::cost::HessianVector::hessian_vector(
            &mut Rosenbrock::default(),
            &theta,
            &[1.0, 0.0],
            &mut exact,
        )
        .unwrap();
        let error = |step: f64| {
            let (mut hv, mut scratch) = ([0.0; 2], [0.0; 4]);
            hessian_vector(&mut Rosenbrock::default(), &theta, &[1.0, 0.0], step, &mut hv, &mut scratch)
                .unwrap();
            (hv[0] - exact[0]).abs()
        };
        let ratio = error(1e-2) / error(5e-3);
        assert!((ratio - 4.0).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn the_differenced_operator_agrees_with_the_exact_one() {
        let (theta, v) = ([0.5, -0.3], [0.6, 0.8]);
        let (mut exact, mut differenced, mut scratch) = ([0.0; 2], [0.0; 2], [0.0; 4]);
        crate::cost::operator::HessianAt::new(Rosenbrock::default(), &theta)
            .unwrap()
            .product(&v, &mut exact)
            .unwrap();
        DifferencedAt::new(Rosenbrock::default(), &theta, balanced_step::<f64>(), &mut scratch)
            .unwrap()
            .product(&v, &mut differenced)
            .unwrap();
        for (exact, differenced) in exact.iter().zip(&differenced) {
            assert!((exact - differenced).abs() < 1e-6 * exact.abs(), "{exact} {differenced}");
        }
    }

    #[test]
    fn short_scratch_is_named_and_nothing_is_written() {
        let mut hv = [7.0, 7.0];
        let error = hessian_vector(
            &mut Quadratic { curvatures: &[1.0, 1.0] },
            &[0.0, 0.0],
            &[1.0, 0.0],
            1e-3,
            &mut hv,
            &mut [0.0; 3],
        )
        .unwrap_err();
        assert_eq!(error, WrongLength { argument: "scratch", needed: 4, found: 3 });
        assert_eq!(hv, [7.0, 7.0]);
    }
}
