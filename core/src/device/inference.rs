//! Inference, one example at a time: the parameters are only read, and may stay in flash.

use crate::engine::Exact;
use crate::examples::{Chunk, Selection, Targets};
use crate::length::{WrongLength, expect_at_least, expect_length};
use crate::network::View;
use crate::real::Real;
use crate::sweep::{Sweep, part};

/// The network's answer to one example: the register that the loss reads, so logits before a softmax.
///
/// | argument    | shape                     | unit                          |
/// |-------------|---------------------------|-------------------------------|
/// | `theta`     | n                         | parameters                    |
/// | `input`     | input width               | as the network was trained on |
/// | `registers` | [`View::register_rows`]   | overwritten                   |
///
/// # Errors
/// [`WrongLength`] if a slice is not of the shape above; nothing is written then.
///
/// # Examples
/// ```
/// use thalweg_core::device::inference::{answer, class};
/// use thalweg_core::network::Network;
/// const NET: Network<2> = Network::input(2).dense(3).softmax_cross_entropy();
/// static THETA: [f32; NET.parameters()] = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, -4.0];
/// let mut registers = [0.0; NET.view().register_rows()];
/// let outputs = answer(NET.view(), &THETA, &[1.0, 2.0], &mut registers).unwrap();
/// assert_eq!((outputs, class(outputs)), (&[1.0, 2.0, -1.0][..], Some(1)));
/// ```
pub fn answer<'m, T: Real>(
    network: View<'_>,
    theta: &[T],
    input: &[T],
    registers: &'m mut [T],
) -> Result<&'m [T], WrongLength> {
    expect_length("input", input, network.input_width())?;
    expect_at_least("registers", registers, network.register_rows())?;
    let (inputs, _) = input.as_chunks::<1>();
    let targets = Selection::from_the_first(Targets::Labels(&[]));
    let sweep = Sweep::new(network, theta, Chunk { inputs, targets, examples: 1 })?;
    sweep.forward(&mut Exact, registers.as_chunks_mut::<1>().0)?;
    let last = network.loss().and_then(|(_, last)| Some((network.offset(last)?, network.width(last))));
    Ok(last.map_or(&[], |(offset, width)| part(registers, offset..offset + width)))
}

/// The place of the largest output, the first of equals; `None` if there is none, or one is NaN.
#[must_use]
pub fn class<T: Real>(outputs: &[T]) -> Option<usize> {
    let mut best: Option<(usize, T)> = None;
    for (place, &value) in outputs.iter().enumerate() {
        if value.is_nan() {
            return None;
        }
        if best.is_none_or(|(_, largest)| value > largest) {
            best = Some((place, value));
        }
    }
    best.map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    const NET: Network<4> = Network::input(2).dense(3).relu().dense(2).squared_error();

    #[test]
    fn short_registers_are_named_and_nothing_is_written() {
        let mut registers = [7.0_f64; 4];
        let theta = [0.0; NET.parameters()];
        let error = answer(NET.view(), &theta, &[0.0; 2], &mut registers).unwrap_err();
        assert_eq!(error, WrongLength { argument: "registers", needed: 5, found: 4 });
        assert_eq!(registers, [7.0; 4]);
    }

    #[test]
    fn no_class_is_named_where_an_output_is_nan() {
        assert_eq!(class(&[1.0, f32::NAN, 2.0]), None);
        assert_eq!(class(&[1.0, 2.0, 2.0_f32]), Some(1));
        assert_eq!(class::<f32>(&[]), None);
    }
}
