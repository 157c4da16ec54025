//! A plain forward pass in double precision: what the program's numbers are held against.

/// What follows each hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// max(0, x).
    Relu,
    /// tanh x.
    Tanh,
    /// 1/(1 + e⁻ˣ).
    Sigmoid,
    /// x.
    Identity,
    /// The largest of K pieces.
    Maxout(usize),
}

impl Activation {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Relu => "relu".to_owned(),
            Self::Tanh => "tanh".to_owned(),
            Self::Sigmoid => "sigmoid".to_owned(),
            Self::Identity => "identity".to_owned(),
            Self::Maxout(pieces) => format!("maxout:{pieces}"),
        }
    }

    const fn pieces(self) -> usize {
        if let Self::Maxout(pieces) = self { pieces } else { 1 }
    }
}

/// The targets of the examples.
#[derive(Clone, Debug)]
pub enum Targets {
    /// A class each.
    Labels(Vec<u8>),
    /// A row of numbers each.
    Rows(Vec<f64>),
}

/// A network of dense layers.
#[derive(Clone, Debug)]
pub struct Network {
    /// Input, hidden and output widths.
    pub widths: Vec<usize>,
    /// What follows each hidden layer.
    pub activation: Activation,
    /// ½·|ŷ − y|² instead of softmax cross-entropy.
    pub squared: bool,
    /// ½·decay·|weights|² is added.
    pub decay: f64,
}

/// A mean cost and the share of right answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// J.
    pub cost: f64,
    /// 0 to 1.
    pub accuracy: f64,
}

impl Network {
    /// A ReLU network with softmax cross-entropy and no decay.
    #[must_use]
    pub fn new(widths: &[usize]) -> Self {
        Self { widths: widths.to_vec(), activation: Activation::Relu, squared: false, decay: 0.0 }
    }

    /// As `--model` takes it.
    #[must_use]
    pub fn spec(&self) -> String {
        self.widths.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
    }

    /// Rows and columns of each layer's weight.
    #[must_use]
    pub fn layers(&self) -> Vec<(usize, usize)> {
        let last = self.widths.len() - 2;
        let rows =
            |layer: usize| self.widths[layer + 1] * if layer == last { 1 } else { self.activation.pieces() };
        (0..=last).map(|layer| (rows(layer), self.widths[layer])).collect()
    }

    /// The length of θ.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.layers().iter().map(|(rows, columns)| rows * columns + rows).sum()
    }

    /// The output for one example.
    #[must_use]
    pub fn output(&self, theta: &[f64], input: &[f64]) -> Vec<f64> {
        let layers = self.layers();
        let (mut x, mut rest) = (input.to_vec(), theta);
        for (layer, &(rows, columns)) in layers.iter().enumerate() {
            let (weights, after) = rest.split_at(rows * columns);
            let (biases, after) = after.split_at(rows);
            rest = after;
            let sum = |(row, bias): (&[f64], &f64)| {
                bias + row.iter().zip(&x).map(|(weight, x)| weight * x).sum::<f64>()
            };
            let sums: Vec<f64> = weights.chunks(columns).zip(biases).map(sum).collect();
            x = if layer + 1 == layers.len() { sums } else { self.activated(&sums) };
        }
        x
    }

    fn activated(&self, sums: &[f64]) -> Vec<f64> {
        let map = |of: fn(f64) -> f64| sums.iter().map(|&sum| of(sum)).collect();
        match self.activation {
            Activation::Relu => map(|x| x.max(0.0)),
            Activation::Tanh => map(f64::tanh),
            Activation::Sigmoid => map(|x| 1.0 / (1.0 + (-x).exp())),
            Activation::Identity => sums.to_vec(),
            Activation::Maxout(pieces) => {
                sums.chunks(pieces).map(|all| all.iter().copied().fold(f64::NEG_INFINITY, f64::max)).collect()
            }
        }
    }

    /// The penalty on the weights, biases left out.
    #[must_use]
    pub fn penalty(&self, theta: &[f64]) -> f64 {
        let mut rest = theta;
        let mut sum = 0.0;
        for (rows, columns) in self.layers() {
            sum += rest[..rows * columns].iter().map(|weight| weight * weight).sum::<f64>();
            rest = &rest[rows * columns + rows..];
        }
        0.5 * self.decay * sum
    }

    /// J over examples, and the accuracy against labels.
    #[must_use]
    pub fn measure(&self, theta: &[f64], inputs: &[f64], targets: &Targets) -> Measured {
        let width = self.widths[0];
        let classes = self.widths[self.widths.len() - 1];
        let count = inputs.len() / width;
        let (mut losses, mut right) = (0.0, 0);
        for (example, input) in inputs.chunks(width).enumerate() {
            let output = self.output(theta, input);
            let label =
                if let Targets::Labels(labels) = targets { Some(usize::from(labels[example])) } else { None };
            let target = |row: usize| match targets {
                Targets::Labels(labels) => f64::from(u8::from(usize::from(labels[example]) == row)),
                Targets::Rows(values) => values[example * classes + row],
            };
            let largest = output.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            losses += if self.squared {
                output.iter().enumerate().map(|(row, y)| 0.5 * (y - target(row)).powi(2)).sum::<f64>()
            } else {
                let sum: f64 = output.iter().map(|z| (z - largest).exp()).sum();
                largest + sum.ln() - output.iter().enumerate().map(|(row, z)| target(row) * z).sum::<f64>()
            };
            right += usize::from(output.iter().position(|z| *z == largest) == label);
        }
        Measured { cost: losses / count as f64 + self.penalty(theta), accuracy: right as f64 / count as f64 }
    }

    /// |∇J| by central differences with step 1e-6: good to about 1e-8 of the gradient's length.
    #[must_use]
    pub fn gradient_norm(&self, theta: &[f64], inputs: &[f64], targets: &Targets) -> f64 {
        let step = 1e-6;
        let slope = |index: usize| {
            let at = |by: f64| {
                let mut theta = theta.to_vec();
                theta[index] += by;
                self.measure(&theta, inputs, targets).cost
            };
            (at(step) - at(-step)) / (2.0 * step)
        };
        (0..theta.len()).map(|index| slope(index).powi(2)).sum::<f64>().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_worked_by_hand() {
        let mut network = Network::new(&[1, 1, 2]);
        // h = max(0, 2x − 1), z = (h, −h)
        let theta = [2.0, -1.0, 1.0, -1.0, 0.0, 0.0];
        assert_eq!(network.parameters(), 6);
        assert_eq!(network.output(&theta, &[1.5]), [2.0, -2.0]);
        let measured = network.measure(&theta, &[1.5, 0.0], &Targets::Labels(vec![0, 1]));
        let by_hand = ((1.0 + (-4.0_f64).exp()).ln() + 2.0_f64.ln()) / 2.0;
        assert!((measured.cost - by_hand).abs() < 1e-15);
        assert_eq!(measured.accuracy, 0.5);
        network.squared = true;
        network.decay = 0.1;
        let squared = network.measure(&theta, &[1.5], &Targets::Rows(vec![1.0, 0.0]));
        assert!((squared.cost - (0.5 + 2.0 + 0.05 * 6.0)).abs() < 1e-15);
    }
}
