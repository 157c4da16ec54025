//! The functions that the core takes from `libm` and `micromath`, over ordinary inputs, arbitrary bits and the special cases.

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

/// The value of `function` at 2064 inputs: 1024 steps of 1/32 around zero, 1024 arbitrary bit patterns, and
/// the special cases.
pub fn single(function: fn(f32) -> f32, numbers: &mut dyn Numbers) {
    for step in -512_i16..512 {
        numbers.single(function(f32::from(step) / 32.0));
    }
    let mut random = SplitMix(1);
    for _ in 0..1024 {
        numbers.single(function(f32::from_bits(random.upper())));
    }
    for x in SPECIAL {
        numbers.single(function(x));
    }
}

/// The same in double precision: 512 steps of 1/16, 512 arbitrary bit patterns, and the special cases.
pub fn double(function: fn(f64) -> f64, numbers: &mut dyn Numbers) {
    for step in -256_i16..256 {
        numbers.double(function(f64::from(step) / 16.0));
    }
    let mut random = SplitMix(2);
    for _ in 0..512 {
        numbers.double(function(f64::from_bits(random.bits())));
    }
    for x in SPECIAL {
        numbers.double(function(x.into()));
    }
}
