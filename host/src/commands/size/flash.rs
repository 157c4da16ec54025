//! The flash that code takes on each target, as the budget of the bare-metal tests has it on record.

use thalweg_core::device::footprint::Task;
use thalweg_fixtures::BUDGET;

/// A kind of processor.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called for short.
    pub name: &'static str,
    /// Rust's name of the target.
    pub triple: &'static str,
    /// Its name in the record.
    machine: &'static str,
}

/// The targets, from the smallest core on.
pub const TARGETS: [Target; 6] = [
    Target { name: "M0", triple: "thumbv6m-none-eabi", machine: "Cortex-M0" },
    Target { name: "M3", triple: "thumbv7m-none-eabi", machine: "Cortex-M3" },
    Target { name: "M4F, M7", triple: "thumbv7em-none-eabihf", machine: "Cortex-M4F" },
    Target { name: "M55", triple: "thumbv8m.main-none-eabihf", machine: "Cortex-M55" },
    Target { name: "RV32IMAC", triple: "riscv32imac-unknown-none-elf", machine: "RV32IMAC" },
    Target { name: "RV32IMAFC", triple: "riscv32imafc-unknown-none-elf", machine: "RV32IMAFC" },
];

/// The name of a task's measurement in the record.
const fn measurement(task: Task) -> &'static str {
    match task {
        Task::Inference => "forward",
        Task::Plane => "plane",
        Task::Training => "step",
        Task::Momentum => "momentum",
        Task::Gradient => "gradient",
        Task::CurvatureStep => "curvature_step",
        Task::HessianVector => "product",
    }
}

impl Target {
    /// The bytes of code and constants of a task at `-Os`, with ReLU and the squared error linked and no other
    /// operation; `None` if it was not measured. The network makes no difference, as it is data.
    #[must_use]
    pub fn code(&self, task: Task) -> Option<usize> {
        let start = [self.machine, "Os", measurement(task)];
        let line = BUDGET.lines().find(|line| line.split(' ').take(3).eq(start))?;
        line.split(' ').next_back()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_on_record_for_every_target() {
        for target in TARGETS {
            for task in Task::ALL {
                let code = target.code(task);
                assert!(code.is_some_and(|bytes| bytes > 500), "{} {}: {code:?}", target.name, task.name());
            }
        }
    }
}
