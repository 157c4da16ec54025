//! The `const fn` builder of networks: it reads as a sentence, and is the same at run time.

use crate::network::Network;
use crate::network::operation::{Loss, Map, Operation, Register, ShapeError};
use crate::network::shape::{self, Step};

/// A network in the making; it keeps its first error until the end.
#[derive(Clone, Copy, Debug)]
pub struct Builder<const N: usize> {
    operations: [Operation; N],
    length: usize,
    input: usize,
    current: Register,
    error: Option<ShapeError>,
}

impl<const N: usize> Network<N> {
    /// Starts a network that reads `width` numbers.
    #[must_use]
    pub const fn input(width: usize) -> Builder<N> {
        Builder {
            operations: [Operation::NONE; N],
            length: 0,
            input: width,
            current: Register::INPUT,
            error: None,
        }
    }
}

impl<const N: usize> Builder<N> {
    const fn push(mut self, step: Step) -> Self {
        if self.error.is_some() {
            return self;
        }
        match shape::next(&self.operations, self.length, self.input, self.current, step) {
            Ok(_) if self.length >= N => self.error = Some(ShapeError::Capacity { capacity: N }),
            Ok(operation) => {
                self.operations[self.length] = operation;
                self.length += 1;
                self.current = Register(self.length);
            }
            Err(error) => self.error = Some(error),
        }
        self
    }

    /// The register that the last operation wrote (or that [`Self::at`] chose).
    #[must_use]
    pub const fn last(&self) -> Register {
        self.current
    }

    /// Lets the next operation read `register`.
    #[must_use]
    pub const fn at(mut self, register: Register) -> Self {
        self.current = register;
        self
    }

    /// y = W·x + b with `width` outputs; the weight is `width` × (width of x), row-major, then the bias.
    #[must_use]
    pub const fn dense(self, width: usize) -> Self {
        self.push(Step::Dense { width, bias: true })
    }

    /// y = W·x, with no bias.
    #[must_use]
    pub const fn linear(self, width: usize) -> Self {
        self.push(Step::Dense { width, bias: false })
    }

    /// y = W·x + b with the weight and the bias of the affine operation that wrote `with`.
    #[cfg(feature = "sharing")]
    #[must_use]
    pub const fn shared(self, with: Register) -> Self {
        self.push(Step::Shared { with })
    }

    /// y = Wᵀ·x + b with the weight of the affine operation that wrote `with`, and a bias of its own.
    #[cfg(feature = "sharing")]
    #[must_use]
    pub const fn tied(self, with: Register) -> Self {
        self.push(Step::Tied { with })
    }

    /// yᵢ = max(xᵢ, 0).
    #[cfg(feature = "relu")]
    #[must_use]
    pub const fn relu(self) -> Self {
        self.map(Map::Relu)
    }

    /// yᵢ = tanh xᵢ.
    #[cfg(feature = "tanh")]
    #[must_use]
    pub const fn tanh(self) -> Self {
        self.map(Map::Tanh)
    }

    /// yᵢ = 1 / (1 + e^(−xᵢ)).
    #[cfg(feature = "sigmoid")]
    #[must_use]
    pub const fn sigmoid(self) -> Self {
        self.map(Map::Sigmoid)
    }

    /// yᵢ = tanh xᵢ, fast and near: see [`fast`](crate::real::fast).
    #[cfg(feature = "micromath")]
    #[must_use]
    pub const fn tanh_fast(self) -> Self {
        self.map(Map::TanhFast)
    }

    /// yᵢ = 1 / (1 + e^(−xᵢ)), fast and near: see [`fast`](crate::real::fast).
    #[cfg(feature = "micromath")]
    #[must_use]
    pub const fn sigmoid_fast(self) -> Self {
        self.map(Map::SigmoidFast)
    }

    /// y = x: adds no operation.
    #[must_use]
    pub const fn identity(self) -> Self {
        self
    }

    /// Applies a map to each entry.
    #[must_use]
    pub const fn map(self, map: Map) -> Self {
        self.push(Step::Map(map))
    }

    /// The largest of each group of `pieces` neighbours (maxout, pooling); the first of equals.
    #[cfg(feature = "maximum")]
    #[must_use]
    pub const fn maximum(self, pieces: usize) -> Self {
        self.push(Step::Maximum { pieces })
    }

    /// A maxout layer: an affine operation with `units`·`pieces` rows, the pieces of a unit together,
    /// and the maximum over each group. Takes two operations.
    ///
    /// # Source
    /// Goodfellow et al., *Maxout networks* (2013).
    #[cfg(feature = "maximum")]
    #[must_use]
    pub const fn maxout(self, units: usize, pieces: usize) -> Self {
        self.dense(units.saturating_mul(pieces)).maximum(pieces)
    }

    /// The elementwise product with another register.
    #[cfg(feature = "product")]
    #[must_use]
    pub const fn product(self, with: Register) -> Self {
        self.push(Step::Product { with })
    }

    /// The elementwise sum with another register.
    #[cfg(feature = "sum")]
    #[must_use]
    pub const fn sum(self, with: Register) -> Self {
        self.push(Step::Sum { with })
    }

    /// The `width` entries from `start` on.
    #[cfg(feature = "slice")]
    #[must_use]
    pub const fn slice(self, start: usize, width: usize) -> Self {
        self.push(Step::Slice { start, width })
    }

    /// Ends the network, answering with its first error if it has one: the ending for run time.
    ///
    /// # Errors
    /// The first [`ShapeError`] of the list.
    pub const fn checked(self, loss: Loss) -> Result<Network<N>, ShapeError> {
        let ended = self.push(Step::Loss(loss));
        match ended.error {
            Some(error) => Err(error),
            None => Network::sealed(ended.operations, ended.length, ended.input),
        }
    }

    /// Ends the network with the softmax cross-entropy: the ending for a `const`.
    ///
    /// # Panics
    /// If a width does not fit; in a `const` this is a compile error. At run time use [`Self::checked`].
    #[cfg(feature = "softmax-cross-entropy")]
    #[must_use]
    pub const fn softmax_cross_entropy(self) -> Network<N> {
        self.ended(Loss::SoftmaxCrossEntropy)
    }

    /// Ends the network with half the squared error: the ending for a `const`.
    ///
    /// # Panics
    /// If a width does not fit; in a `const` this is a compile error. At run time use [`Self::checked`].
    #[cfg(feature = "squared-error")]
    #[must_use]
    pub const fn squared_error(self) -> Network<N> {
        self.ended(Loss::SquaredError)
    }

    const fn ended(self, loss: Loss) -> Network<N> {
        match self.checked(loss) {
            Ok(network) => network,
            Err(ShapeError::ZeroWidth { .. }) => panic!("an operation of the network has width 0"),
            Err(ShapeError::Capacity { .. }) => panic!("the network needs a larger capacity: Network<N>"),
            Err(ShapeError::Width { .. }) => panic!("the widths of two registers do not fit"),
            Err(ShapeError::Pieces { .. }) => panic!("the pieces of a maximum do not divide its register"),
            Err(ShapeError::Register { .. }) => panic!("a register is read before it is written"),
            Err(ShapeError::NotAffine { .. }) => panic!("weights are shared with an operation that has none"),
            Err(ShapeError::TooLarge { .. }) => panic!("the network is too large to be counted"),
            Err(ShapeError::Loss { .. }) => panic!("a network ends in one loss"),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::borrow::ToOwned;

    use super::*;

    const NET: Network<4> = Network::input(784).dense(128).relu().dense(10).softmax_cross_entropy();

    #[test]
    fn sizes_are_constants() {
        static THETA: [f32; NET.parameters()] = [0.0; NET.parameters()];
        assert_eq!(THETA.len(), 101_770);
        assert_eq!(NET.view().register_rows(), 138);
        assert_eq!(NET.view().cached_rows(), 128);
        assert_eq!(NET.view().largest_later_block(), 1290);
        assert_eq!(NET.view().output_width(), 10);
    }

    #[test]
    fn a_width_that_does_not_fit_is_an_error_at_run_time() {
        let error = Network::<4>::input(4).dense(5).maximum(3).checked(Loss::SquaredError).unwrap_err();
        assert_eq!(error, ShapeError::Pieces { operation: 1, pieces: 3, width: 5 });
        let error =
            Network::<4>::input(4).dense(5).sum(Register::INPUT).checked(Loss::SquaredError).unwrap_err();
        assert_eq!(error, ShapeError::Width { operation: 1, needed: 5, found: 4 });
        let error = Network::<2>::input(4).dense(5).relu().checked(Loss::SquaredError).unwrap_err();
        assert_eq!(error, ShapeError::Capacity { capacity: 2 });
        let error = Network::<2>::input(0).dense(5).checked(Loss::SquaredError).unwrap_err();
        assert_eq!(error, ShapeError::ZeroWidth { operation: 0 });
        let error = Network::<2>::input(usize::MAX).dense(5).checked(Loss::SquaredError).unwrap_err();
        assert_eq!(error, ShapeError::TooLarge { operation: 0 });
        let error = Network::<3>::input(4).tied(Register(3)).checked(Loss::SquaredError).unwrap_err();
        assert_eq!(error, ShapeError::Register { operation: 0, register: 3 });
        let error = Network::<3>::input(4).dense(4).relu().at(Register(2)).shared(Register(2));
        assert_eq!(
            error.checked(Loss::SquaredError).unwrap_err(),
            ShapeError::NotAffine { operation: 2, register: 2 }
        );
    }

    #[test]
    fn the_end_of_a_longer_list_is_refused() {
        use crate::network::View;
        let whole = Network::<4>::input(4).dense(5).relu().checked(Loss::SquaredError).unwrap();
        let mut end = whole.view().operations()[1..].to_owned();
        let error = View::new(&mut end, 4).unwrap_err();
        assert_eq!(error, ShapeError::Register { operation: 0, register: 1 });
    }

    #[test]
    fn the_first_error_is_the_one_that_is_kept() {
        let error = Network::<8>::input(4)
            .dense(0)
            .maximum(0)
            .sum(Register(9))
            .checked(Loss::SquaredError)
            .unwrap_err();
        assert_eq!(error, ShapeError::ZeroWidth { operation: 0 });
    }

    #[test]
    fn tied_weights_are_counted_once() {
        const START: Builder<4> = Network::input(20).dense(8);
        const TIED: Network<4> = START.tanh().tied(START.last()).squared_error();
        assert_eq!(TIED.parameters(), 20 * 8 + 8 + 20);
        assert_eq!(TIED.view().blocks().count(), 3);
    }

    #[test]
    fn a_map_shares_the_place_of_its_argument_unless_another_reads_it() {
        assert_eq!(NET.view().operations()[1].offset, NET.view().operations()[0].offset);
        let start = Network::<4>::input(3).dense(3);
        let both = start.relu().sum(start.last()).checked(Loss::SquaredError).unwrap();
        assert_eq!(both.view().register_rows(), 9);
    }

    #[test]
    fn blocks_cover_theta_without_a_gap() {
        let mut end = 0;
        for block in NET.view().blocks() {
            assert_eq!(block.offset, end);
            end = block.range().end;
        }
        assert_eq!(end, NET.parameters());
    }
}
