//! What a network needs on a device: how many numbers in memory, and how many in flash, for each task.
//!
//! Numbers are of one precision: four bytes each in `f32`. Counted are the parameters, whatever else the task
//! keeps of their size, its working memory and one example; not counted are the stack, the code, and the
//! further examples of a task that takes several.

use crate::cost::mean_cost::Ability;
use crate::network::{Network, View};

/// What a device does with a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Answers ([`inference`](crate::device::inference)), the parameters in flash.
    Inference,
    /// Costs over a plane ([`on_the_fly`](crate::device::on_the_fly)), θ₀ and both directions in flash.
    Plane,
    /// Training in place ([`in_place::step`](crate::device::in_place::step)).
    Training,
    /// Training in place with momentum ([`in_place::momentum_step`](crate::device::in_place::momentum_step)).
    Momentum,
    /// The gradient as a vector ([`mean_cost`](crate::cost::mean_cost)).
    Gradient,
    /// Descent by measured steps ([`curvature_step`](crate::descent::curvature_step)).
    CurvatureStep,
    /// A Hessian–vector product ([`mean_cost`](crate::cost::mean_cost)), with θ, the direction and the product.
    HessianVector,
}

impl Task {
    /// All tasks, from the least memory on.
    pub const ALL: [Self; 7] = [
        Self::Inference,
        Self::Plane,
        Self::Training,
        Self::Momentum,
        Self::Gradient,
        Self::CurvatureStep,
        Self::HessianVector,
    ];

    /// The name of the task, in words joined by underscores.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::Plane => "plane",
            Self::Training => "training",
            Self::Momentum => "momentum",
            Self::Gradient => "gradient",
            Self::CurvatureStep => "curvature_step",
            Self::HessianVector => "hessian_vector",
        }
    }
}

impl View<'_> {
    /// The numbers that a task keeps in memory.
    ///
    /// # Examples
    /// ```
    /// use thalweg_core::device::footprint::Task;
    /// use thalweg_core::network::Network;
    /// const NET: Network<6> =
    ///     Network::input(16).dense(32).relu().dense(16).relu().dense(4).squared_error();
    /// const BYTES: usize = 4 * NET.numbers_in_memory(Task::Training);
    /// assert_eq!(BYTES, 4 * (1140 + (32 + 16 + 4) + 2 * 32 + 16)); // θ, registers, two widest rows, input
    /// ```
    #[must_use]
    pub const fn numbers_in_memory(&self, task: Task) -> usize {
        let (n, input) = (self.parameters(), self.input_width());
        match task {
            Task::Inference => self.register_rows() + input,
            Task::Plane => self.on_the_fly_rows(2) + input,
            Task::Training => n + self.training_rows() + input,
            Task::Momentum => 2 * n + self.training_rows() + input,
            Task::Gradient => 2 * n + self.memory_rows(Ability::Gradient),
            Task::CurvatureStep => 2 * n + self.memory_rows(Ability::HessianVector),
            Task::HessianVector => 3 * n + self.memory_rows(Ability::HessianVector),
        }
    }

    /// The numbers that a task only reads, and that may stay in flash.
    #[must_use]
    pub const fn numbers_in_flash(&self, task: Task) -> usize {
        match task {
            Task::Inference => self.parameters(),
            Task::Plane => 3 * self.parameters(),
            _ => 0,
        }
    }
}

impl<const N: usize> Network<N> {
    /// The numbers that a task keeps in memory: [`View::numbers_in_memory`].
    #[must_use]
    pub const fn numbers_in_memory(&self, task: Task) -> usize {
        self.view().numbers_in_memory(task)
    }

    /// The numbers that a task only reads: [`View::numbers_in_flash`].
    #[must_use]
    pub const fn numbers_in_flash(&self, task: Task) -> usize {
        self.view().numbers_in_flash(task)
    }
}
