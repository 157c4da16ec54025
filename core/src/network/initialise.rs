//! First parameters, from a seed, equal on every machine.

use crate::length::{WrongLength, expect_length};
use crate::network::View;
use crate::random::Random;
use crate::real::Real;

/// How the first parameters are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initialiser {
    /// Weights uniform on ±√(6/(in + out)), biases 0.
    ///
    /// Each piece of a maxout unit counts as an output of its own.
    ///
    /// # Source
    /// Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks* (2010), eq. 16.
    Glorot,
    /// Glorot's, times a factor: 1/2 starts small, 3 starts large.
    ScaledGlorot(f64),
    /// Weights uniform on ±bound, biases 0.
    Uniform(f64),
    /// Weights normal with mean 0 and this standard deviation, biases 0.
    Normal(f64),
    /// Every parameter, biases too, normal with mean 0 and this standard deviation.
    NormalEverywhere(f64),
    /// All parameters 0.
    Zeros,
}

/// Writes the first parameters of `network` into `theta`; the same seed gives the same numbers in
/// both precisions, rounded once.
///
/// # Errors
/// [`WrongLength`] if `theta` does not have one entry per parameter.
pub fn initialise<T: Real>(
    network: &View<'_>,
    initialiser: Initialiser,
    seed: u64,
    theta: &mut [T],
) -> Result<(), WrongLength> {
    expect_length("theta", theta, network.parameters())?;
    let mut random = Random::stream(seed, 1);
    for block in network.blocks() {
        let fans = (block.rows + block.columns) as f64;
        for entry in theta.get_mut(block.range()).unwrap_or(&mut []) {
            *entry = T::from_f64(match (initialiser, block.is_bias) {
                (Initialiser::NormalEverywhere(deviation), _) => deviation * random.normal(),
                (_, true) | (Initialiser::Zeros, false) => 0.0,
                (Initialiser::Glorot, false) => random.symmetric(libm::sqrt(6.0 / fans)),
                (Initialiser::ScaledGlorot(factor), false) => {
                    random.symmetric(factor * libm::sqrt(6.0 / fans))
                }
                (Initialiser::Uniform(bound), false) => random.symmetric(bound),
                (Initialiser::Normal(deviation), false) => deviation * random.normal(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    const NET: Network<2> = Network::input(30).dense(24).squared_error();

    #[test]
    fn glorot_fills_its_interval_and_leaves_biases_at_zero() {
        let mut theta = [9.0_f64; NET.parameters()];
        initialise(&NET.view(), Initialiser::Glorot, 2015, &mut theta).unwrap();
        let bound = (6.0_f64 / 54.0).sqrt();
        let largest = theta[..720].iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        assert!(largest <= bound && largest > 0.98 * bound);
        assert!(theta[720..].iter().all(|&bias| bias == 0.0));
    }

    #[test]
    fn both_precisions_get_the_same_numbers() {
        let (mut single, mut double) = ([0.0_f32; NET.parameters()], [0.0_f64; NET.parameters()]);
        initialise(&NET.view(), Initialiser::Normal(0.1), 7, &mut single).unwrap();
        initialise(&NET.view(), Initialiser::Normal(0.1), 7, &mut double).unwrap();
        assert!(single.iter().zip(&double).all(|(single, double)| *single == *double as f32));
    }
}
