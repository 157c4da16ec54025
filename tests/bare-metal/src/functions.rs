//! The transcendental functions, over ordinary inputs, arbitrary bits and the special cases.

use crate::numbers::Numbers;
use crate::splitmix::SplitMix;

/// Inputs where functions have corners: zeros, infinities, NaN, the ends of the subnormal and normal
/// numbers, and the edges of overflow and underflow of `expf`.
const SPECIAL: [f32; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    f32::MIN_POSITIVE,
    f32::MAX,
    f32::MIN,
    f32::from_bits(1),
    f32::from_bits(0x007f_ffff),
    88.722_84,
    88.722_85,
    -103.972_08,
    -87.336_55,
];

/// The value of `function` at 528 inputs: 256 steps of 1/8 around zero, 256 arbitrary bit patterns, and
/// the special cases.
pub fn values(function: fn(f32) -> f32, numbers: &mut dyn Numbers) {
    for step in -128_i16..128 {
        numbers.single(function(f32::from(step) * 0.125));
    }
    let mut random = SplitMix(1);
    for _ in 0..256 {
        numbers.single(function(f32::from_bits(random.upper())));
    }
    for x in SPECIAL {
        numbers.single(function(x));
    }
}
