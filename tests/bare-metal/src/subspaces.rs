//! Lines, planes and the curved sheet: restricted before they are evaluated, and by θ moved point by point.

use thalweg_core::cost::mean_cost::MeanCost;
use thalweg_core::cost::{Cost, Gradient};
use thalweg_core::engine::Exact;
use thalweg_core::examples::{Chunk, Examples, Targets};
use thalweg_core::length::WrongLength;
use thalweg_core::network::View;
use thalweg_core::rules::loss::Tally;
use thalweg_core::subspace::direction::{Normalisation, normalise};
use thalweg_core::subspace::restriction::{Plane, PlaneMemory, costs, restrict};
use thalweg_core::subspace::trajectory::{axis, place};
use thalweg_core::subspace::{OnLine, OnPlane, OnSheet};

use crate::derivatives::{EXAMPLES, point};
use crate::digits::first;
use crate::networks::Model;
use crate::numbers::Numbers;
use crate::training::tally;

/// The places along x, and along y.
pub const XS: [f32; 5] = [-1.0, -0.5, 0.0, 0.5, 1.0];
/// The places along y.
pub const YS: [f32; 3] = [-1.0, 0.0, 0.7];

/// Two directions from θ: one normalised by filters, one by layers, with its biases.
///
/// # Panics
/// If the slices do not have one entry per parameter.
pub fn directions(model: &Model, theta: &[f32], x: &mut [f32], y: &mut [f32]) {
    thalweg_core::subspace::direction::random(2, 1, x);
    normalise(&model.network, Normalisation::Filter, false, theta, x).expect("one entry per parameter");
    thalweg_core::subspace::direction::random(2, 2, y);
    normalise(&model.network, Normalisation::Layer, true, theta, y).expect("one entry per parameter");
}

/// The restricted line: products with the first weights once, then every point.
fn line<const ROWS: usize, const PRODUCTS: usize>(
    network: View<'_>,
    plane: Plane<'_, f32>,
    (inputs, targets): (&[f32], Targets<'_, f32>),
    weights: &mut [f32],
    numbers: &mut dyn Numbers,
) -> Result<(), WrongLength> {
    let (mut registers, mut products) = ([[0.0; 1]; ROWS], [[0.0; 1]; PRODUCTS]);
    let chunk = Chunk {
        inputs: inputs.as_chunks().0,
        targets: thalweg_core::examples::Selection::from_the_first(targets),
        examples: 1,
    };
    let line = restrict(network, &mut Exact, plane, chunk, &mut registers, &mut products)?;
    for x in XS {
        line.evaluate(&mut Exact, (x, 0.0), &mut registers, weights)?;
        line.sweep().losses(&mut Exact, &registers, |_, loss, _| numbers.single(loss));
    }
    Ok(())
}

/// A line and a plane through the parameters of a network with `N` parameters, restricted; `ROWS` rows hold
/// one example of the plane, and `WEIGHTS` numbers the weights that are formed.
///
/// # Panics
/// If the sizes are not those of the model.
pub fn restricted<const N: usize, const ROWS: usize, const WEIGHTS: usize>(
    model: &Model,
    numbers: &mut dyn Numbers,
) {
    let (mut theta, mut x, mut y) = ([0.0; N], [0.0; N], [0.0; N]);
    point(model, &mut theta, &mut x);
    directions(model, &theta, &mut x, &mut y);
    let (mut rows, mut weights) = ([[0.0; 1]; ROWS], [0.0; WEIGHTS]);
    let mut tallies = [Tally::default(); XS.len() * YS.len()];
    let (inputs, targets) = first(EXAMPLES, model.task);
    let examples = Examples::new(&model.network, inputs, targets).expect("the digits fit the network");
    let memory = PlaneMemory { rows: &mut rows, weights: &mut weights };
    let plane = Plane { origin: &theta, x: &x, y: Some(&y) };
    costs(model.network, &mut Exact, &examples, plane, (&XS, &YS), memory, &mut tallies)
        .expect("the sizes are those of the model");
    tallies.iter().for_each(|point| tally(point, numbers));
    let one = first(1, model.task);
    line::<ROWS, ROWS>(model.network, Plane { y: None, ..plane }, one, &mut weights, numbers)
        .expect("the sizes are those of the model");
}

/// A line, a plane and a sheet of a network with `N` parameters in `ROWS` rows of memory, with θ moved.
///
/// # Panics
/// If the sizes are not those of the model.
pub fn moved<const N: usize, const ROWS: usize>(model: &Model, numbers: &mut dyn Numbers) {
    let (mut theta, mut x, mut y) = ([0.0; N], [0.0; N], [0.0; N]);
    point(model, &mut theta, &mut x);
    directions(model, &theta, &mut x, &mut y);
    let mut memory = [[0.0; 1]; ROWS];
    let mut scratch = [[0.0; N]; 2];
    let (inputs, targets) = first(EXAMPLES, model.task);
    let examples = Examples::new(&model.network, inputs, targets).expect("the digits fit the network");
    let scratch = scratch.as_flattened_mut();
    let inner = MeanCost::new(model.network, Exact, examples, &mut memory);
    let mut line = OnLine { inner, origin: &theta, direction: &x, scratch: &mut *scratch };
    let mut slope = [0.0];
    for a in XS {
        numbers.double(line.gradient(&[a], &mut slope).expect("the sizes are those of the model"));
        numbers.singles(&slope);
    }
    let mut plane = OnPlane { inner: line.inner, origin: &theta, x: &x, y: &y, scratch: &mut *scratch };
    let mut slopes = [0.0; 2];
    for b in YS {
        for a in XS {
            numbers.double(plane.gradient(&[a, b], &mut slopes).expect("the sizes are those of the model"));
            numbers.singles(&slopes);
        }
    }
    let inner = plane.inner;
    sheet::<N>(inner, &theta, (&mut x, &mut y), scratch, numbers).expect("the sizes are those of the model");
}

/// The sheet through three snapshots: θ, θ + x, and θ + x + y.
fn sheet<const N: usize>(
    inner: MeanCost<'_, f32, Exact, 1>,
    theta: &[f32; N],
    (x, y): (&mut [f32; N], &mut [f32; N]),
    scratch: &mut [f32],
    numbers: &mut dyn Numbers,
) -> Result<(), WrongLength> {
    for ((y, x), theta) in y.iter_mut().zip(&mut *x).zip(theta) {
        *x += *theta;
        *y += *x;
    }
    let (mut unit, mut residuals) = ([0.0; N], [[0.0; N]; 2]);
    let length = axis(theta, y, &mut unit)?;
    numbers.double(length);
    let mut projections = [0.0; 2];
    for ((snapshot, residual), projection) in [&*x, &*y].into_iter().zip(&mut residuals).zip(&mut projections)
    {
        let found = place(theta, &unit, snapshot, 1e-6 * length, residual)?;
        numbers.double(found.projection);
        numbers.double(found.residual);
        numbers.singles(residual);
        *projection = found.projection;
    }
    let residuals = residuals.as_flattened();
    let mut sheet =
        OnSheet { inner, start: theta, unit: &unit, projections: &projections, residuals, scratch };
    for (alpha, beta) in [(0.0, 0.0), (0.5, 0.5), (1.0, -0.5)] {
        numbers.double(sheet.cost(&[alpha, beta])?);
    }
    Ok(())
}
