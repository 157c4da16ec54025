//! The flash that code takes on each target, as it was measured.

use thalweg_core::footprint::Task;

/// A kind of processor, and the code of each task on it in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Rust's name of the target.
    pub triple: &'static str,
    /// Bytes of code, in the order of [`Task::ALL`].
    code: [usize; 7],
}

impl Target {
    /// The bytes of code of a task, with every operation linked.
    #[must_use]
    pub fn code(&self, task: Task) -> usize {
        Task::ALL.iter().zip(self.code).find(|(known, _)| **known == task).map_or(0, |(_, bytes)| bytes)
    }
}

/// Code of an image that does the task, less that of an image that does nothing.
///
/// Measured by the images of the Rust compiler 1.95 with `opt-level = "s"`, `lto = true` and all features of the
/// core; parameters and examples are not in it. The network makes no difference, as it is data.
pub const TARGETS: [Target; 6] = [
    Target {
        name: "M0",
        triple: "thumbv6m-none-eabi",
        code: [8_652, 12_008, 14_272, 13_776, 16_932, 24_252, 17_308],
    },
    Target {
        name: "M3",
        triple: "thumbv7m-none-eabi",
        code: [7_944, 11_352, 13_468, 12_924, 15_836, 22_768, 16_008],
    },
    Target {
        name: "M4F, M7",
        triple: "thumbv7em-none-eabihf",
        code: [5_456, 8_600, 10_472, 10_212, 13_168, 20_096, 13_376],
    },
    Target {
        name: "M55",
        triple: "thumbv8m.main-none-eabihf",
        code: [5_444, 8_592, 10_452, 10_188, 13_176, 20_112, 13_336],
    },
    Target {
        name: "RV32IMAC",
        triple: "riscv32imac-unknown-none-elf",
        code: [8_876, 13_316, 15_488, 14_408, 19_044, 27_744, 17_852],
    },
    Target {
        name: "RV32IMAFC",
        triple: "riscv32imafc-unknown-none-elf",
        code: [5_004, 9_048, 10_460, 9_984, 14_348, 22_512, 13_392],
    },
];
