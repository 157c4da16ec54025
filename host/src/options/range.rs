//! The values and counts of a grid, as options write them.

use std::str::FromStr;

/// MIN:MAX:COUNT, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The first value.
    pub min: f64,
    /// The last value.
    pub max: f64,
    /// The number of values.
    pub count: usize,
}

impl Range {
    /// The values: MIN + i·(MAX − MIN)/(COUNT − 1), the last one MAX itself.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        let last = self.count - 1;
        let at = |index: usize| {
            if index == last && last > 0 {
                self.max
            } else {
                self.min + (self.max - self.min) * index as f64 / last.max(1) as f64
            }
        };
        (0..self.count).map(at).collect()
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:{}", self.min, self.max, self.count)
    }
}

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let [min, max, count] = parts[..] else {
            return Err("write it as MIN:MAX:COUNT, for example -1:1:51".to_owned());
        };
        let number = |part: &str| match part.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            _ => Err(format!("`{part}` is not a finite number")),
        };
        let (min, max) = (number(min)?, number(max)?);
        let count: usize =
            count.parse().map_err(|_| format!("COUNT `{count}` is not a whole number of at least 1"))?;
        if !(max - min).is_finite() {
            return Err(format!("{min} and {max} are too far apart"));
        }
        match count {
            0 => Err("COUNT must be at least 1".to_owned()),
            1 => Ok(Self { min, max, count }),
            _ if min < max => Ok(Self { min, max, count }),
            _ => Err(format!("MIN must be below MAX, and {min} is not below {max}")),
        }
    }
}

/// COUNTxCOUNT of a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Columns: projections.
    pub columns: usize,
    /// Rows: residuals.
    pub rows: usize,
}

impl FromStr for Counts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (columns, rows) = text.split_once('x').ok_or("write it as COUNTxCOUNT, for example 25x25")?;
        let count = |part: &str| match part.parse() {
            Ok(count) if count >= 2 => Ok(count),
            _ => Err(format!("`{part}` is not a whole number of at least 2")),
        };
        Ok(Self { columns: count(columns)?, rows: count(rows)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_includes_both_ends() {
        let range: Range = "-1:1:5".parse().unwrap();
        assert_eq!(range.values(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!("0:0:1".parse::<Range>().unwrap().values(), [0.0]);
        assert_eq!("0.1:0.7:3".parse::<Range>().unwrap().values()[2], 0.7);
    }

    #[test]
    fn wrong_ranges_say_what_is_wrong() {
        for (text, part) in [
            ("1:0:5", "below"),
            ("0:1:0", "at least 1"),
            ("0:1", "MIN:MAX:COUNT"),
            ("a:1:2", "finite"),
            ("0:nan:2", "finite"),
            ("0:0:2", "below"),
            ("0:1:2.5", "whole"),
            ("-1e308:1e308:3", "too far apart"),
        ] {
            assert!(text.parse::<Range>().unwrap_err().contains(part), "{text}");
        }
    }
}
