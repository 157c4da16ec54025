//! Values and slices of which the compiler knows nothing.

use core::hint::black_box;

use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::cost::operator::SymmetricOperator;
use thalweg_core::cost::{Cost, DirectionalCurvature, Gradient, HessianVector};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::length::WrongLength;
use thalweg_core::network::operation::{Loss, Operation};
use thalweg_core::network::{Network, View};
use thalweg_core::real::Real;

/// A slice of any length, all of it to be written.
#[must_use]
pub fn slice<T>() -> &'static mut [T] {
    let empty: &'static mut [T] = &mut [];
    black_box(empty)
}

/// Any number.
#[must_use]
pub fn number<T: Real>() -> T {
    black_box(T::ONE)
}

/// Any count.
#[must_use]
pub fn count() -> usize {
    black_box(1)
}

/// Any network of any operations.
#[must_use]
pub fn network() -> View<'static> {
    let operations: &'static mut [Operation] = slice();
    match View::new(operations, count()) {
        Ok(view) => black_box(view),
        Err(error) => {
            black_box(error);
            View::again(slice(), count(), black_box(&small()).view().sizes())
        }
    }
}

/// A network whose operations the compiler does not know.
#[must_use]
pub fn small() -> Network<4> {
    let builder = black_box(Network::<4>::input(count()).dense(count()).relu());
    let loss = black_box(Loss::SquaredError);
    builder.checked(loss).unwrap_or(const { Network::input(1).dense(1).relu().squared_error() })
}

/// Any examples of a network, or none.
#[must_use]
pub fn examples<T: Real>(network: &View<'_>) -> Option<Examples<'static, T>> {
    let inputs: &'static [T] = slice();
    let targets = if black_box(true) { Targets::Labels(slice()) } else { Targets::Values(slice()) };
    Examples::new(network, inputs, targets).ok()
}

/// The cost of any network over any examples.
#[must_use]
pub fn cost<T: Real>() -> Option<MeanCost<'static, T, Exact, 1>> {
    let network = network();
    let examples = black_box(examples::<T>(&network))?;
    Some(MeanCost::new(network, Exact, examples, slice()))
}

/// A cost whose abilities the compiler does not know.
pub struct AnyCost<T>(core::marker::PhantomData<T>);

impl<T> AnyCost<T> {
    /// Any cost.
    #[must_use]
    pub const fn new() -> Self {
        Self(core::marker::PhantomData)
    }
}

impl<T> Default for AnyCost<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// What any function of a cost answers.
fn answer<A>(value: A) -> Result<A, WrongLength> {
    black_box(Ok(value))
}

impl<T: Real> Cost for AnyCost<T> {
    type Real = T;
    fn dimension(&self) -> usize {
        count()
    }
    fn cost(&mut self, theta: &[T]) -> Result<f64, WrongLength> {
        black_box(theta);
        answer(1.0)
    }
}

impl<T: Real> Gradient for AnyCost<T> {
    fn gradient(&mut self, theta: &[T], gradient: &mut [T]) -> Result<f64, WrongLength> {
        black_box((theta, gradient));
        answer(1.0)
    }
}

impl<T: Real> HessianVector for AnyCost<T> {
    fn hessian_vector(&mut self, theta: &[T], v: &[T], hv: &mut [T]) -> Result<(), WrongLength> {
        black_box((theta, v, hv));
        answer(())
    }
}

impl<T: Real> DirectionalCurvature for AnyCost<T> {
    fn curvature(&mut self, theta: &[T], v: &[T]) -> Result<f64, WrongLength> {
        black_box((theta, v));
        answer(1.0)
    }
}

impl<T: Real> SymmetricOperator for AnyCost<T> {
    type Real = T;
    fn dimension(&self) -> usize {
        count()
    }
    fn product(&mut self, v: &[T], out: &mut [T]) -> Result<(), WrongLength> {
        black_box((v, out));
        answer(())
    }
}

/// Asks a cost for everything.
pub fn ask<C: HessianVector>(mut cost: C) {
    ask_gradient(&mut cost);
    _ = black_box(cost.hessian_vector(slice(), slice(), slice()));
}

/// Asks a cost for its value and its gradient.
pub fn ask_gradient<C: Gradient>(cost: &mut C) {
    ask_cost(cost);
    _ = black_box(cost.gradient(slice(), slice()));
}

/// Asks a cost for its value.
pub fn ask_cost<C: Cost>(cost: &mut C) {
    black_box(cost.dimension());
    _ = black_box(cost.cost(slice()));
}

/// Asks an operator for everything.
pub fn operate<O: SymmetricOperator>(mut operator: O) {
    black_box(operator.dimension());
    _ = black_box(operator.product(slice(), slice()));
    _ = black_box(operator.products(slice(), slice()));
}
