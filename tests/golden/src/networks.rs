//! The networks of the golden files, as the core's builder says them.

use thalweg_core::network::Network;
use thalweg_core::network::builder::Builder;

/// `networks/relu`.
pub static RELU: Network<6> =
    Network::input(5).dense(6).relu().dense(4).relu().dense(3).softmax_cross_entropy();
/// `networks/tanh`.
pub static TANH: Network<6> =
    Network::input(5).dense(6).tanh().dense(4).tanh().dense(3).softmax_cross_entropy();
/// `networks/sigmoid`.
pub static SIGMOID: Network<6> =
    Network::input(5).dense(6).sigmoid().dense(4).sigmoid().dense(3).squared_error();
/// `networks/identity`.
pub static IDENTITY: Network<4> =
    Network::input(4).dense(3).identity().dense(3).identity().dense(3).squared_error();
/// `networks/maxout`.
pub static MAXOUT: Network<6> = Network::input(3).maxout(3, 3).maxout(2, 3).dense(3).softmax_cross_entropy();

const ENCODER: Builder<4> = Network::input(20).dense(8);
/// `networks/tied`.
pub static TIED: Network<4> = ENCODER.tanh().tied(ENCODER.last()).squared_error();

/// `networks/linear_minimum`.
pub static LINEAR_MINIMUM: Network<4> = Network::input(4).dense(3).dense(3).dense(2).squared_error();
/// `networks/linear_regression`.
pub static LINEAR_REGRESSION: Network<2> = Network::input(6).dense(2).squared_error();
/// `networks/logistic_regression`.
pub static LOGISTIC_REGRESSION: Network<2> = Network::input(5).dense(2).softmax_cross_entropy();
/// `networks/softmax_regression`.
pub static SOFTMAX_REGRESSION: Network<2> = Network::input(4).dense(3).softmax_cross_entropy();
/// `descents/sigmoid`.
pub static SIGMOID_DESCENT: Network<4> =
    Network::input(5).dense(6).sigmoid().dense(3).softmax_cross_entropy();
/// `descents/relu`.
pub static RELU_DESCENT: Network<6> =
    Network::input(4).dense(5).relu().dense(4).relu().dense(2).squared_error();
/// `descents/one_by_one`.
pub static ONE_BY_ONE_DESCENT: Network<4> =
    Network::input(4).dense(5).tanh().dense(3).softmax_cross_entropy();
