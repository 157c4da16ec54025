//! The transcendental functions that the items use: near the true values, and one build of them everywhere.

use std::process::Command;

/// Units in the last place of an `f32` between `found` and the value `wanted` in `f64`.
fn error(found: f32, wanted: f64) -> f64 {
    let nearest = wanted as f32;
    if found == nearest || (found.is_nan() && nearest.is_nan()) {
        return 0.0;
    }
    let spacing =
        (f64::from(nearest.abs().next_up()) - f64::from(nearest.abs())).max(f64::from(f32::from_bits(1)));
    (f64::from(found) - wanted).abs() / spacing
}

/// A function, its true values, and how far it may be off in units in the last place.
struct Bound {
    name: &'static str,
    function: fn(f32) -> f32,
    truth: fn(f64) -> f64,
    units: f64,
}

/// FreeBSD's msun, whose code libm ports, states errors below 1 unit; `tanhf` is composed of `expm1f` and a
/// division, which together lose up to one more; a square root is correctly rounded.
const BOUNDS: [Bound; 7] = [
    Bound { name: "expf", function: libm::expf, truth: f64::exp, units: 1.0 },
    Bound { name: "tanhf", function: libm::tanhf, truth: f64::tanh, units: 2.0 },
    Bound { name: "logf", function: libm::logf, truth: f64::ln, units: 1.0 },
    Bound { name: "sqrtf", function: libm::sqrtf, truth: f64::sqrt, units: 0.5 },
    Bound { name: "log1pf", function: libm::log1pf, truth: f64::ln_1p, units: 1.0 },
    Bound { name: "sinf", function: libm::sinf, truth: f64::sin, units: 1.0 },
    Bound { name: "cosf", function: libm::cosf, truth: f64::cos, units: 1.0 },
];

#[test]
fn functions_are_within_their_bounds_of_the_true_values() {
    for Bound { name, function, truth, units } in BOUNDS {
        for step in -1024_i16..1024 {
            let x = f32::from(step) * 0.015_625;
            let error = error(function(x), truth(f64::from(x)));
            assert!(error <= units, "{name}({x}) is off by {error} units in the last place");
        }
    }
}

/// Firmware has `libm` without features. In the workspace `faer` turns on its feature `arch`, which only
/// replaces functions that IEEE 754 rounds correctly (square root, fused multiply-add, rounding to
/// integers); the item `functions` holds the bits of that build against those of the firmware.
#[test]
fn there_is_one_libm_and_firmware_has_it_without_features() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware/Cargo.toml");
    for (manifest, features) in
        [(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"), true), (manifest, false)]
    {
        let tree = Command::new(env!("CARGO"))
            .args(["tree", "--workspace", "--locked", "--edges", "features", "--invert", "libm"])
            .args(["--manifest-path", manifest])
            .output()
            .expect("cargo runs");
        let text = String::from_utf8_lossy(&tree.stdout);
        assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
        assert!(text.starts_with("libm v0.2.16"), "one libm, of the pinned version:\n{text}");
        assert!(features || !text.contains("libm feature"), "a crate switches on a feature of libm:\n{text}");
    }
}
