//! Seeded numbers of the core: bits, uniform and normal numbers, shuffles, first parameters, directions.

use thalweg_core::network::initialise::{Initialiser, initialise};
use thalweg_core::random::Random;
use thalweg_core::subspace::direction::{Normalisation, normalise, orthogonalise, unit};

use crate::networks::MAXOUT;
use crate::numbers::Numbers;

const PARAMETERS: usize = MAXOUT.parameters();

/// Each kind of number, from streams of their own.
pub fn stream(numbers: &mut dyn Numbers) {
    let mut random = Random::new(2015);
    for _ in 0..64 {
        numbers.wide(random.bits());
        numbers.double(random.uniform());
        numbers.double(random.symmetric(0.3));
        numbers.double(random.normal());
        numbers.bits(random.below(1000));
    }
    let mut singles = [0.0_f32; 256];
    Random::stream(2015, 7).fill_normal(&mut singles);
    numbers.singles(&singles);
}

/// The order of 64 examples in each of eight epochs.
pub fn shuffles(numbers: &mut dyn Numbers) {
    for epoch in 1..=8 {
        for place in crate::training::order(epoch) {
            numbers.bits(place);
        }
    }
}

/// The first parameters that each initialiser draws.
pub fn first_parameters(numbers: &mut dyn Numbers) {
    let initialisers = [
        Initialiser::Glorot,
        Initialiser::ScaledGlorot(0.5),
        Initialiser::Uniform(0.1),
        Initialiser::Normal(0.2),
        Initialiser::NormalEverywhere(0.3),
        Initialiser::Zeros,
    ];
    let mut theta = [0.0_f32; PARAMETERS];
    for initialiser in initialisers {
        initialise(&MAXOUT.network, initialiser, 2015, &mut theta).expect("θ has one entry per parameter");
        numbers.singles(&theta);
    }
}

/// Random directions, normalised each way, and what is left of one beside another.
pub fn directions(numbers: &mut dyn Numbers) {
    let mut theta = [0.0_f32; PARAMETERS];
    initialise(&MAXOUT.network, Initialiser::NormalEverywhere(0.3), 2015, &mut theta)
        .expect("θ has one entry per parameter");
    let mut first = [0.0_f32; PARAMETERS];
    let mut direction = [0.0_f32; PARAMETERS];
    for (seed, (normalisation, keep_bias)) in [
        (Normalisation::Filter, false),
        (Normalisation::Filter, true),
        (Normalisation::Layer, false),
        (Normalisation::None, true),
    ]
    .into_iter()
    .enumerate()
    {
        thalweg_core::subspace::direction::random(seed as u64, 5, &mut direction);
        normalise(&MAXOUT.network, normalisation, keep_bias, &theta, &mut direction)
            .expect("both have one entry per parameter");
        numbers.singles(&direction);
        if seed == 0 {
            first = direction;
        }
    }
    orthogonalise(&mut direction, &first).expect("both have one entry per parameter");
    numbers.double(unit(&mut direction));
    numbers.singles(&direction);
}
