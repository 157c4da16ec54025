//! What a point is that a search has ended at.

pub mod classification;
pub mod search;
pub mod newton;
pub mod saddle_free;
pub mod krylov_saddle_free;
pub mod levenberg_marquardt;

use crate::cost::{dot, norm};
use crate::critical::classification::{Signs, is_gradient_flat, largest, signs};
use crate::critical::search::SearchError;
use crate::length::expect_length;
use crate::rows::rows;
use crate::spectrum::decomposition::{Decompose, Workspace};

/// What second derivatives tell of a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// J.
    pub cost: f64,
    /// |g|.
    pub gradient_norm: f64,
    /// |H·g|, the slope of ½|g|².
    pub slope: f64,
    /// The largest |λ|.
    pub largest: f64,
    /// How many eigenvalues have each sign.
    pub signs: Signs,
}

impl Finding {
    /// Whether |g|² is stationary here while |g| is above `small`: no critical point.
    #[must_use]
    pub const fn is_flat(&self, share: f64, small: f64) -> bool {
        is_gradient_flat(self.gradient_norm, self.slope, self.largest, share, small)
    }
}

/// Examines a point: takes one gradient and one decomposition of the Hessian.
///
/// |λ| ≤ `zero`·max|λ| counts as 0. The gradient, eigenvalues and eigenvectors stay behind in `memory`.
///
/// # Errors
/// [`SearchError`], if a slice is too short or the numbers are not finite.
///
/// # Examples
/// ```
/// use thalweg_core::critical::classification::Kind;
/// use thalweg_core::cost::closed_form::MonkeySaddle;
/// use thalweg_core::critical::examine;
/// use thalweg_core::spectrum::decomposition::{ByProducts, Workspace, workspace};
/// let mut memory = [0.0; workspace(2)];
/// let mut memory = Workspace::new(2, &mut memory).unwrap();
/// let finding = examine(&mut ByProducts(MonkeySaddle), &[0.0, 0.0], 1e-6, &mut memory).unwrap();
/// assert_eq!(finding.signs.kind(), Kind::Degenerate);
/// ```
pub fn examine<C: Decompose>(
    cost: &mut C,
    theta: &[C::Real],
    zero: f64,
    memory: &mut Workspace<'_, C::Real>,
) -> Result<Finding, SearchError> {
    expect_length("theta", theta, cost.dimension())?;
    let value = cost.gradient(theta, memory.gradient)?;
    let gradient_norm = norm(memory.gradient);
    if !(value.is_finite() && gradient_norm.is_finite()) {
        return Err(SearchError::NotFinite);
    }
    cost.decompose(theta, memory.values, memory.vectors, memory.scratch)?;
    let largest = largest(memory.values);
    let mut square = 0.0;
    for (value, vector) in memory.values.iter().zip(rows(memory.vectors, theta.len())) {
        use crate::real::Real;
        let part = value.to_f64() * dot(vector, memory.gradient);
        square += part * part;
    }
    let signs = signs(memory.values, zero * largest);
    Ok(Finding { cost: value, gradient_norm, slope: libm::sqrt(square), largest, signs })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::closed_form::{FactoredLinear, Quadratic, bowl, saddle};
    use crate::critical::classification::Kind;
    use crate::spectrum::decomposition::{ByProducts, workspace};

    fn at<C: Decompose<Real = f64>>(mut cost: C, theta: [f64; 2]) -> Finding {
        let mut memory = [0.0; workspace(2)];
        let mut memory = Workspace::new(2, &mut memory).unwrap();
        examine(&mut cost, &theta, 1e-9, &mut memory).unwrap()
    }

    #[test]
    fn each_reference_function_is_what_it_is_on_paper() {
        let kind = |finding: Finding| finding.signs.kind();
        let quadratic = |curvatures| ByProducts(Quadratic { curvatures });
        assert_eq!(kind(at(ByProducts(bowl()), [0.0; 2])), Kind::Minimum);
        assert_eq!(kind(at(ByProducts(saddle()), [0.0; 2])), Kind::Saddle);
        assert_eq!(kind(at(quadratic(&[-2.0, -2.0]), [0.0; 2])), Kind::Maximum);
        assert_eq!(kind(at(quadratic(&[2.0, 0.0]), [0.0, 3.0])), Kind::Degenerate);
        assert_eq!(kind(at(ByProducts(FactoredLinear), [0.0; 2])), Kind::Saddle);
        assert_eq!(kind(at(ByProducts(FactoredLinear), [1.0, 1.0])), Kind::Degenerate);
    }

    #[test]
    fn the_slope_of_half_the_squared_gradient_is_the_product_with_it() {
        let finding = at(ByProducts(saddle()), [1.0, 1.0]); // g = (10, −2), Hg = (100, 4)
        assert!((finding.slope - 10_016.0_f64.sqrt()).abs() < 1e-12 && finding.largest == 10.0);
        assert!(!finding.is_flat(1e-3, 1e-9));
    }

    #[test]
    fn what_counts_as_no_curvature_follows_the_largest() {
        let steep = at(ByProducts(Quadratic { curvatures: &[2e6, 1e-4] }), [0.0; 2]);
        assert_eq!((steep.signs.positive, steep.signs.zero), (1, 1));
        let even = at(ByProducts(Quadratic { curvatures: &[2.0, 1e-4] }), [0.0; 2]);
        assert_eq!((even.signs.positive, even.signs.zero), (2, 0));
    }
}
