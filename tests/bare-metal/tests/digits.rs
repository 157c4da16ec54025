//! The digits of the items against the images they were made of.

use std::io::Read;

use flate2::read::GzDecoder;
use items::digits::{COUNT, INPUTS, LABELS, PIXELS};

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut out).expect("the file is whole");
    out
}

#[test]
fn digits_are_the_first_of_their_classes_pooled() {
    let images = unpacked(thalweg_fixtures::mnist::TRAIN_IMAGES);
    let labels = unpacked(thalweg_fixtures::mnist::TRAIN_LABELS);
    let chosen = images[16..].chunks(28 * 28).zip(&labels[8..]).filter(|(_, label)| **label < 4);
    for (digit, (image, &label)) in chosen.take(COUNT).enumerate() {
        assert_eq!(LABELS[digit], u32::from(label), "digit {digit}");
        let mut means = [0.0; PIXELS];
        for (place, &pixel) in image.iter().enumerate() {
            means[place / 28 / 7 * 4 + place % 28 / 7] += f64::from(pixel) / 49.0;
        }
        for (mean, found) in means.iter().zip(&INPUTS[digit * PIXELS..]) {
            assert_eq!(f64::from(*found), (mean / 16.0).floor() / 16.0, "digit {digit}");
        }
    }
}
