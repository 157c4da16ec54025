//! Step sizes and momenta that change with the number of steps.

/// A number that changes with the step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Always the same.
    Constant(f64),
    /// A straight line from the first value to the last over `steps`, and the last from then on.
    Linear {
        /// The value at step 0.
        from: f64,
        /// The value from step `steps` on.
        to: f64,
        /// The steps it takes.
        steps: u64,
    },
    /// `from`·`factor`^step, but never below `least`.
    Geometric {
        /// The value at step 0.
        from: f64,
        /// What each step multiplies.
        factor: f64,
        /// The smallest value.
        least: f64,
    },
}

impl Schedule {
    /// The value at a step, counted from 0.
    #[must_use]
    pub fn at(&self, step: u64) -> f64 {
        match *self {
            Self::Constant(value) => value,
            Self::Linear { to, steps, .. } if step >= steps => to,
            Self::Linear { from, to, steps } => from + (to - from) * (step as f64 / steps as f64),
            Self::Geometric { from, factor, least } => (from * libm::pow(factor, step as f64)).max(least),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_starts_and_ends_where_it_says() {
        let line = Schedule::Linear { from: 0.5, to: 0.7, steps: 4 };
        assert_eq!([line.at(0), line.at(2), line.at(4), line.at(9)], [0.5, 0.6, 0.7, 0.7]);
    }

    #[test]
    fn a_geometric_fall_stops_at_its_least() {
        let fall = Schedule::Geometric { from: 1.0, factor: 0.5, least: 0.2 };
        assert_eq!([fall.at(0), fall.at(1), fall.at(2), fall.at(3)], [1.0, 0.5, 0.25, 0.2]);
    }
}
