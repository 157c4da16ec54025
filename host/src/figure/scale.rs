//! The scale of an axis or of colours: from values to fractions, with ticks and levels.

/// A linear or logarithmic range of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The value at fraction 0.
    pub low: f64,
    /// The value at fraction 1, above `low`.
    pub high: f64,
    /// Whether fractions go with the logarithm.
    pub log: bool,
}

/// A tick: its value and what stands at it.
pub type Tick = (f64, String);

impl Scale {
    /// The scale that covers the finite (and, if logarithmic, positive) values; nothing if there are none.
    pub fn over(values: impl IntoIterator<Item = f64>, log: bool) -> Option<Self> {
        let drawable = values.into_iter().filter(|value| value.is_finite() && (!log || *value > 0.0));
        let (low, high) =
            drawable.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return None;
        }
        let narrow = high / 2.0 - low / 2.0 <= high.abs().max(low.abs()) * 1e-12;
        let (low, high) = match (narrow, log) {
            (false, _) => (low, high),
            (true, true) => (low / 2.0, high * 2.0),
            (true, false) => {
                let room = if high == 0.0 { 1.0 } else { high.abs() / 2.0 };
                (low - room, high + room)
            }
        };
        Some(Self { low, high, log })
    }

    /// This scale with a share of its length more at each end.
    pub fn padded(self, below: f64, above: f64) -> Self {
        if self.log {
            let ratio = self.high / self.low;
            let (low, high) = (self.low / ratio.powf(below), self.high * ratio.powf(above));
            let fits = low > 0.0 && high.is_finite();
            return if fits { Self { low, high, log: true } } else { self };
        }
        let length = self.high - self.low;
        let (low, high) = (below.mul_add(-length, self.low), above.mul_add(length, self.high));
        if low.is_finite() && high.is_finite() { Self { low, high, log: false } } else { self }
    }

    /// Where a value lies between `low` (0) and `high` (1); NaN if it cannot be drawn.
    pub fn fraction(&self, value: f64) -> f64 {
        if self.log {
            if value <= 0.0 {
                return f64::NAN;
            }
            return (value / self.low).ln() / (self.high / self.low).ln();
        }
        (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
    }

    /// Ticks inside the scale, about `wanted` of them.
    pub fn ticks(&self, wanted: usize) -> Vec<Tick> {
        if self.log {
            let decades = self.decades(wanted);
            if decades.len() > 1 {
                return decades.into_iter().map(|value| (value, plain(value))).collect();
            }
        }
        let (values, step) = self.even(wanted);
        values
            .into_iter()
            .map(|value| (value, even_label(value, step, self.low.abs().max(self.high.abs()))))
            .collect()
    }

    /// Unlabelled ticks between the decades of a logarithmic scale.
    pub fn minor(&self) -> Vec<f64> {
        if !self.log || self.high / self.low > 1e8 {
            return Vec::new();
        }
        let lowest = self.low.log10().floor() as i32;
        let highest = self.high.log10().ceil() as i32;
        let all = (lowest..=highest).flat_map(|d| (2..10).map(move |m| f64::from(m) * 10_f64.powi(d)));
        all.filter(|value| (self.low..=self.high).contains(value)).collect()
    }

    /// Values for contour lines, strictly inside the scale, evenly or logarithmically spaced.
    pub fn levels(&self) -> Vec<f64> {
        let values = if self.log { self.decades(12) } else { self.even(12).0 };
        let values = if values.len() < 4 { self.even(12).0 } else { values };
        values.into_iter().filter(|value| *value > self.low && *value < self.high).collect()
    }

    /// Powers of ten, or 1, 2 and 5 times them, or every second, third … power.
    fn decades(&self, wanted: usize) -> Vec<f64> {
        let (low, high) = (self.low * (1.0 - 1e-9), self.high * (1.0 + 1e-9));
        let span = (self.high / self.low).log10();
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        let mantissas: &[f64] = if span < wanted as f64 / 3.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let stride = (span / wanted as f64).ceil().max(1.0) as i32;
        let powers = (first..=last).filter(|power| power.rem_euclid(stride) == 0);
        let all = powers.flat_map(|power| {
            // Through text: 10⁻⁷ nearest, not a rounded product.
            mantissas.iter().map(move |m| format!("{m}e{power}").parse().unwrap_or(f64::NAN))
        });
        all.filter(|value| (low..=high).contains(value)).collect()
    }

    /// Multiples of 1, 2 or 5 times a power of ten, and that step.
    fn even(&self, wanted: usize) -> (Vec<f64>, f64) {
        let rough = (self.high / 2.0 - self.low / 2.0) / wanted.max(1) as f64 * 2.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= rough * 0.99);
        let step = step.unwrap_or(rough);
        if !step.is_finite() || step <= 0.0 {
            return (Vec::new(), 1.0);
        }
        let first = (self.low / step - 1e-6).ceil();
        let steps = (0..=2 * wanted).map(|index| (first + index as f64) * step);
        let inside = steps.filter(|value| *value <= step.mul_add(1e-6, self.high));
        (inside.map(|value| if value.abs() < step * 1e-6 { 0.0 } else { value }).collect(), step)
    }
}

/// A tick label with as many decimals as the step needs, or with a power of ten for very large and small ones.
fn even_label(value: f64, step: f64, largest: f64) -> String {
    let fine = (step.log10() + 1e-9).floor();
    if (1e-3..1e6).contains(&largest) {
        return minus(format!("{value:.*}", (-fine).max(0.0) as usize));
    }
    let power = largest.log10().floor();
    if value == 0.0 || !power.is_finite() {
        return "0".to_owned();
    }
    let digits = (power - fine).max(0.0) as usize;
    minus(format!("{:.digits$}×10{}", value / 10_f64.powf(power), superscript(power as i32)))
}

/// A number as a person writes it, with up to three significant digits.
pub fn plain(value: f64) -> String {
    if !value.is_finite() {
        return "not finite".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{value:.2e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    if (-3..=4).contains(&power) {
        let text = format!("{value:.*}", (2 - power).max(0) as usize);
        let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        return minus(short.to_owned());
    }
    match mantissa {
        "1" => format!("10{}", superscript(power)),
        "-1" => format!("−10{}", superscript(power)),
        _ => minus(format!("{mantissa}×10{}", superscript(power))),
    }
}

fn minus(text: String) -> String {
    text.strip_prefix('-').map(|size| format!("−{size}")).unwrap_or(text)
}

fn superscript(power: i32) -> String {
    let raise = |character| match character {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|digit| char::from_u32(0x2070 + digit)).unwrap_or(digit),
    };
    power.to_string().chars().map(raise).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, log: bool) -> String {
        let ticks = Scale { low, high, log }.ticks(6);
        ticks.into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(0.0, 1.0, false), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(labels(-2.0, 2.0, false), "−2 −1 0 1 2");
        assert_eq!(labels(0.0, 3.1e-7, false), "0 1×10⁻⁷ 2×10⁻⁷ 3×10⁻⁷");
        assert_eq!(labels(1e-6, 10.0, true), "10⁻⁶ 10⁻⁴ 0.01 1");
        assert_eq!(labels(0.15, 3.0, true), "0.2 0.5 1 2");
        assert_eq!(labels(1.1, 1.9, true), "1.2 1.4 1.6 1.8");
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        let shown: Vec<String> = [0.0, 1.0, -0.5, 1234.0, 0.001, 1e-7, -2.5e9, 0.34567].map(plain).to_vec();
        assert_eq!(shown, ["0", "1", "−0.5", "1234", "0.001", "10⁻⁷", "−2.5×10⁹", "0.346"]);
    }

    #[test]
    fn fractions_run_from_end_to_end_of_either_scale() {
        let even = Scale { low: -2.0, high: 2.0, log: false };
        assert_eq!([-2.0, 0.0, 2.0].map(|value| even.fraction(value)), [0.0, 0.5, 1.0]);
        let log = Scale { low: 1e-4, high: 1.0, log: true };
        assert!((log.fraction(1e-2) - 0.5).abs() < 1e-12);
        assert!(log.fraction(0.0).is_nan() && log.fraction(-1.0).is_nan());
        let widest = Scale { low: -f64::MAX, high: f64::MAX, log: false };
        assert_eq!(widest.fraction(0.0), 0.5);
        assert!(widest.ticks(6).len() < 20);
    }

    #[test]
    fn a_scale_ignores_what_cannot_be_drawn_and_is_never_empty() {
        let values = [f64::NAN, 0.0, 2.0, 8.0, f64::INFINITY];
        assert_eq!(Scale::over(values, true), Some(Scale { low: 2.0, high: 8.0, log: true }));
        assert_eq!(Scale::over(values, false), Some(Scale { low: 0.0, high: 8.0, log: false }));
        assert_eq!(Scale::over([3.0, 3.0], false), Some(Scale { low: 1.5, high: 4.5, log: false }));
        assert_eq!(Scale::over([f64::NAN], false), None);
    }
}
