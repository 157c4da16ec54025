//! What every way from θ to numbers can be asked.

use thalweg_core::real::Real;
use thalweg_core::rules::loss::Tally;
use thalweg_core::sweep::Curvature;

use crate::case::exactly;

/// J and the number of right answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// J, decay in it.
    pub cost: f64,
    /// Right answers.
    pub correct: u64,
}

impl Measured {
    /// What a tally says, with a penalty on top.
    #[must_use]
    pub fn new(tally: &Tally, penalty: f64) -> Self {
        Self { cost: tally.cost() + penalty, correct: tally.correct }
    }
}

/// Examples in one precision.
#[derive(Clone, Debug)]
pub struct Data<T> {
    /// N × width.
    pub inputs: Vec<T>,
    /// N classes, or none.
    pub labels: Option<Vec<u32>>,
    /// N × output width, if there are no classes.
    pub values: Vec<T>,
}

impl<T: Real> Data<T> {
    /// Given examples, in a precision that holds them exactly.
    #[must_use]
    pub fn new(inputs: &[Vec<f64>], labels: Option<&Vec<u32>>, values: Option<&Vec<Vec<f64>>>) -> Self {
        Self {
            inputs: exactly(&inputs.concat()),
            labels: labels.cloned(),
            values: values.map_or(Vec::new(), |values| exactly(&values.concat())),
        }
    }
}

/// Points θ + b·y + a·x.
#[derive(Clone, Debug)]
pub struct Grid<'d, T> {
    /// The direction of a.
    pub x: &'d [T],
    /// The direction of b, if there is one.
    pub y: Option<&'d [T]>,
    /// The values of a.
    pub xs: Vec<T>,
    /// The values of b.
    pub ys: Vec<T>,
}

impl<T: Real> Grid<'_, T> {
    /// (a, b) for each b and, within, each a.
    pub fn points(&self) -> impl Iterator<Item = (T, T)> {
        self.ys.iter().flat_map(|&b| self.xs.iter().map(move |&a| (a, b)))
    }

    /// (θ + b·y) + a·x.
    #[must_use]
    pub fn moved(&self, theta: &[T], (a, b): (T, T)) -> Vec<T> {
        let along_y = |index: usize| self.y.map_or(T::ZERO, |y| b * y[index]);
        let entries = theta.iter().zip(self.x).enumerate();
        entries.map(|(index, (&theta, &x))| (theta + along_y(index)) + a * x).collect()
    }
}

/// The value of a result, in a test.
///
/// # Panics
/// If there is none.
pub fn sure<V, E: std::fmt::Display>(result: Result<V, E>) -> V {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// A network's cost by one implementation, in one precision.
pub trait Route<T: Real> {
    /// What it is called in a report.
    fn name(&self) -> String;
    /// The loss of each example.
    fn losses(&mut self, theta: &[T]) -> Vec<f64>;
    /// J and the right answers.
    fn measured(&mut self, theta: &[T]) -> Measured;
    /// J and ∇J.
    fn gradient(&mut self, theta: &[T]) -> (f64, Vec<T>);
    /// H·v.
    fn product(&mut self, theta: &[T], v: &[T]) -> Vec<T>;
    /// H·v for several v, with what θ alone decides done once, if the route has that.
    fn linearised(&mut self, theta: &[T], vs: &[Vec<T>]) -> Option<Vec<Vec<T>>>;
    /// H, row by row.
    fn hessian(&mut self, theta: &[T]) -> Vec<T>;
    /// G·v, without decay.
    fn curvature(&mut self, curvature: Curvature, theta: &[T], v: &[T]) -> Vec<T>;
    /// J at the points of a grid, in their order; restricted before it is evaluated.
    fn restricted(&mut self, theta: &[T], grid: &Grid<'_, T>) -> Vec<Measured>;
    /// The same with weights that are formed as they are read, if the route has that.
    fn on_the_fly(&mut self, theta: &[T], grid: &Grid<'_, T>) -> Option<Vec<Measured>>;
    /// ∂loss/∂x for each example, if the route has it.
    fn input_gradient(&mut self, theta: &[T]) -> Option<Vec<T>>;
    /// ∇J·v by tangents alone and without decay, if the route has it.
    fn slope(&mut self, theta: &[T], v: &[T]) -> Option<f64>;
}
