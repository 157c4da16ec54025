//! Colours: a few that colour-blind eyes tell apart, and a perceptually even map.

/// An opaque colour: red, green and blue, 0–255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// White.
pub const WHITE: Colour = Colour(255, 255, 255);
/// Text and axes.
pub const INK: Colour = Colour(32, 32, 32);
/// Subtitle and footer.
pub const GREY: Colour = Colour(95, 95, 95);
/// Lines behind the data.
pub const GRID: Colour = Colour(225, 225, 225);
/// What has no finite value.
pub const BLANK: Colour = Colour(236, 236, 236);

/// Series, from Okabe and Ito, *Color Universal Design* (2008), without its yellow, which is too pale for lines.
pub const SERIES: [Colour; 7] = [
    Colour(0, 114, 178),
    Colour(213, 94, 0),
    Colour(0, 158, 115),
    Colour(204, 121, 167),
    Colour(230, 159, 0),
    Colour(86, 180, 233),
    Colour(0, 0, 0),
];

/// Eleven even steps of viridis (Smith and van der Walt, 2015; CC0).
const VIRIDIS: [Colour; 11] = [
    Colour(0x44, 0x01, 0x54),
    Colour(0x48, 0x24, 0x75),
    Colour(0x41, 0x44, 0x87),
    Colour(0x35, 0x5f, 0x8d),
    Colour(0x2a, 0x78, 0x8e),
    Colour(0x21, 0x91, 0x8c),
    Colour(0x22, 0xa8, 0x84),
    Colour(0x44, 0xbf, 0x70),
    Colour(0x7a, 0xd1, 0x51),
    Colour(0xbd, 0xdf, 0x26),
    Colour(0xfd, 0xe7, 0x25),
];

/// The colour of a fraction of the scale: dark violet at 0, yellow at 1, beyond them the same.
///
/// Linear between eleven steps of viridis.
pub fn viridis(fraction: f64) -> Colour {
    let [first, .., last] = VIRIDIS;
    let place = fraction.clamp(0.0, 1.0) * 10.0;
    let step = place.floor();
    let low = VIRIDIS.get(step as usize).copied().unwrap_or(first);
    let high = VIRIDIS.get(step as usize + 1).copied().unwrap_or(last);
    low.mix(high, place - step)
}

impl Colour {
    /// This colour, a share of the way (0–1) to another.
    pub fn mix(self, other: Self, share: f64) -> Self {
        let one = |a: u8, b: u8| (f64::from(b) - f64::from(a)).mul_add(share, f64::from(a)).round() as u8;
        Self(one(self.0, other.0), one(self.1, other.1), one(self.2, other.2))
    }

    /// A shade of this colour that stands out against it: darker if it is bright, brighter if it is dark.
    pub fn contrast(self) -> Self {
        let light = 0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2);
        self.mix(if light > 88.0 { INK } else { WHITE }, 0.55)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_ends_in_violet_and_yellow_and_stays_there() {
        assert_eq!(viridis(0.0), Colour(68, 1, 84));
        assert_eq!(viridis(-3.0), viridis(0.0));
        assert_eq!(viridis(1.0), Colour(253, 231, 37));
        assert_eq!(viridis(f64::INFINITY), viridis(1.0));
        assert_eq!(viridis(0.5), Colour(0x21, 0x91, 0x8c));
    }

    #[test]
    fn the_map_grows_brighter_all_the_way() {
        let light = |Colour(r, g, b)| 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
        let lights: Vec<f64> = (0..=100).map(|step| light(viridis(f64::from(step) / 100.0))).collect();
        assert!(lights.windows(2).all(|pair| pair[1] >= pair[0]));
    }
}
