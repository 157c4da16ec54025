//! The mean of independent samples with its standard error and confidence interval.

/// A running mean and its error.
///
/// # Examples
/// ```
/// use thalweg_core::spectrum::estimate::Estimate;
/// let mut estimate = Estimate::default();
/// [1.0, 2.0, 3.0, 4.0].map(|sample| estimate.add(sample));
/// assert_eq!(estimate.mean(), 2.5);
/// assert!((estimate.standard_error() - (5.0_f64 / 12.0).sqrt()).abs() < 1e-15);
/// ```
/// # Source
/// Welford, *Note on a method for calculating corrected sums of squares and products* (1962).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    count: u64,
    mean: f64,
    squares: f64,
    exact: f64,
}

impl Estimate {
    /// Takes one more sample.
    pub fn add(&mut self, sample: f64) {
        self.count += 1;
        let before = sample - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (sample - self.mean);
    }

    /// Adds a part that is known without error.
    pub fn shift(&mut self, exact: f64) {
        self.exact += exact;
    }

    /// The number of samples.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The mean of the samples, plus the exact part.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.exact + self.mean
    }

    /// The standard error of the mean: √(Σ(x − mean)² / (n·(n − 1))); infinite for fewer than two samples.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        if self.count < 2 {
            return f64::INFINITY;
        }
        libm::sqrt(self.squares / (self.count as f64 * (self.count - 1) as f64))
    }

    /// Half the width of the interval that holds the true mean with the given confidence, if the mean
    /// is normally distributed.
    ///
    /// # Source
    /// Student, *The probable error of a mean* (1908).
    #[must_use]
    pub fn half_width(&self, confidence: f64) -> f64 {
        student(self.count.saturating_sub(1), confidence) * self.standard_error()
    }
}

/// P(|t| ≤ √degrees·tan(angle)) of Student's distribution, by its finite series.
fn within(degrees: u64, angle: f64) -> f64 {
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let odd = degrees % 2 == 1;
    let (mut sum, mut term) = (0.0, if odd { cosine } else { 1.0 });
    let mut power = if odd { 1 } else { 0 };
    while power + 2 <= degrees {
        sum += term;
        term *= (power + 1) as f64 / (power + 2) as f64 * cosine * cosine;
        power += 2;
    }
    if odd { (angle + sine * sum) * core::f64::consts::FRAC_2_PI } else { sine * sum }
}

/// The t that |t| does not exceed with probability `confidence` (0 to 1); infinite without degrees of
/// freedom. Above 10 000 degrees it no longer changes in its fourth digit, and is kept.
///
/// # Source
/// Abramowitz and Stegun, *Handbook of mathematical functions*, 26.7.3 and 26.7.4.
#[must_use]
pub fn student(degrees: u64, confidence: f64) -> f64 {
    if degrees == 0 {
        return f64::INFINITY;
    }
    let degrees = degrees.min(10_000);
    let (mut low, mut high) = (0.0, core::f64::consts::FRAC_PI_2);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if within(degrees, middle) < confidence {
            low = middle;
        } else {
            high = middle;
        }
    }
    libm::sqrt(degrees as f64) * libm::tan(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_factors_are_those_of_the_tables() {
        for (degrees, wanted) in
            [(1, 63.656_741), (2, 9.924_843), (3, 5.840_909), (9, 3.249_836), (99, 2.626_405)]
        {
            assert!((student(degrees, 0.99) - wanted).abs() < 1e-5, "{degrees} {}", student(degrees, 0.99));
        }
        assert!((student(1_000_000, 0.95) - 1.96).abs() < 1e-3);
        assert_eq!(student(0, 0.99), f64::INFINITY);
    }

    #[test]
    fn equal_samples_have_no_error_and_one_sample_has_no_bound() {
        let mut estimate = Estimate::default();
        estimate.add(3.0);
        assert_eq!(estimate.standard_error(), f64::INFINITY);
        estimate.add(3.0);
        estimate.shift(2.0);
        assert_eq!((estimate.mean(), estimate.half_width(0.99)), (5.0, 0.0));
    }
}
