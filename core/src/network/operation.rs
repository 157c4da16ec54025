//! The primitive operations of which every network is a list.

mod error;

use core::num::NonZeroUsize;

pub use self::error::ShapeError;

/// The number of a register: 0 is the input, k the result of the k-th operation (counted from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Register(pub(crate) usize);

impl Register {
    /// The register that holds the input of the network.
    pub const INPUT: Self = Self(0);

    /// The register that the last of `operations` wrote; the input if there is none.
    #[must_use]
    pub const fn after(operations: &[Operation]) -> Self {
        Self(operations.len())
    }

    /// The number of the register.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0
    }
}

/// A function of one number, applied to each entry of a register.
///
/// The derivatives of all of them follow from the value alone, so a map may overwrite its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// max(x, 0), with derivative 0 at 0.
    #[cfg(feature = "relu")]
    Relu,
    /// tanh x.
    #[cfg(feature = "tanh")]
    Tanh,
    /// 1 / (1 + e⁻ˣ).
    #[cfg(feature = "sigmoid")]
    Sigmoid,
    /// tanh x by [`fast::tanh`](crate::real::fast::tanh), and its slope by the rule of tanh.
    #[cfg(feature = "micromath")]
    TanhFast,
    /// 1 / (1 + e⁻ˣ) by [`fast::sigmoid`](crate::real::fast::sigmoid), and its slope by the rule of the sigmoid.
    #[cfg(feature = "micromath")]
    SigmoidFast,
}

/// The weights and the bias of an affine operation: where they stand in θ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Affine {
    /// The first entry of the weight in θ; row-major, `rows` × `columns`.
    pub weight: usize,
    /// The rows of the weight as it is stored.
    pub rows: usize,
    /// The columns of the weight as it is stored.
    pub columns: usize,
    /// The first entry of the bias in θ, if there is one.
    pub bias: Option<usize>,
    /// Whether the operation applies the transpose of the stored weight.
    pub transposed: bool,
    /// Whether an earlier operation brought the weight.
    pub weight_is_shared: bool,
    /// Whether an earlier operation brought the bias.
    pub bias_is_shared: bool,
    /// How many operations of the network read this weight.
    pub(crate) weight_users: usize,
    /// How many operations of the network read this bias.
    pub(crate) bias_users: usize,
}

impl Affine {
    /// The weights of an operation that does nothing.
    const NONE: Self = Self {
        weight: 0,
        rows: 0,
        columns: 0,
        bias: None,
        transposed: false,
        weight_is_shared: false,
        bias_is_shared: false,
        weight_users: 1,
        bias_users: 1,
    };

    /// Whether the operation applies the transpose; never, where no weights are shared.
    #[must_use]
    pub const fn is_transposed(&self) -> bool {
        cfg!(feature = "sharing") && self.transposed
    }

    /// Whether no other operation reads the weight.
    pub(crate) const fn owns_weight(&self) -> bool {
        cfg!(not(feature = "sharing")) || self.weight_users == 1
    }

    /// Whether no other operation reads the bias.
    pub(crate) const fn owns_bias(&self) -> bool {
        cfg!(not(feature = "sharing")) || self.bias_users == 1
    }
}

/// What an operation does with the registers it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// y = W·x + b, or y = Wᵀ·x + b.
    Affine(Affine),
    /// yᵢ = φ(xᵢ).
    Map(Map),
    /// yᵢ = the largest of the i-th group of `pieces` neighbours; the first of equals.
    #[cfg(feature = "maximum")]
    Maximum {
        /// The length of a group.
        pieces: NonZeroUsize,
    },
    /// yᵢ = xᵢ·zᵢ, with z the register `with`.
    #[cfg(feature = "product")]
    Product {
        /// The second factor.
        with: Register,
    },
    /// yᵢ = xᵢ + zᵢ, with z the register `with`.
    #[cfg(feature = "sum")]
    Sum {
        /// The second term.
        with: Register,
    },
    /// yᵢ = x at `start` + i.
    #[cfg(feature = "slice")]
    Slice {
        /// The first entry that is kept.
        start: usize,
    },
    /// The end of a network: a loss for each example.
    Loss(Loss),
}

/// The loss of one example, from the last register ŷ and its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// −ln softmax(ŷ) at the label, in nats.
    #[cfg(feature = "softmax-cross-entropy")]
    SoftmaxCrossEntropy,
    /// ½·|ŷ − y|², with a label read as a one-hot y.
    #[cfg(feature = "squared-error")]
    SquaredError,
}

/// One operation: what it does, which register it reads, and where its result is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    pub(crate) kind: Kind,
    pub(crate) from: Register,
    /// Entries of the result.
    pub(crate) width: usize,
    /// The first row of the result in the memory of registers (the input is kept elsewhere).
    pub(crate) offset: usize,
    /// The first row of the result's tangent, which never shares its place.
    pub(crate) tangent_offset: usize,
    /// Whether the result depends on θ.
    pub(crate) active: bool,
    /// Whether the result overwrites the register it reads.
    pub(crate) in_place: bool,
}

impl Operation {
    /// An operation that does nothing: fills the unused end of an array.
    pub const NONE: Self = Self {
        kind: Kind::Affine(Affine::NONE),
        from: Register::INPUT,
        width: 0,
        offset: 0,
        tangent_offset: 0,
        active: false,
        in_place: false,
    };

    /// What the operation does.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The register that it reads first.
    #[must_use]
    pub const fn from(&self) -> Register {
        self.from
    }

    /// The number of entries of its result (0 for a loss).
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Whether its result depends on θ.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.active
    }

    pub(crate) const fn new(kind: Kind, from: Register, width: usize, active: bool) -> Self {
        Self { kind, from, width, offset: 0, tangent_offset: 0, active, in_place: false }
    }

    /// The second register that the operation reads, if it reads two.
    pub(crate) const fn second(&self) -> Option<Register> {
        match self.kind {
            #[cfg(feature = "product")]
            Kind::Product { with } => Some(with),
            #[cfg(feature = "sum")]
            Kind::Sum { with } => Some(with),
            _ => None,
        }
    }

    /// Whether the operation is a product.
    pub(crate) const fn is_product(&self) -> bool {
        match self.kind {
            #[cfg(feature = "product")]
            Kind::Product { .. } => true,
            _ => false,
        }
    }

    /// Whether the operation reads two registers.
    pub(crate) const fn reads_two(&self) -> bool {
        self.second().is_some()
    }

    /// Whether the operation reads the register.
    pub(crate) const fn reads(&self, register: usize) -> bool {
        let second = match self.second() {
            Some(second) => second.0,
            None => self.from.0,
        };
        self.from.0 == register || second == register
    }
}
