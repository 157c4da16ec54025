//! eˣ, ln(1 + x), tanh and the sigmoid, without a branch, so that whole lanes go through at once.
//!
//! Each is a polynomial after an exact reduction of its argument. The errors stated are relative, in units of
//! the distance ε from 1 to the next number, and the tests below hold them against `libm` in double precision.
//! NaN goes through, and so do both infinities.
//!
//! # Source
//! Cody and Waite, *Software Manual for the Elementary Functions* (1980), for the reductions.

use thalweg_core::real::Real;

use crate::engine::tile::{Arithmetic, Lane};

/// A scalar whose exponent can be taken apart with whole-number arithmetic.
pub trait Elementary: Real {
    /// 1/ln 2.
    const LOG2_E: Self;
    /// ln 2, its upper digits: exact times any exponent.
    const LN2_HIGH: Self;
    /// ln 2, the rest.
    const LN2_LOW: Self;
    /// 1.5·2^(digits − 1): adding it rounds to a whole number.
    const ROUNDER: Self;
    /// Below, eˣ rounds to 0.
    const EXP_MIN: Self;
    /// Above, eˣ is infinite.
    const EXP_MAX: Self;
    /// Above, tanh x rounds to 1.
    const TANH_MAX: Self;
    /// 1/2, 1/6, … 1/k!: the remainder is below a quarter of a unit in the last place at |x| ≤ ½·ln 2.
    const EXP: &'static [Self];
    /// 1/3, 1/5, …: the series of artanh, cut likewise at |z| ≤ 0.172.
    const ARTANH: &'static [Self];

    /// p·2ᵏ with `rounded` = k + [`Self::ROUNDER`], in two steps, so that the result may be subnormal.
    fn scale(self, rounded: Self) -> Self;
    /// 2ᵏ with `rounded` = k + [`Self::ROUNDER`], for |k| below the largest exponent.
    fn power(rounded: Self) -> Self;
    /// (m, e) with x = m·2ᵉ and √½ ≤ m < √2, for a normal x > 0.
    fn split(self) -> (Self, Self);
    /// eˣ with the bits of `libm`.
    #[inline(always)]
    fn exp_of_lane(x: Lane<Self>) -> Lane<Self> {
        x.map(Real::exp)
    }
}

macro_rules! elementary {
    ($real:ty, $signed:ty, $digits:expr, $bias:expr, $half_root:expr) => {
        #[inline(always)]
        fn scale(self, rounded: Self) -> Self {
            let k = (rounded.to_bits() as $signed).wrapping_sub(Self::ROUNDER.to_bits() as $signed);
            let half = k >> 1;
            let power = |k: $signed| <$real>::from_bits((k.wrapping_add($bias) << $digits) as _);
            self * power(half) * power(k.wrapping_sub(half))
        }
        #[inline(always)]
        fn power(rounded: Self) -> Self {
            let k = (rounded.to_bits() as $signed).wrapping_sub(Self::ROUNDER.to_bits() as $signed);
            <$real>::from_bits((k.wrapping_add($bias) << $digits) as _)
        }
        #[inline(always)]
        fn split(self) -> (Self, Self) {
            let bits = self.to_bits() as $signed;
            let exponent = bits.wrapping_sub($half_root) >> $digits;
            (<$real>::from_bits(bits.wrapping_sub(exponent << $digits) as _), exponent as $real)
        }
    };
}

impl Elementary for f32 {
    const LOG2_E: Self = std::f32::consts::LOG2_E;
    const LN2_HIGH: Self = 0.693_359_4;
    const LN2_LOW: Self = -2.121_944_4e-4;
    const ROUNDER: Self = 12_582_912.0;
    const EXP_MIN: Self = -104.0;
    const EXP_MAX: Self = 89.0;
    const TANH_MAX: Self = 10.0;
    const EXP: &'static [Self] = &[1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0];
    const ARTANH: &'static [Self] = &[1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0];

    elementary!(f32, i32, 23, 127, 0x3f35_04f3);

    #[inline(always)]
    fn exp_of_lane(x: Lane<f32>) -> Lane<f32> {
        let ordinary = x.iter().fold(true, |all, x| all & (x.abs() < EXP_ORDINARY));
        if ordinary { each(x, exp_of_libm) } else { x.map(Real::exp) }
    }
}

impl Elementary for f64 {
    const LOG2_E: Self = std::f64::consts::LOG2_E;
    const LN2_HIGH: Self = 6.931_471_803_691_238e-1;
    const LN2_LOW: Self = 1.908_214_929_270_587_7e-10;
    const ROUNDER: Self = 6_755_399_441_055_744.0;
    const EXP_MIN: Self = -746.0;
    const EXP_MAX: Self = 710.0;
    const TANH_MAX: Self = 20.0;
    const EXP: &'static [Self] = &[
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5_040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
        1.0 / 3_628_800.0,
        1.0 / 39_916_800.0,
        1.0 / 479_001_600.0,
        1.0 / 6_227_020_800.0,
    ];
    const ARTANH: &'static [Self] = &[
        1.0 / 3.0,
        1.0 / 5.0,
        1.0 / 7.0,
        1.0 / 9.0,
        1.0 / 11.0,
        1.0 / 13.0,
        1.0 / 15.0,
        1.0 / 17.0,
        1.0 / 19.0,
        1.0 / 21.0,
    ];

    elementary!(f64, i64, 52, 1023, 0x3fe6_a09e_667f_3bcd);
}

/// Σ cₖ·xᵏ, from the last coefficient down.
#[inline(always)]
fn polynomial<T: Elementary, A: Arithmetic<T>>(coefficients: &[T], x: T) -> T {
    let mut sum = T::ZERO;
    for coefficient in coefficients.iter().rev() {
        sum = A::accumulate(*coefficient, sum, x);
    }
    sum
}

/// (k + ROUNDER, r, eʳ − 1) with x = k·ln 2 + r and |r| ≤ ½·ln 2.
#[inline(always)]
fn reduced<T: Elementary, A: Arithmetic<T>>(x: T) -> (T, T) {
    let rounded = A::accumulate(T::ROUNDER, x, T::LOG2_E);
    let k = rounded - T::ROUNDER;
    let r = A::accumulate(A::accumulate(x, -k, T::LN2_HIGH), -k, T::LN2_LOW);
    let tail = polynomial::<T, A>(T::EXP, r);
    (rounded, A::accumulate(r, r * r, tail))
}

#[inline(always)]
fn clamp<T: Real>(x: T, low: T, high: T) -> T {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// eˣ, to 1.5 ε.
#[inline(always)]
pub fn exp<T: Elementary, A: Arithmetic<T>>(x: T) -> T {
    let (rounded, less_one) = reduced::<T, A>(clamp(x, T::EXP_MIN, T::EXP_MAX));
    (T::ONE + less_one).scale(rounded)
}

/// ln(1 + x) for x ≥ 0, to 2 ε, however small x is.
#[inline(always)]
pub fn ln_1p<T: Elementary, A: Arithmetic<T>>(x: T) -> T {
    let u = T::ONE + x;
    let lost = x - (u - T::ONE);
    let (m, exponent) = u.split();
    let f = m - T::ONE;
    let z = f / (T::ONE + T::ONE + f);
    let square = z * z;
    let twice = z + z;
    let ln_m = A::accumulate(twice, twice * square, polynomial::<T, A>(T::ARTANH, square));
    let low = A::accumulate(ln_m + lost / u, exponent, T::LN2_LOW);
    let value = A::accumulate(low, exponent, T::LN2_HIGH);
    if x.is_finite() { value } else { x }
}

/// tanh x, to 3 ε, however small x is.
#[inline(always)]
pub fn tanh<T: Elementary, A: Arithmetic<T>>(x: T) -> T {
    let size = x.abs();
    let size = if size > T::TANH_MAX { T::TANH_MAX } else { size };
    let (rounded, less_one) = reduced::<T, A>(size + size);
    let power = T::power(rounded);
    let grown = A::accumulate(power - T::ONE, power, less_one);
    let value = grown / (grown + T::ONE + T::ONE);
    if x < T::ZERO { -value } else { value }
}

/// 1/(1 + e⁻ˣ), to 2.5 ε.
#[inline(always)]
pub fn sigmoid<T: Elementary, A: Arithmetic<T>>(x: T) -> T {
    T::ONE / (T::ONE + exp::<T, A>(-x))
}

/// The functions of an engine, over whole lanes.
pub trait Functions<T>: Copy + Send + Sync + 'static {
    /// eˣ.
    fn exp(x: Lane<T>) -> Lane<T>;
    /// ln(1 + x), x ≥ 0.
    fn ln_1p(x: Lane<T>) -> Lane<T>;
    /// tanh x.
    fn tanh(x: Lane<T>) -> Lane<T>;
    /// 1/(1 + e⁻ˣ).
    fn sigmoid(x: Lane<T>) -> Lane<T>;
}

/// One function over the numbers of a lane.
#[inline(always)]
fn each<T: Copy>(mut x: Lane<T>, function: impl Fn(T) -> T) -> Lane<T> {
    for x in &mut x {
        *x = function(*x);
    }
    x
}

/// Those of this file.
#[derive(Clone, Copy, Debug)]
pub struct Polynomials<A>(std::marker::PhantomData<A>);

impl<T: Elementary, A: Arithmetic<T>> Functions<T> for Polynomials<A> {
    #[inline(always)]
    fn exp(x: Lane<T>) -> Lane<T> {
        each(x, exp::<T, A>)
    }

    #[inline(always)]
    fn ln_1p(x: Lane<T>) -> Lane<T> {
        each(x, ln_1p::<T, A>)
    }

    #[inline(always)]
    fn tanh(x: Lane<T>) -> Lane<T> {
        each(x, tanh::<T, A>)
    }

    #[inline(always)]
    fn sigmoid(x: Lane<T>) -> Lane<T> {
        each(x, sigmoid::<T, A>)
    }
}

/// `libm`'s, bit by bit.
#[derive(Clone, Copy, Debug)]
pub struct Libm;

impl<T: Elementary> Functions<T> for Libm {
    #[inline(always)]
    fn exp(x: Lane<T>) -> Lane<T> {
        T::exp_of_lane(x)
    }

    #[inline(always)]
    fn ln_1p(x: Lane<T>) -> Lane<T> {
        x.map(Real::ln_1p)
    }

    #[inline(always)]
    fn tanh(x: Lane<T>) -> Lane<T> {
        x.map(Real::tanh)
    }

    #[inline(always)]
    fn sigmoid(x: Lane<T>) -> Lane<T> {
        each(T::exp_of_lane(each(x, |x| -x)), |power| T::ONE / (T::ONE + power))
    }
}

/// Up to here neither eˣ nor e⁻ˣ leaves the normal numbers.
const EXP_ORDINARY: f32 = 87.0;

/// The operations of `libm::expf` on the arguments below [`EXP_ORDINARY`], with its branches as choices.
///
/// # Source
/// FreeBSD's `e_expf.c`, from which `libm` has it.
#[inline(always)]
fn exp_of_libm(x: f32) -> f32 {
    const LN2_HIGH: f32 = 6.931_457_5e-1;
    const LN2_LOW: f32 = 1.428_606_8e-6;
    const P1: f32 = 1.666_662_5e-1;
    const P2: f32 = -2.766_733_3e-3;
    let size = x.to_bits() & 0x7fff_ffff;
    let signed_half = if x < 0.0 { -0.5 } else { 0.5 };
    let far = clamp(std::f32::consts::LOG2_E * x + signed_half, -200.0, 200.0) as i32;
    let near = if x < 0.0 { -1 } else { 1 };
    let k = if size > 0x3f85_1592 { far } else { near };
    let k = if size > 0x3eb1_7218 { k } else { 0 };
    let factor = k as f32;
    let high = x - factor * LN2_HIGH;
    let low = factor * LN2_LOW;
    let r = high - low;
    let square = r * r;
    let c = r - square * (P1 + square * P2);
    let y = 1.0 + (r * c / (2.0 - c) - low + high);
    let power = f32::from_bits(((k + 127) << 23) as u32);
    if size > 0x3900_0000 { y * power } else { 1.0 + x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tile::{Fused, Unfused};

    /// The largest relative error, in units of ε.
    fn worst<T: Elementary>(
        found: impl Fn(T) -> T,
        wanted: impl Fn(f64) -> f64,
        arguments: impl Iterator<Item = f64>,
    ) -> f64 {
        arguments.fold(0.0, |worst, x| {
            let x = T::from_f64(x);
            let right = wanted(x.to_f64());
            let unit = (right.abs() * T::EPSILON.to_f64()).max(f64::MIN_POSITIVE);
            f64::max(worst, (found(x).to_f64() - right).abs() / unit)
        })
    }

    /// 10⁶ arguments from −`end` to `end`, and as many that shrink geometrically.
    fn arguments(end: f64, negative: bool) -> impl Iterator<Item = f64> {
        let even = (0..=1_000_000).map(move |step| end * f64::from(step) / 1e6);
        let shrinking = (0..1_000_000).map(move |step| end * (-f64::from(step) * 5e-5).exp());
        even.chain(shrinking).flat_map(move |x| [x, if negative { -x } else { x }])
    }

    fn bounds<T: Elementary, A: Arithmetic<T>>(range: f64) {
        let bound = |name: &str, worst: f64, bound: f64| assert!(worst <= bound, "{name}: {worst} units");
        bound("exp", worst(exp::<T, A>, Real::exp, arguments(range, true)), 1.5);
        bound("ln_1p", worst(ln_1p::<T, A>, Real::ln_1p, arguments(2000.0, false)), 2.0);
        bound("tanh", worst(tanh::<T, A>, Real::tanh, arguments(30.0, true)), 3.0);
        bound(
            "sigmoid",
            worst(sigmoid::<T, A>, |x| 1.0 / (1.0 + Real::exp(-x)), arguments(range, true)),
            5.0,
        );
    }

    #[test]
    fn single_precision_keeps_its_stated_errors() {
        bounds::<f32, Fused>(80.0);
        bounds::<f32, Unfused>(80.0);
    }

    #[test]
    fn double_precision_keeps_its_stated_errors() {
        bounds::<f64, Fused>(700.0);
        bounds::<f64, Unfused>(700.0);
    }

    fn ends<T: Elementary>() {
        let (infinity, nan) = (T::from_f64(f64::INFINITY), T::from_f64(f64::NAN));
        for function in [exp::<T, Unfused>, tanh::<T, Unfused>, sigmoid::<T, Unfused>, ln_1p::<T, Unfused>] {
            assert!(function(nan).is_nan());
        }
        assert_eq!((exp::<T, Unfused>(infinity), exp::<T, Unfused>(-infinity)), (infinity, T::ZERO));
        assert_eq!((tanh::<T, Unfused>(infinity), tanh::<T, Unfused>(-infinity)), (T::ONE, -T::ONE));
        assert_eq!((sigmoid::<T, Unfused>(infinity), sigmoid::<T, Unfused>(-infinity)), (T::ONE, T::ZERO));
        assert_eq!((ln_1p::<T, Unfused>(infinity), ln_1p::<T, Unfused>(T::ZERO)), (infinity, T::ZERO));
    }

    #[test]
    fn the_ends_of_the_line_are_kept() {
        ends::<f32>();
        ends::<f64>();
    }

    /// Every sixteenth float of magnitude below 87, and the neighbours of each branch of `libm`.
    #[test]
    fn the_exponential_of_lanes_has_the_bits_of_libm() {
        let branches = [0x3f85_1592_u32, 0x3eb1_7218, 0x3900_0000, 0x42ae_0000];
        let near = branches.iter().flat_map(|&branch| branch - 40..branch + 40);
        for bits in (0..EXP_ORDINARY.to_bits()).step_by(16).chain(near) {
            for x in [f32::from_bits(bits), -f32::from_bits(bits)] {
                if x.abs() < EXP_ORDINARY {
                    assert_eq!(exp_of_libm(x).to_bits(), Real::exp(x).to_bits(), "{x}");
                }
            }
        }
        for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -95.0, -104.0, 88.9] {
            let lane: Lane<f32> = std::array::from_fn(|index| if index == 7 { x } else { 0.25 });
            assert_eq!(
                <Libm as Functions<f32>>::exp(lane).map(f32::to_bits),
                lane.map(|x| Real::exp(x).to_bits())
            );
        }
    }
}
