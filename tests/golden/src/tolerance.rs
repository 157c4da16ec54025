//! The one table of tolerances, each with its reason.
//!
//! They are in units of the precision's ε, the distance from 1 to the next number; one rounding errs by
//! ε/2 at most, and k roundings that know nothing of each other by about √k·ε/2. Golden numbers have
//! the rounding of their own engine, at most as much again.

/// How near a quantity has to be to its golden value.
#[derive(Debug, PartialEq)]
pub struct Tolerance {
    /// What is compared.
    pub quantity: &'static str,
    /// The largest error in units of the precision's ε.
    pub epsilons: f64,
}

/// Relative to the cost: the mean of 37 losses, added one by one: √37·ε/2 = 3 ε, and as much in the golden value.
pub const COST: Tolerance = Tolerance { quantity: "cost", epsilons: 6.0 };

/// Relative to the largest loss: three sums of at most 21 products behind each other: √63·ε/2 = 4 ε, doubled.
pub const LOSSES: Tolerance = Tolerance { quantity: "losses", epsilons: 8.0 };

/// A count: no fixture has an example that rounding could move to another class.
pub const CORRECT: Tolerance = Tolerance { quantity: "correct", epsilons: 0.0 };

/// Relative to its length: six sums of 21 products, then 37 examples: √163·ε/2 = 6 ε.
pub const GRADIENT: Tolerance = Tolerance { quantity: "gradient", epsilons: 6.0 };

/// Relative to its length: six sums of 21 products: √126·ε/2 = 6 ε.
pub const INPUT_GRADIENT: Tolerance = Tolerance { quantity: "input gradient", epsilons: 6.0 };

/// Relative to |gradient|·|v|: three sums of 42 products, then 37 examples: √163·ε/2 = 6 ε.
pub const SLOPE: Tolerance = Tolerance { quantity: "slope", epsilons: 6.0 };

/// Relative to their length: four sweeps, of three sums of up to 42 products, then 37 examples: √541·ε/2 = 12 ε.
pub const PRODUCTS: Tolerance = Tolerance { quantity: "products", epsilons: 12.0 };

/// As the products, with one backward sweep less.
pub const GAUSS_NEWTON: Tolerance = Tolerance { quantity: "Gauss-Newton products", epsilons: 12.0 };

/// As the products, with one backward sweep less.
pub const FISHER: Tolerance = Tolerance { quantity: "Fisher products", epsilons: 12.0 };

/// Relative to the largest eigenvalue, in double precision: a solver's backward error is n·ε, with n ≤ 188.
pub const SPECTRUM: Tolerance = Tolerance { quantity: "spectrum", epsilons: 188.0 };

/// In single precision the solver, which is double, does not count: by Weyl, the error of the matrix, whose
/// columns are products.
pub const SPECTRUM_OF_SINGLES: Tolerance = Tolerance { quantity: "spectrum", epsilons: 12.0 };

/// Counts of signs: no fixture has an eigenvalue between 1e-14 and 1e-8 of the largest.
pub const INDEX: Tolerance = Tolerance { quantity: "index", epsilons: 0.0 };

/// Relative to each cost, at a θ moved by up to twice a direction as long as itself: two roundings more for
/// each parameter, which three layers pass on: √(37 + 3·63)·ε/2 = 8 ε.
pub const MOVED: Tolerance = Tolerance { quantity: "costs at a moved θ", epsilons: 8.0 };

/// As [`MOVED`]: two roundings more for each cached product instead of each parameter.
pub const RESTRICTED: Tolerance =
    Tolerance { quantity: "costs of a restricted line or plane", epsilons: 8.0 };

/// Relative to the length of θ, after at most 20 steps: each brings a rounding of θ and of v, and momentum
/// 7/8 carries the error of a gradient (6 ε, times the step size 1/8) on for 8 steps: √(2·20)·ε/2 + 6 ε.
pub const DESCENT: Tolerance = Tolerance { quantity: "θ of a descent", epsilons: 9.0 };

/// Relative to the cost of a mini-batch, at a θ with the error of [`DESCENT`].
pub const DESCENT_COST: Tolerance = Tolerance { quantity: "cost of a mini-batch", epsilons: 15.0 };
