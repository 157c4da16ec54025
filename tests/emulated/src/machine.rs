//! The machines on which the items run.

/// For what images are optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Speed: `-O3`.
    Fast,
    /// Size: `-Os`.
    Small,
}

impl Profile {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Fast, Self::Small];

    /// Its name in the manifest of the firmware, and as a folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fast => "release",
            Self::Small => "small",
        }
    }

    /// Its name to a compiler.
    #[must_use]
    pub const fn level(self) -> &'static str {
        match self {
            Self::Fast => "O3",
            Self::Small => "Os",
        }
    }
}

/// An emulated machine.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// What it is called in reports.
    pub name: &'static str,
    /// The emulator.
    pub program: &'static str,
    /// Its options that choose the machine.
    pub options: &'static [&'static str],
    /// What the firmware is built for; its memory is `tests/firmware/machine/memory/TARGET.x`.
    pub target: &'static str,
    /// For what its items are optimised: the smallest machine has no flash for the fast form of all of them.
    pub profile: Profile,
    /// The stack that items may take, in bytes: the memory but for what the frame needs.
    pub stack: usize,
}

/// All machines.
pub const MACHINES: [Machine; 7] = [
    Machine {
        name: "Cortex-M4F",
        program: "qemu-system-arm",
        options: &["-machine", "mps2-an386"],
        target: "thumbv7em-none-eabihf",
        profile: Profile::Fast,
        stack: 3 << 20,
    },
    Machine {
        name: "Cortex-M7",
        program: "qemu-system-arm",
        options: &["-machine", "mps2-an500"],
        target: "thumbv7em-none-eabihf",
        profile: Profile::Fast,
        stack: 3 << 20,
    },
    Machine {
        name: "Cortex-M3",
        program: "qemu-system-arm",
        options: &["-machine", "mps2-an385"],
        target: "thumbv7m-none-eabi",
        profile: Profile::Fast,
        stack: 3 << 20,
    },
    Machine {
        name: "Cortex-M0",
        program: "qemu-system-arm",
        options: &["-machine", "microbit"],
        target: "thumbv6m-none-eabi",
        profile: Profile::Small,
        stack: 14 << 10,
    },
    Machine {
        name: "Cortex-M55",
        program: "qemu-system-arm",
        options: &["-machine", "mps3-an547"],
        target: "thumbv8m.main-none-eabihf",
        profile: Profile::Fast,
        stack: 448 << 10,
    },
    Machine {
        name: "RV32IMAC",
        program: "qemu-system-riscv32",
        options: &["-machine", "virt", "-bios", "none"],
        target: "riscv32imac-unknown-none-elf",
        profile: Profile::Fast,
        stack: 3 << 20,
    },
    Machine {
        name: "RV32IMAFC",
        program: "qemu-system-riscv32",
        options: &["-machine", "virt", "-bios", "none"],
        target: "riscv32imafc-unknown-none-elf",
        profile: Profile::Fast,
        stack: 3 << 20,
    },
];

/// The targets of some machines, each once.
#[must_use]
pub fn targets(wanted: impl Fn(&Machine) -> bool) -> Vec<&'static str> {
    let mut targets: Vec<&str> =
        MACHINES.iter().filter(|machine| wanted(machine)).map(|machine| machine.target).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}
