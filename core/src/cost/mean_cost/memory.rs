//! What a mean cost is asked for, and the memory that it takes for it.

use crate::network::{Network, View};

/// What a network's cost is asked for: it says how much memory a panel needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// The cost, losses and accuracy.
    Cost,
    /// The cost's slope along a direction.
    Slope,
    /// The gradient as well.
    Gradient,
    /// The gradient with respect to the inputs.
    InputGradient,
    /// Hessian–vector products as well.
    HessianVector,
}

/// The parts of the memory of a chunk; those that are not wanted are empty.
pub(super) struct Parts<'m, T, const L: usize> {
    pub(super) inputs: &'m mut [[T; L]],
    pub(super) registers: &'m mut [[T; L]],
    pub(super) deltas: &'m mut [[T; L]],
    pub(super) tangents: &'m mut [[T; L]],
    pub(super) delta_tangents: &'m mut [[T; L]],
}

impl View<'_> {
    /// The rows of memory (of `L` numbers each) that a panel of a [`MeanCost`](super::MeanCost) needs.
    #[must_use]
    pub const fn memory_rows(&self, ability: Ability) -> usize {
        let (input, rows, tangents) = (self.input_width(), self.register_rows(), self.tangent_rows());
        match ability {
            Ability::Cost => input + rows,
            Ability::Slope => input + 2 * rows + tangents,
            Ability::Gradient => input + 2 * rows,
            Ability::InputGradient => 2 * input + 2 * rows,
            Ability::HessianVector => input + 3 * rows + tangents,
        }
    }
}

impl<const N: usize> Network<N> {
    /// The rows of memory (of `L` numbers each) that a panel of a [`MeanCost`](super::MeanCost) needs.
    #[must_use]
    pub const fn memory_rows(&self, ability: Ability) -> usize {
        self.view().memory_rows(ability)
    }
}

fn take<'m, T>(memory: &mut &'m mut [T], count: usize) -> &'m mut [T] {
    let whole = core::mem::take(memory);
    let (head, tail) = whole.split_at_mut_checked(count).unwrap_or((&mut [], &mut []));
    *memory = tail;
    head
}

impl<'m, T, const L: usize> Parts<'m, T, L> {
    /// The parts for a number of panels.
    pub(super) fn new(
        network: &View<'_>,
        ability: Ability,
        panels: usize,
        mut memory: &'m mut [[T; L]],
    ) -> Self {
        let rows = network.register_rows() * panels;
        let input_rows = network.input_width() * panels;
        let inputs = take(&mut memory, input_rows);
        let registers = take(&mut memory, rows);
        let wants_deltas = !matches!(ability, Ability::Cost);
        let deltas = take(&mut memory, if wants_deltas { rows } else { 0 });
        let tangent_rows = match ability {
            Ability::Slope | Ability::HessianVector => network.tangent_rows() * panels,
            Ability::InputGradient => input_rows,
            Ability::Cost | Ability::Gradient => 0,
        };
        let tangents = take(&mut memory, tangent_rows);
        let delta_tangents = take(&mut memory, if ability == Ability::HessianVector { rows } else { 0 });
        Self { inputs, registers, deltas, tangents, delta_tangents }
    }
}
