//! Every number of a golden network by one route.

use thalweg_core::cost::decay::add_decay;
use thalweg_core::network::View;
use thalweg_core::real::Real;
use thalweg_core::sweep::Curvature;

use crate::case::{NetworkCase, exactly};
use crate::compare::{
    Distance, cost_error, counting_error, eigenvalues, error, index, largest, vector_error,
};
use crate::route::{Grid, Measured, Route};
use crate::tolerance;

/// The slope of the losses alone along a direction, and |∇|·|v|, its scale.
fn slope_without_decay(case: &NetworkCase, network: &View<'_>, v: &[f64]) -> (f64, f64) {
    let mut gradient = case.gradient.clone();
    add_decay(network, -case.decay, &case.theta, &mut gradient);
    (thalweg_core::cost::dot(&gradient, v), thalweg_core::cost::norm(&gradient) * thalweg_core::cost::norm(v))
}

/// Asks a route for everything that a golden file holds.
///
/// The signs of the eigenvalues are compared in double precision only: in single precision a zero is
/// not told from an eigenvalue of 1e-7.
pub fn distances<T: Real>(case: &NetworkCase, network: &View<'_>, route: &mut dyn Route<T>) -> Vec<Distance> {
    let mut distances = at_theta(case, route);
    distances.extend(along_directions(case, network, route));
    distances.extend(eigenvalues_at_theta(case, route));
    distances.extend(on_grids(case, route));
    distances
}

fn at_theta<T: Real>(case: &NetworkCase, route: &mut dyn Route<T>) -> Vec<Distance> {
    let theta: Vec<T> = exactly(&case.theta);
    let here = route.measured(&theta);
    let losses = route.losses(&theta);
    let (cost, gradient) = route.gradient(&theta);
    let mut distances = vec![
        Distance::new::<T>(&tolerance::COST, cost_error(&[here], &[case.cost])),
        Distance::new::<T>(&tolerance::LOSSES, error(&losses, &case.losses, largest(&case.losses))),
        Distance::new::<T>(&tolerance::COST, error(&[cost], &[case.cost], case.cost)),
        Distance::new::<T>(&tolerance::GRADIENT, vector_error(&gradient, &case.gradient)),
    ];
    if let Some(correct) = case.correct {
        distances.push(Distance::new::<T>(&tolerance::CORRECT, counting_error(&[here], &[correct])));
    }
    if let Some(found) = route.input_gradient(&theta) {
        let wanted = case.input_gradient.concat();
        let error = vector_error(&found[..wanted.len()], &wanted);
        distances.push(Distance::new::<T>(&tolerance::INPUT_GRADIENT, error));
    }
    distances
}

fn along_directions<T: Real>(
    case: &NetworkCase,
    network: &View<'_>,
    route: &mut dyn Route<T>,
) -> Vec<Distance> {
    let theta: Vec<T> = exactly(&case.theta);
    let mut distances = Vec::new();
    let mut hold = |tolerance, found: &[T], wanted: &[f64]| {
        distances.push(Distance::new::<T>(tolerance, vector_error(found, wanted)));
    };
    let vs: Vec<Vec<T>> = case.directions.iter().map(|v| exactly(v)).collect();
    for (v, wanted) in vs.iter().zip(&case.products) {
        hold(&tolerance::PRODUCTS, &route.product(&theta, v), wanted);
    }
    for (found, wanted) in route.linearised(&theta, &vs).iter().flatten().zip(&case.products) {
        hold(&tolerance::PRODUCTS, found, wanted);
    }
    for (v, wanted) in vs.iter().zip(&case.gauss_newton_products) {
        hold(&tolerance::GAUSS_NEWTON, &route.curvature(Curvature::GaussNewton, &theta, v), wanted);
    }
    for (v, wanted) in vs.iter().zip(&case.fisher_products) {
        hold(&tolerance::FISHER, &route.curvature(Curvature::Fisher, &theta, v), wanted);
    }
    for (v, direction) in vs.iter().zip(&case.directions) {
        if let Some(slope) = route.slope(&theta, v) {
            let (wanted, scale) = slope_without_decay(case, network, direction);
            distances.push(Distance::new::<T>(&tolerance::SLOPE, error(&[slope], &[wanted], scale)));
        }
    }
    distances
}

fn eigenvalues_at_theta<T: Real>(case: &NetworkCase, route: &mut dyn Route<T>) -> Vec<Distance> {
    let hessian: Vec<f64> = route.hessian(&exactly(&case.theta)).iter().map(|entry| entry.to_f64()).collect();
    let found = eigenvalues(&hessian, case.theta.len());
    let spectrum_error = error(&found, &case.spectrum, largest(&case.spectrum));
    if T::EPSILON.to_f64() > f64::EPSILON {
        return vec![Distance::new::<T>(&tolerance::SPECTRUM_OF_SINGLES, spectrum_error)];
    }
    let differs = index(&found) != case.index;
    vec![
        Distance::new::<T>(&tolerance::SPECTRUM, spectrum_error),
        Distance::new::<T>(&tolerance::INDEX, f64::from(u8::from(differs))),
    ]
}

/// The line and both planes, restricted before they are evaluated, and moved point by point.
fn on_grids<T: Real>(case: &NetworkCase, route: &mut dyn Route<T>) -> Vec<Distance> {
    let theta: Vec<T> = exactly(&case.theta);
    let directions: Vec<Vec<T>> = case.directions.iter().map(|v| exactly(v)).collect();
    let line = Grid { x: &directions[0], y: None, xs: exactly(&case.line.points), ys: vec![T::ZERO] };
    let plane = |plane: &crate::case::Plane| Grid {
        x: &directions[1],
        y: Some(&directions[2]),
        xs: exactly(&plane.x),
        ys: exactly(&plane.y),
    };
    let grids = [
        (line, &case.line.costs, &case.line.correct),
        (plane(&case.wide), &case.wide.costs, &case.wide.correct),
        (plane(&case.square), &case.square.costs, &case.square.correct),
    ];
    let mut distances = Vec::new();
    for (grid, costs, correct) in grids {
        let restricted = route.restricted(&theta, &grid);
        let moved: Vec<Measured> =
            grid.points().map(|point| route.measured(&grid.moved(&theta, point))).collect();
        distances.push(Distance::new::<T>(&tolerance::RESTRICTED, cost_error(&restricted, costs)));
        if let Some(found) = route.on_the_fly(&theta, &grid) {
            distances.push(Distance::new::<T>(&tolerance::RESTRICTED, cost_error(&found, costs)));
        }
        distances.push(Distance::new::<T>(&tolerance::MOVED, cost_error(&moved, costs)));
        if let Some(correct) = correct {
            let errors = counting_error(&restricted, correct) + counting_error(&moved, correct);
            distances.push(Distance::new::<T>(&tolerance::CORRECT, errors));
        }
    }
    distances
}
