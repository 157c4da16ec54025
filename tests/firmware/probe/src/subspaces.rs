//! Lines, planes and sheets, restricted, on the fly, and with θ moved.

use core::hint::black_box;

use thalweg_core::device::on_the_fly::{self, FilterNormalised, Seeded};
use thalweg_core::engine::Exact;
use thalweg_core::real::Real;
use thalweg_core::subspace::restriction::{self, Plane, PlaneMemory, Restriction};
use thalweg_core::subspace::{self, OnLine, OnPlane, OnSheet};

use crate::opaque::{AnyCost, ask_cost, ask_gradient, examples, network, number, slice};
use crate::sweeps::chunk;

fn restricted<T: Real>() {
    let network = network();
    let y = if black_box(true) { Some(&*slice()) } else { None };
    let plane = black_box(Plane::<T> { origin: slice(), x: slice(), y });
    let registers = slice();
    if let Ok(restriction) = restriction::restrict(network, &mut Exact, plane, chunk(), registers, slice()) {
        black_box(Restriction::sweep(&restriction));
        let point = (number(), number());
        _ = black_box(Restriction::evaluate(&restriction, &mut Exact, point, registers, slice()));
        _ = black_box(Restriction::products_of_row(&restriction, &mut Exact, number(), slice()));
        let shared = (&*slice(), &*slice());
        _ = black_box(Restriction::evaluate_shared(&restriction, &mut Exact, number(), shared, registers));
    }
    let later = slice();
    _ = black_box(restriction::later_weights_of_row::<T, 1>(network, &mut Exact, plane, number(), later));
    let row = (number(), &*slice());
    _ = black_box(restriction::later_weights::<T, 1>(network, &mut Exact, plane, row, later));
    let Some(examples) = examples::<T>(&network) else { return };
    let memory = PlaneMemory::<T, 1> { rows: slice(), weights: slice() };
    let grid = (&*slice(), &*slice());
    _ = black_box(restriction::costs(network, &mut Exact, &examples, plane, grid, memory, slice()));
}

fn read_as_formed<T: Real>() {
    let network = network();
    let Some(examples) = examples::<T>(&network) else { return };
    let seeded = black_box(Seeded { seed: 1, purpose: 2 });
    let normalised = FilterNormalised { seeded, theta: slice() };
    let held: &[T] = slice();
    let grid = (&*slice(), &*slice());
    let plane = on_the_fly::Plane { origin: slice(), x: seeded, y: Some(normalised) };
    _ = black_box(on_the_fly::costs::<T, _, _>(network, &examples, &plane, grid, slice(), slice()));
    let y = if black_box(true) { Some(held) } else { None };
    let plane = on_the_fly::Plane { origin: slice(), x: held, y };
    _ = black_box(on_the_fly::costs::<T, _, _>(network, &examples, &plane, grid, slice(), slice()));
}

/// All of these.
pub fn call<T: Real>() {
    restricted::<T>();
    read_as_formed::<T>();
    _ = black_box(subspace::along::<T>(slice(), number(), slice(), slice()));
    black_box(subspace::nearest(slice(), number()));
    let inner = AnyCost::<T>::new;
    ask_gradient(&mut OnLine { inner: inner(), origin: slice(), direction: slice(), scratch: slice() });
    ask_gradient(&mut OnPlane { inner: inner(), origin: slice(), x: slice(), y: slice(), scratch: slice() });
    ask_cost(&mut OnSheet {
        inner: inner(),
        start: slice(),
        unit: slice(),
        projections: slice(),
        residuals: slice(),
        scratch: slice(),
    });
}
