//! Inputs as a file has them.

use crate::engine::Scalar;
use crate::engine::sparse::is_left_out;

/// Inputs as they came, so that either precision is rounded once.
#[derive(Clone, Debug, PartialEq)]
pub enum Inputs {
    /// Pixels, divided by 255 when they are read.
    Pixels(Vec<u8>),
    /// Numbers, taken as they are.
    Numbers(Vec<f64>),
    /// Numbers of single precision, taken as they are.
    Singles(Vec<f32>),
}

impl Inputs {
    /// The numbers from place `start` on, in one precision: pixels divided by 255 in it, numbers rounded once.
    pub(super) fn read_from<T: Scalar>(&self, start: usize, out: &mut Vec<T>) {
        out.clear();
        match self {
            Self::Pixels(pixels) => {
                let scale = T::from_f64(255.0);
                out.extend(pixels[start..].iter().map(|&pixel| T::from_f64(pixel.into()) / scale));
            }
            Self::Numbers(numbers) => out.extend(numbers[start..].iter().map(|&number| T::from_f64(number))),
            Self::Singles(numbers) => {
                out.extend(numbers[start..].iter().map(|&number| T::from_f64(number.into())));
            }
        }
    }

    /// The numbers that are not left out of sums.
    pub(super) fn filled<T: Scalar>(&self) -> usize {
        match self {
            Self::Pixels(pixels) => pixels.iter().filter(|&&pixel| pixel != 0).count(),
            Self::Numbers(numbers) => {
                numbers.iter().filter(|&&number| !is_left_out(T::from_f64(number))).count()
            }
            Self::Singles(numbers) => numbers.iter().filter(|&&number| !is_left_out(number)).count(),
        }
    }

    /// Keeps the first `count` numbers, and gives the memory of the others back.
    pub(super) fn keep(&mut self, count: usize) {
        fn shorten<N>(numbers: &mut Vec<N>, count: usize) {
            numbers.truncate(count);
            numbers.shrink_to_fit();
        }
        match self {
            Self::Pixels(pixels) => shorten(pixels, count),
            Self::Numbers(numbers) => shorten(numbers, count),
            Self::Singles(numbers) => shorten(numbers, count),
        }
    }
}
