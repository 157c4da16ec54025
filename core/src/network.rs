//! A network is data: a short list of operations, made by a `const fn` builder or at run time.

pub mod operation;
pub mod shape;
pub mod builder;
pub mod initialise;

use crate::network::operation::{Kind, Loss, Operation, Register, ShapeError};
use crate::network::shape::Sizes;

/// A network of at most `N` operations, the loss among them.
///
/// # Examples
/// ```
/// use thalweg_core::network::Network;
/// const NET: Network<4> = Network::input(784).dense(128).relu().dense(10).softmax_cross_entropy();
/// static THETA: [f32; NET.parameters()] = [0.0; NET.parameters()];
/// assert_eq!(THETA.len(), 784 * 128 + 128 + 128 * 10 + 10);
/// ```
/// A width that does not fit is a compile error in a `const`:
/// ```compile_fail
/// use thalweg_core::network::Network;
/// const NET: Network<4> = Network::input(784).dense(128).maximum(3).softmax_cross_entropy();
/// let _ = NET.parameters();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network<const N: usize> {
    operations: [Operation; N],
    length: usize,
    input: usize,
    sizes: Sizes,
}

/// A network as the sweeps see it: a checked slice of operations of any length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View<'a> {
    operations: &'a [Operation],
    input: usize,
    sizes: Sizes,
}

/// A run of θ: the weight or the bias of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first entry in θ.
    pub offset: usize,
    /// Rows of a weight (units × pieces for maxout), entries of a bias.
    pub rows: usize,
    /// Columns of a weight, 1 for a bias.
    pub columns: usize,
    /// Whether this is a bias.
    pub is_bias: bool,
    /// The place of the operation that brought it, from 0.
    pub operation: usize,
}

impl Block {
    /// The entries of θ that the block takes.
    #[must_use]
    pub const fn range(&self) -> core::ops::Range<usize> {
        self.offset..self.offset + self.rows * self.columns
    }
}

impl<const N: usize> Network<N> {
    /// Checks and measures the first `length` of `operations`.
    pub(crate) const fn sealed(
        mut operations: [Operation; N],
        length: usize,
        input: usize,
    ) -> Result<Self, ShapeError> {
        match shape::seal(&mut operations, length, input) {
            Ok(sizes) => Ok(Self { operations, length, input, sizes }),
            Err(error) => Err(error),
        }
    }

    /// The number of parameters: the length of θ.
    #[must_use]
    pub const fn parameters(&self) -> usize {
        self.sizes.parameters
    }

    /// The network as the sweeps read it.
    #[must_use]
    pub const fn view(&self) -> View<'_> {
        let operations = match self.operations.split_at_checked(self.length) {
            Some((operations, _)) => operations,
            None => &self.operations,
        };
        View { operations, input: self.input, sizes: self.sizes }
    }
}

impl<'a> View<'a> {
    /// A network over a list that was made at run time, step by step with [`shape::next`].
    ///
    /// # Errors
    /// [`ShapeError`] if the list does not end in a loss, or is too large to be counted.
    ///
    /// # Examples
    /// ```
    /// use thalweg_core::network::View;
    /// use thalweg_core::network::operation::{Loss, Operation, Register};
    /// use thalweg_core::network::shape::{Step, next};
    /// let mut list = vec![];
    /// for step in [Step::Dense { width: 3, bias: true }, Step::Loss(Loss::SquaredError)] {
    ///     let from = Register::after(&list);
    ///     list.push(next(&list, list.len(), 5, from, step).unwrap());
    /// }
    /// assert_eq!(View::new(&mut list, 5).unwrap().parameters(), 18);
    /// ```
    pub const fn new(operations: &'a mut [Operation], input: usize) -> Result<Self, ShapeError> {
        let length = operations.len();
        match shape::seal(operations, length, input) {
            Ok(sizes) => Ok(Self { operations, input, sizes }),
            Err(error) => Err(error),
        }
    }

    /// The view again, of a list that [`View::new`] has sealed, with the sizes it then had.
    ///
    /// Sizes of another list give wrong numbers or length errors, never a panic.
    #[must_use]
    pub const fn again(operations: &'a [Operation], input: usize, sizes: Sizes) -> Self {
        Self { operations, input, sizes }
    }

    /// The sizes of the list, for [`View::again`].
    #[must_use]
    pub const fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// The operations in their order; the loss is the last.
    #[must_use]
    pub const fn operations(&self) -> &'a [Operation] {
        self.operations
    }

    /// The number of parameters: the length of θ.
    #[must_use]
    pub const fn parameters(&self) -> usize {
        self.sizes.parameters
    }

    /// The width of an example.
    #[must_use]
    pub const fn input_width(&self) -> usize {
        self.input
    }

    /// The width of the register that the loss reads: classes, or entries of the target.
    #[must_use]
    pub fn output_width(&self) -> usize {
        self.loss().map_or(0, |(_, from)| self.width(from))
    }

    /// The rows of memory that the registers of one panel take, the input not among them.
    #[must_use]
    pub const fn register_rows(&self) -> usize {
        self.sizes.rows
    }

    /// The rows of memory that the tangents of one panel take.
    #[must_use]
    pub const fn tangent_rows(&self) -> usize {
        self.sizes.tangent_rows
    }

    /// The rows of one panel that a restricted line or plane keeps for each of its directions.
    #[must_use]
    pub const fn cached_rows(&self) -> usize {
        self.sizes.cached_rows
    }

    /// The largest weight and bias that a restricted line or plane forms anew at each point.
    #[must_use]
    pub const fn largest_later_block(&self) -> usize {
        self.sizes.later_block
    }

    /// The entries of the widest register, the input not among them.
    #[must_use]
    pub const fn widest_row(&self) -> usize {
        self.sizes.widest
    }

    /// Whether each operation reads the result of the one before it alone, with weights of its own.
    #[must_use]
    pub const fn is_chain(&self) -> bool {
        self.sizes.is_chain
    }

    /// The loss, and the register that it reads.
    #[must_use]
    pub fn loss(&self) -> Option<(Loss, Register)> {
        match self.operations.last() {
            Some(Operation { kind: Kind::Loss(loss), from, .. }) => Some((*loss, *from)),
            _ => None,
        }
    }

    /// The width of a register.
    #[must_use]
    pub fn width(&self, register: Register) -> usize {
        match register.0.checked_sub(1) {
            None => self.input,
            Some(index) => self.operations.get(index).map_or(0, |operation| operation.width),
        }
    }

    /// The weights and biases in the order of θ.
    pub fn blocks(&self) -> impl Iterator<Item = Block> + use<'a> {
        self.operations.iter().enumerate().flat_map(|(index, operation)| {
            let (mut weight, mut bias) = (None, None);
            if let Kind::Affine(affine) = operation.kind {
                if !affine.weight_is_shared {
                    weight = Some(Block {
                        offset: affine.weight,
                        rows: affine.rows,
                        columns: affine.columns,
                        is_bias: false,
                        operation: index,
                    });
                }
                if let Some(offset) = affine.bias
                    && !affine.bias_is_shared
                {
                    bias = Some(Block {
                        offset,
                        rows: operation.width,
                        columns: 1,
                        is_bias: true,
                        operation: index,
                    });
                }
            }
            weight.into_iter().chain(bias)
        })
    }

    /// The place of a register: its first row in memory, or `None` for the input.
    pub(crate) fn offset(&self, register: Register) -> Option<usize> {
        register
            .0
            .checked_sub(1)
            .and_then(|index| self.operations.get(index))
            .map(|operation| operation.offset)
    }

    /// The place of a register's tangent: its first row in memory, or `None` for the input.
    pub(crate) fn tangent_offset(&self, register: Register) -> Option<usize> {
        register
            .0
            .checked_sub(1)
            .and_then(|index| self.operations.get(index))
            .map(|operation| operation.tangent_offset)
    }

    /// Whether a register depends on θ.
    pub(crate) fn is_active(&self, register: Register) -> bool {
        register
            .0
            .checked_sub(1)
            .and_then(|index| self.operations.get(index))
            .is_some_and(|operation| operation.active)
    }
}
