//! Small networks over the digits: between them they use every operation, both losses and shared weights.

use thalweg_core::cost::mean_cost::Ability;
use thalweg_core::network::builder::Builder;
use thalweg_core::network::operation::Register;
use thalweg_core::network::{Network, View};

use crate::digits::{PIXELS, Task};

/// A network, and what it is to learn.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// The network.
    pub network: View<'static>,
    /// What it is to learn.
    pub task: Task,
}

impl Model {
    const fn new(network: View<'static>, task: Task) -> Self {
        Self { network, task }
    }

    /// The numbers of θ.
    #[must_use]
    pub const fn parameters(&self) -> usize {
        self.network.parameters()
    }

    /// The rows of memory that all derivatives take, for one example at a time.
    #[must_use]
    pub const fn rows(&self) -> usize {
        let (products, inputs) = (
            self.network.memory_rows(Ability::HessianVector),
            self.network.memory_rows(Ability::InputGradient),
        );
        if products > inputs { products } else { inputs }
    }
}

static RELU_NETWORK: Network<5> = Network::input(PIXELS).dense(8).relu().dense(4).softmax_cross_entropy();
static TANH_NETWORK: Network<6> =
    Network::input(PIXELS).dense(6).tanh().dense(6).tanh().dense(4).squared_error();
static SIGMOID_NETWORK: Network<4> = Network::input(PIXELS).dense(8).sigmoid().dense(4).squared_error();
static MAXOUT_NETWORK: Network<4> = Network::input(PIXELS).maxout(5, 3).dense(4).softmax_cross_entropy();
const ENCODER: Builder<4> = Network::input(PIXELS).dense(6);
static TIED_NETWORK: Network<4> = ENCODER.tanh().tied(ENCODER.last()).squared_error();
/// The gate of a cell, from the first eight pixels; the weights serve the other eight as well.
const GATE: Builder<12> = Network::input(PIXELS).slice(0, 8).dense(6);
static GATED_NETWORK: Network<12> = {
    let gate = GATE.sigmoid();
    let value = gate.at(Register::INPUT).slice(8, 8).shared(GATE.last()).tanh();
    value.product(gate.last()).sum(gate.last()).linear(4).softmax_cross_entropy()
};

static TINY_NETWORK: Network<5> =
    Network::input(PIXELS).slice(5, 3).dense(2).tanh().dense(4).softmax_cross_entropy();
static FAST_NETWORK: Network<5> =
    Network::input(PIXELS).dense(6).tanh_fast().dense(4).sigmoid_fast().squared_error();

/// 16-8-4, ReLU, cross-entropy.
pub static RELU: Model = Model::new(RELU_NETWORK.view(), Task::Class);
/// 16-6-6-4, tanh, squared error.
pub static TANH: Model = Model::new(TANH_NETWORK.view(), Task::Class);
/// 16-8-4, sigmoid, squared error.
pub static SIGMOID: Model = Model::new(SIGMOID_NETWORK.view(), Task::Class);
/// 16-5×3-4, maxout, cross-entropy.
pub static MAXOUT: Model = Model::new(MAXOUT_NETWORK.view(), Task::Class);
/// 16-6-16, tanh, with one weight there and back: an autoencoder.
pub static TIED: Model = Model::new(TIED_NETWORK.view(), Task::Copy);
/// Slices, shared weights, a product and a sum of registers, a layer with no bias.
pub static GATED: Model = Model::new(GATED_NETWORK.view(), Task::Class);
/// Three pixels, 3-2-4, tanh, cross-entropy: its whole Hessian is small.
pub static TINY: Model = Model::new(TINY_NETWORK.view(), Task::Class);
/// 16-6-4 with micromath's tanh and sigmoid, squared error.
pub static FAST: Model = Model::new(FAST_NETWORK.view(), Task::Class);
