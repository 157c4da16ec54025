//! What a command prints at its end: a few lines for a person, or one JSON object.

use serde_json::{Map, Value};

/// The headline figures of a command and the settings that shaped them.
#[derive(Clone, Debug)]
pub struct Summary {
    command: &'static str,
    figures: Vec<(String, Figure)>,
    details: Vec<(String, Figure)>,
    settings: Vec<(String, String)>,
    notes: Vec<String>,
    closing: Option<String>,
}

/// A headline figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// A number; `null` in JSON if it is not finite.
    Number(f64),
    /// A whole number.
    Count(u64),
    /// A figure that this result does not have.
    Missing,
    /// A text.
    Text(String),
    /// Named figures together.
    Group(Vec<(String, Figure)>),
    /// Figures in order.
    List(Vec<Figure>),
    /// Yes or no.
    Truth(bool),
}

impl From<f64> for Figure {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Figure {
    fn from(value: usize) -> Self {
        Self::Count(value as u64)
    }
}

impl From<bool> for Figure {
    fn from(value: bool) -> Self {
        Self::Truth(value)
    }
}

impl From<&str> for Figure {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl<T: Into<Figure>> From<Option<T>> for Figure {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

impl Figure {
    /// Named figures together.
    pub fn group<const N: usize>(parts: [(&str, f64); N]) -> Self {
        Self::Group(parts.into_iter().map(|(name, value)| (name.to_owned(), Self::Number(value))).collect())
    }

    fn json(&self, non_finite: &mut u64) -> Value {
        match self {
            Self::Number(value) => serde_json::Number::from_f64(*value).map_or_else(
                || {
                    *non_finite += 1;
                    Value::Null
                },
                Value::Number,
            ),
            Self::Count(value) => Value::from(*value),
            Self::Missing => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::List(parts) => Value::Array(parts.iter().map(|part| part.json(non_finite)).collect()),
            Self::Truth(value) => Value::from(*value),
            Self::Group(parts) => Value::Object(
                parts.iter().map(|(name, part)| (name.clone(), part.json(non_finite))).collect(),
            ),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Number(value) => number(*value),
            Self::Count(value) => value.to_string(),
            Self::Missing => "none".to_owned(),
            Self::Truth(value) => if *value { "yes" } else { "no" }.to_owned(),
            Self::List(parts) if parts.is_empty() => "none".to_owned(),
            Self::List(parts) => parts.iter().map(Figure::text).collect::<Vec<String>>().join(", "),
            Self::Text(text) => text.clone(),
            Self::Group(parts) => {
                let parts: Vec<String> =
                    parts.iter().map(|(name, part)| format!("{name} {}", part.text())).collect();
                parts.join(", ")
            }
        }
    }
}

/// A number with six significant digits, for reading.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() {
        format!("{value}")
    } else if (1e-4..1e6).contains(&size) {
        let digits = (5 - size.log10().floor() as i32).max(0) as usize;
        let text = format!("{value:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    } else {
        let text = format!("{value:.5e}");
        text.split_once('e').map_or(text.clone(), |(digits, power)| {
            format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'))
        })
    }
}

impl Summary {
    /// A summary without figures.
    #[must_use]
    pub const fn new(command: &'static str, settings: Vec<(String, String)>) -> Self {
        Self { command, figures: Vec::new(), details: Vec::new(), settings, notes: Vec::new(), closing: None }
    }

    /// Adds a headline figure.
    pub fn figure(&mut self, name: &str, value: impl Into<Figure>) {
        self.figures.push((name.to_owned(), value.into()));
    }

    /// Adds a figure for a program alone, which a person reads as lines of [`Self::note`].
    pub fn detail(&mut self, name: &str, value: impl Into<Figure>) {
        self.details.push((name.to_owned(), value.into()));
    }

    /// Adds a line for a person, such as the mapping of parameter names.
    pub fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }

    /// Sets the last line for a person, such as where the files are.
    pub fn closing(&mut self, line: impl Into<String>) {
        self.closing = Some(line.into());
    }

    /// The JSON object: the figures at top level, `settings`, and `non_finite` costs in the results
    /// (`others`) and figures.
    #[must_use]
    pub fn json(&self, others: u64) -> Value {
        let mut non_finite = others;
        let mut object = Map::new();
        object.insert("command".to_owned(), Value::from(self.command));
        for (name, figure) in self.figures.iter().chain(&self.details) {
            object.insert(name.clone(), figure.json(&mut non_finite));
        }
        object.insert("non_finite".to_owned(), Value::from(non_finite));
        let settings = self.settings.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str())));
        object.insert("settings".to_owned(), Value::Object(settings.collect()));
        Value::Object(object)
    }

    /// Prints to stdout: the JSON object alone, or lines for a person. A closed pipe is no failure.
    ///
    /// # Errors
    /// The reason why stdout could not be written to.
    pub fn print(&self, json: bool, non_finite: u64) -> std::io::Result<()> {
        use std::io::Write;
        let mut out = std::io::stdout().lock();
        let mut write = || -> std::io::Result<()> {
            if json {
                return writeln!(out, "{}", self.json(non_finite));
            }
            for note in &self.notes {
                writeln!(out, "{note}")?;
            }
            for (name, figure) in &self.figures {
                writeln!(out, "{:<16} {}", name.replace('_', " "), figure.text())?;
            }
            if non_finite > 0 {
                writeln!(out, "{non_finite} costs are not finite: written as such, left blank in figures")?;
            }
            if let Some(line) = &self.closing {
                writeln!(out, "{line}")?;
            }
            out.flush()
        };
        match write() {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_not_finite_are_null_and_counted() {
        let mut summary = Summary::new("line", vec![("seed".to_owned(), "2015".to_owned())]);
        summary.figure("rise", f64::NAN);
        summary.figure("minimum", Figure::group([("alpha", 1.0), ("cost", f64::INFINITY)]));
        let json = summary.json(3);
        assert_eq!(json["rise"], Value::Null);
        assert_eq!(json["non_finite"], 5);
        assert_eq!(json["minimum"]["alpha"], 1.0);
        assert_eq!(json["settings"]["seed"], "2015");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(0.935), "0.935");
        assert_eq!(number(2.345_678_9), "2.34568");
        assert_eq!(number(1.5e-9), "1.5e-9");
        assert_eq!(number(120.0), "120");
    }
}
