//! Gauss–Newton and empirical Fisher matrices of a plain network, from differences of its outputs.

use crate::network::{Network, Targets};

/// Half the step of the differences: outputs are good to 1e-16, slopes to about 1e-11.
const STEP: f64 = 1e-5;

/// The matrix of Σ JᵀMJ/N, where J are the slopes of an example's outputs along θ.
fn sandwich(
    network: &Network,
    theta: &[f64],
    inputs: &[f64],
    middle: impl Fn(usize, &[f64]) -> Vec<f64>,
) -> Vec<f64> {
    let (n, outputs) = (theta.len(), network.widths[network.widths.len() - 1]);
    let examples: Vec<&[f64]> = inputs.chunks(network.widths[0]).collect();
    let mut matrix = vec![0.0; n * n];
    for (example, input) in examples.iter().enumerate() {
        let slopes: Vec<Vec<f64>> = (0..n)
            .map(|index| {
                let at = |by: f64| {
                    let mut theta = theta.to_vec();
                    theta[index] += by;
                    network.output(&theta, input)
                };
                at(STEP).iter().zip(at(-STEP)).map(|(up, down)| (up - down) / (2.0 * STEP)).collect()
            })
            .collect();
        let middle = middle(example, &network.output(theta, input));
        for (place, entry) in matrix.iter_mut().enumerate() {
            let (a, b) = (&slopes[place / n], &slopes[place % n]);
            let pairs = (0..outputs * outputs).map(|pair| (pair / outputs, pair % outputs));
            let sum: f64 = pairs.map(|(i, j)| a[i] * middle[i * outputs + j] * b[j]).sum();
            *entry += sum / examples.len() as f64;
        }
    }
    matrix
}

/// The answer of an example as numbers, and what the network makes of it: probabilities, or outputs.
fn answers(network: &Network, targets: &Targets, example: usize, output: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let classes = output.len();
    let target = (0..classes).map(|row| match targets {
        Targets::Labels(labels) => f64::from(u8::from(usize::from(labels[example]) == row)),
        Targets::Rows(values) => values[example * classes + row],
    });
    let largest = output.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = output.iter().map(|z| (z - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    let answer =
        if network.squared { output.to_vec() } else { powers.iter().map(|power| power / sum).collect() };
    (target.collect(), answer)
}

/// The Gauss–Newton matrix, weight decay included (n × n, row-major).
#[must_use]
pub fn gauss_newton(network: &Network, theta: &[f64], inputs: &[f64], targets: &Targets) -> Vec<f64> {
    let mut matrix = sandwich(network, theta, inputs, |example, output| {
        let classes = output.len();
        let (_, answer) = answers(network, targets, example, output);
        let entry = |i: usize, j: usize| match (network.squared, i == j) {
            (true, same) => f64::from(u8::from(same)),
            (false, true) => answer[i] - answer[i] * answer[i],
            (false, false) => -answer[i] * answer[j],
        };
        (0..classes * classes).map(|place| entry(place / classes, place % classes)).collect()
    });
    let n = theta.len();
    let mut index = 0;
    for (rows, columns) in network.layers() {
        (index..index + rows * columns).for_each(|weight| matrix[weight * (n + 1)] += network.decay);
        index += rows * columns + rows;
    }
    matrix
}

/// The empirical Fisher matrix, of the losses alone (n × n, row-major).
#[must_use]
pub fn fisher(network: &Network, theta: &[f64], inputs: &[f64], targets: &Targets) -> Vec<f64> {
    sandwich(network, theta, inputs, |example, output| {
        let (target, answer) = answers(network, targets, example, output);
        let apart: Vec<f64> = answer.iter().zip(target).map(|(answer, target)| answer - target).collect();
        apart.iter().flat_map(|a| apart.iter().map(move |b| a * b)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_alone_has_both_matrices_on_paper() {
        let network = Network { squared: true, decay: 0.5, ..Network::new(&[1, 1]) };
        // w = 2, b = 1 at x = 3, y = 5: J = (3, 1), apart by 2
        let (theta, targets) = ([2.0, 1.0], Targets::Rows(vec![5.0]));
        let near = |found: Vec<f64>, wanted: [f64; 4]| {
            found.iter().zip(wanted).for_each(|(a, b)| assert!((a - b).abs() < 1e-8, "{found:?}"));
        };
        near(gauss_newton(&network, &theta, &[3.0], &targets), [9.5, 3.0, 3.0, 1.0]);
        near(fisher(&network, &theta, &[3.0], &targets), [36.0, 12.0, 12.0, 4.0]);
    }

    #[test]
    fn a_softmax_has_the_variance_of_its_answer() {
        let network = Network::new(&[1, 2]);
        let found = gauss_newton(&network, &[0.0; 4], &[1.0], &Targets::Labels(vec![0]));
        assert!((found[0] - 0.25).abs() < 1e-9 && (found[1] + 0.25).abs() < 1e-9, "{found:?}");
    }
}
