//! What an experiment hands over: figures, numbers and checks.

use super::check::Check;
use crate::table::Table;

/// A figure with the table it is drawn from.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The name of its files, without ending.
    pub name: String,
    /// What it is drawn from.
    pub table: Table,
    /// A second table, `{name}-path.csv`, that the first one lays over itself.
    pub overlay: Option<Table>,
    /// What a reader should see in it.
    pub caption: String,
}

/// What an experiment hands over.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The setting, in a sentence or two.
    pub setting: String,
    /// The figures, in order.
    pub pictures: Vec<Picture>,
    /// Names and values of the numbers worth reading.
    pub numbers: Vec<(String, String)>,
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// A report of an experiment in this setting.
    pub fn new(setting: impl Into<String>) -> Self {
        Self { setting: setting.into(), ..Self::default() }
    }

    /// Adds a figure.
    pub fn picture(&mut self, name: &str, table: Table, caption: impl Into<String>) {
        self.pictures.push(Picture { name: name.to_owned(), table, overlay: None, caption: caption.into() });
    }

    /// Adds a figure with a path laid over it: `overlay` has the columns x, y and cost that are named.
    pub fn picture_with_path(
        &mut self,
        name: &str,
        table: Table,
        (overlay, [x, y, z]): (Table, [&str; 3]),
        caption: impl Into<String>,
    ) {
        let table = table
            .setting("overlay", format!("{name}-path.csv"))
            .setting("overlay-x", x)
            .setting("overlay-y", y)
            .setting("overlay-z", z);
        let caption = caption.into();
        self.pictures.push(Picture { name: name.to_owned(), table, overlay: Some(overlay), caption });
    }

    /// Adds a number, as text with its unit.
    pub fn number(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.numbers.push((name.into(), value.into()));
    }

    /// Adds a check.
    pub fn check(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Whether every check holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }
}
