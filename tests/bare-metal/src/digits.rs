//! Digits to train on: 64 images of MNIST of the classes 0 to 3, at 4 × 4 pixels.

use thalweg_core::examples::Targets;

/// How many there are.
pub const COUNT: usize = 64;
/// Pixels of a digit.
pub const PIXELS: usize = 16;

/// One digit a line: its class, a space, and a hexadecimal digit for each pixel.
const TEXT: &[u8] = include_bytes!("../../../fixtures/bare_metal/digits.txt");

/// The pixels of each digit, row by row: multiples of 1/16, from 0 (paper) to 15/16 (ink).
pub static INPUTS: [f32; COUNT * PIXELS] = read().0;
/// The class of each digit, 0 to 3.
pub static LABELS: [u32; COUNT] = read().1;

/// Reads the lines that are no comments; a file of another form does not compile.
const fn read() -> ([f32; COUNT * PIXELS], [u32; COUNT]) {
    let (mut inputs, mut labels) = ([0.0; COUNT * PIXELS], [0; COUNT]);
    let (mut place, mut digit) = (0, 0);
    while place < TEXT.len() {
        if TEXT[place] != b'#' {
            labels[digit] = value(TEXT[place]);
            assert!(TEXT[place + 1] == b' ', "the class is followed by a space");
            let mut pixel = 0;
            while pixel < PIXELS {
                inputs[digit * PIXELS + pixel] = value(TEXT[place + 2 + pixel]) as f32 / 16.0;
                pixel += 1;
            }
            assert!(TEXT[place + 2 + PIXELS] == b'\n', "a digit has 16 pixels");
            digit += 1;
        }
        while TEXT[place] != b'\n' {
            place += 1;
        }
        place += 1;
    }
    assert!(digit == COUNT, "there are 64 digits");
    (inputs, labels)
}

const fn value(digit: u8) -> u32 {
    match digit {
        b'0'..=b'9' => (digit - b'0') as u32,
        b'a'..=b'f' => (digit - b'a' + 10) as u32,
        _ => panic!("not a hexadecimal digit"),
    }
}

/// What a network should answer to each digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Its class.
    Class,
    /// The digit itself.
    Copy,
}

/// The first `count` digits, and what is asked about them.
#[must_use]
pub fn first(count: usize, task: Task) -> (&'static [f32], Targets<'static, f32>) {
    let inputs = &INPUTS[..count * PIXELS];
    match task {
        Task::Class => (inputs, Targets::Labels(&LABELS[..count])),
        Task::Copy => (inputs, Targets::Values(inputs)),
    }
}
