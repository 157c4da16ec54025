//! What a small device does: training in place, inference, and planes whose weights are formed as they are read.

use thalweg_core::device::checksum;
use thalweg_core::device::in_place::{momentum_step, step};
use thalweg_core::device::inference::{answer, class};
use thalweg_core::device::on_the_fly::{FilterNormalised, Plane, Seeded, costs};
use thalweg_core::examples::{Examples, Targets};
use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::rules::loss::Tally;

use crate::derivatives::{EXAMPLES, point};
use crate::digits::{COUNT, INPUTS, LABELS, PIXELS, Task, first};
use crate::networks::Model;
use crate::numbers::Numbers;
use crate::subspaces::{XS, YS};
use crate::training::{SEED, order, tally};

/// Passes over the digits.
const EPOCHS: u32 = 3;
/// ε.
const STEP_SIZE: f32 = 0.1;
/// μ.
const MOMENTUM: f32 = 0.5;

/// The digit of this number, and what is asked about it.
fn example(model: &Model, number: usize) -> (&'static [f32], Targets<'static, f32>) {
    let input = &INPUTS[number * PIXELS..][..PIXELS];
    match model.task {
        Task::Class => (input, Targets::Labels(&LABELS[number..=number])),
        Task::Copy => (input, Targets::Values(input)),
    }
}

/// Trains a network with `N` parameters in place, plain and with momentum, in `ROWS` numbers of memory; then asks
/// it about every digit.
///
/// # Panics
/// If a step diverges.
pub fn in_place<const N: usize, const ROWS: usize>(model: &Model, numbers: &mut dyn Numbers) {
    let (mut theta, mut velocity) = ([0.0; N], [0.0; N]);
    let mut memory = [0.0; ROWS];
    for with_momentum in [false, true] {
        initialise(&model.network, Initialiser::Glorot, SEED, &mut theta)
            .expect("N is the number of parameters");
        velocity.fill(0.0);
        for epoch in 1..=EPOCHS {
            for number in order(epoch) {
                let (input, target) = example(model, number as usize);
                let report = if with_momentum {
                    let moved = (&mut theta[..], &mut velocity[..]);
                    momentum_step(model.network, moved, input, target, (STEP_SIZE, MOMENTUM), &mut memory)
                } else {
                    step(model.network, &mut theta, input, target, STEP_SIZE, &mut memory)
                };
                numbers.single(report.expect("the step is finite").loss);
            }
        }
        numbers.singles(&theta);
        numbers.bits(checksum::of(&theta));
    }
    for number in 0..COUNT {
        let (input, _) = example(model, number);
        let outputs = answer(model.network, &theta, input, &mut memory).expect("the memory holds an example");
        numbers.singles(outputs);
        numbers.bits(class(outputs).map_or(u32::MAX, |class| class as u32));
    }
}

/// A plane and a line of a network with `N` parameters, along directions of which no memory is kept, in `ROWS`
/// numbers of memory.
///
/// # Panics
/// If the sizes are not those of the model.
pub fn on_the_fly<const N: usize, const ROWS: usize>(model: &Model, numbers: &mut dyn Numbers) {
    let (mut theta, mut v) = ([0.0; N], [0.0; N]);
    point(model, &mut theta, &mut v);
    let mut memory = [0.0; ROWS];
    let mut tallies = [Tally::default(); XS.len() * YS.len()];
    let (inputs, targets) = first(EXAMPLES, model.task);
    let examples = Examples::new(&model.network, inputs, targets).expect("the digits fit the network");
    let x = FilterNormalised { seeded: Seeded { seed: 2, purpose: 1 }, theta: &theta };
    let plane = Plane { origin: &theta, x, y: Some(Seeded { seed: 2, purpose: 2 }) };
    costs(model.network, &examples, &plane, (&XS, &YS), &mut memory, &mut tallies)
        .expect("the sizes are those of the model");
    tallies.iter().for_each(|point| tally(point, numbers));

    let mut tallies = [Tally::default(); XS.len()];
    let line = Plane { origin: &theta, x: &v[..], y: None::<Seeded> };
    costs(model.network, &examples, &line, (&XS, &[0.0]), &mut memory, &mut tallies)
        .expect("the sizes are those of the model");
    tallies.iter().for_each(|point| tally(point, numbers));
}
