//! What a figure shows: its kind, columns and texts, from the table's settings or, where these are silent, its columns.

use super::FigureError;
use crate::table::{Cells, Table};

/// The kinds of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Columns over one column.
    Lines,
    /// A column over a plane, by colour and contour lines.
    Contour,
    /// A column over a plane, by height and colour.
    Surface,
    /// Points.
    Scatter,
}

impl Kind {
    const ALL: [(&'static str, Self); 4] = [
        ("lines", Self::Lines),
        ("contour", Self::Contour),
        ("surface", Self::Surface),
        ("scatter", Self::Scatter),
    ];
}

/// What a figure shows.
#[derive(Debug)]
pub struct Plan<'t> {
    /// The table.
    pub table: &'t Table,
    /// Its kind.
    pub kind: Kind,
    /// The column to the right.
    pub x: String,
    /// The columns upwards: several for lines, else one.
    pub y: Vec<String>,
    /// The column shown by colour or height.
    pub z: Option<String>,
    /// The column that names the series of points.
    pub series: Option<String>,
    /// Whether points are joined in the order of rows.
    pub connect: bool,
}

/// Costs, in order of preference.
const COSTS: [&str; 4] = ["train_cost", "test_cost", "cost", "J"];

impl<'t> Plan<'t> {
    /// Reads the settings, and the columns where these are silent.
    pub fn new(table: &'t Table) -> Result<Self, FigureError> {
        let asked = match table.setting_value("figure") {
            None => None,
            Some(name) => {
                let kind = Kind::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
                let wanted = "lines, contour, surface or scatter";
                Some(kind.ok_or_else(|| FigureError::setting("figure", name, wanted))?)
            }
        };
        let mut plan = Self::from_columns(table, asked)?;
        if let Some(x) = column_setting(table, "x") {
            plan.x = x.to_owned();
            plan.y.retain(|column| column != x);
        }
        if let Some(y) = column_setting(table, "y") {
            plan.y = y.split(',').map(|name| name.trim().to_owned()).collect();
        }
        if let Some(z) = column_setting(table, "z") {
            plan.z = Some(z.to_owned());
        }
        if let Some(series) = table.setting_value("series") {
            plan.series = Some(series.to_owned());
        }
        if let Some(connect) = plan.switch("connect")? {
            plan.connect = connect;
        }
        Ok(plan)
    }

    fn from_columns(table: &'t Table, asked: Option<Kind>) -> Result<Self, FigureError> {
        let has = |name: &str| matches!(table.cells(name), Some(Cells::Number(_)));
        let numbers: Vec<&str> =
            table.columns.iter().map(|column| column.name.as_str()).filter(|name| has(name)).collect();
        let cost = COSTS.into_iter().find(|name| has(name));
        let both = |x, y| has(x) && has(y);
        let (kind, x, y) = if both("projection", "residual") {
            (if has("step") { Kind::Scatter } else { Kind::Surface }, "projection", "residual")
        } else if both("x", "y") && numbers.len() > 2 {
            (Kind::Contour, "x", "y")
        } else if both("index", "eigenvalue") {
            (Kind::Scatter, "index", "eigenvalue")
        } else if both("index_fraction", "cost") {
            (Kind::Scatter, "index_fraction", "cost")
        } else {
            let first = numbers.first().copied().ok_or(FigureError::NoNumbers)?;
            (Kind::Lines, first, numbers.get(1).copied().unwrap_or(first))
        };
        let third = || numbers.iter().find(|name| **name != x && **name != y).copied();
        let on_plane = ["x", "projection"].contains(&x);
        let kind = asked.unwrap_or(kind);
        let z = match kind {
            Kind::Lines => None,
            Kind::Scatter if !on_plane => None,
            _ => cost.or_else(third).map(ToOwned::to_owned),
        };
        let (x, y) =
            if kind == Kind::Lines { lines(table, &numbers, x, y)? } else { (x, vec![y.to_owned()]) };
        let series = (kind == Kind::Scatter && table.cells("kind").is_some()).then(|| "kind".to_owned());
        let connect = kind == Kind::Scatter && has("step");
        Ok(Self { table, kind, x: x.to_owned(), y, z, series, connect })
    }

    /// A setting, if it is there and not empty.
    pub fn text(&self, key: &str) -> Option<&'t str> {
        self.table.setting_value(key).map(str::trim).filter(|value| !value.is_empty())
    }

    /// A setting that is on, off, or (`auto` or missing) neither.
    pub fn switch(&self, key: &str) -> Result<Option<bool>, FigureError> {
        match self.text(key) {
            None | Some("auto") => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(FigureError::setting(key, other, "true, false or auto")),
        }
    }

    /// A setting that is a finite number.
    pub fn number(&self, key: &str, default: f64) -> Result<f64, FigureError> {
        self.text(key).map_or(Ok(default), |text| finite(key, text, text))
    }

    /// The only column upwards of a figure that is not of lines.
    pub fn upwards(&self) -> Result<&str, FigureError> {
        match self.y.as_slice() {
            [only] => Ok(only),
            several => {
                Err(FigureError::setting("y", &several.join(", "), "one column, for this kind of figure"))
            }
        }
    }

    /// The column shown by colour or height.
    pub fn shown(&self) -> Result<&str, FigureError> {
        self.z.as_deref().ok_or_else(|| FigureError::setting("z", "", "the column to show over the plane"))
    }

    /// The name of an axis (`x-axis` …), from the setting or the column.
    pub fn axis(&self, key: &str, column: &str) -> String {
        self.text(key).map_or_else(|| described(column), ToOwned::to_owned)
    }

    /// The name of the axis upwards (`y-axis`), from the setting or what its columns have in common.
    pub fn upward_axis(&self) -> String {
        let mut names: Vec<String> = self.y.iter().map(|column| described(column)).collect();
        names.dedup();
        let costs = self.y.iter().all(|column| column.ends_with("cost"));
        let common = match names.as_slice() {
            [one] => one,
            _ if costs => "J, mean cost per example",
            _ => "value",
        };
        self.text("y-axis").unwrap_or(common).to_owned()
    }

    /// The labels of the series: as set, or the names of the columns.
    pub fn labels(&self, columns: &[String]) -> Result<Vec<String>, FigureError> {
        let Some(text) = self.text("labels") else {
            return Ok(columns.iter().map(|column| short(column)).collect());
        };
        let labels: Vec<String> = text.split(';').map(|label| label.trim().to_owned()).collect();
        if labels.len() == columns.len() {
            return Ok(labels);
        }
        let wanted = format!("{} labels with `;` between them, one per series", columns.len());
        Err(FigureError::setting("labels", text, &wanted))
    }

    /// The values and labels of the vertical guide lines: `0 start; 1 solution`.
    pub fn guides(&self) -> Result<Vec<(f64, String)>, FigureError> {
        let text = self.text("mark-x").unwrap_or_default();
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        let guide = |part: &str| {
            let (value, label) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
            Ok((finite("mark-x", text, value)?, label.trim().to_owned()))
        };
        parts.map(guide).collect()
    }

    /// The title, as set or from the axes.
    pub fn title(&self) -> String {
        let shown = self.z.as_deref().or_else(|| self.y.first().map(String::as_str)).unwrap_or_default();
        let by_columns = || match self.kind {
            Kind::Lines => {
                let names: Vec<String> = self.y.iter().take(3).map(|column| short(column)).collect();
                let more = if self.y.len() > 3 { " …" } else { "" };
                format!("{}{more} over {}", names.join(", "), described(&self.x))
            }
            Kind::Scatter => {
                let upwards = self.y.first().map(String::as_str).unwrap_or_default();
                format!("{} against {}", short(upwards), short(&self.x))
            }
            _ => format!("{} over the plane", short(shown)),
        };
        self.text("title").map_or_else(by_columns, ToOwned::to_owned)
    }

    /// The line of settings under the figure.
    pub fn footer(&self) -> String {
        if let Some(footer) = self.text("footer") {
            return footer.to_owned();
        }
        let keys = ["data", "examples", "model", "seed", "precision", "engine", "version"];
        let parts = keys.iter().filter_map(|key| self.text(key).map(|value| format!("{key}: {value}")));
        parts.collect::<Vec<_>>().join(" · ")
    }
}

/// The first column and the others of a figure of lines.
fn lines<'a>(
    table: &Table,
    numbers: &[&'a str],
    x: &'a str,
    y: &'a str,
) -> Result<(&'a str, Vec<String>), FigureError> {
    let varies = |name: &str| {
        table.number(name).map(|cells| cells.iter().any(|cell| Some(cell) != cells.first())).unwrap_or(false)
    };
    let x = if varies(x) || !varies(y) { x } else { y };
    let has = |name: &&str| numbers.contains(name) && *name != x;
    let known: [&[&str]; 4] =
        [&["train_cost", "test_cost"], &["predicted_cost", "actual_cost"], &["density"], &["cost"]];
    let known = known.iter().map(|names| names.iter().filter(|name| has(name)).collect::<Vec<_>>());
    let others = || numbers.iter().filter(|name| has(name)).take(12).collect();
    let chosen: Vec<&&str> = known.into_iter().find(|names| !names.is_empty()).unwrap_or_else(others);
    if chosen.is_empty() {
        return Err(FigureError::NoNumbers);
    }
    Ok((x, chosen.into_iter().map(|name| (*name).to_owned()).collect()))
}

/// A setting that names columns. A range of the command line (`-1:1:51`), which may have the same key, is not one.
fn column_setting<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    let value = table.setting_value(key).map(str::trim).filter(|value| !value.is_empty())?;
    (!value.contains(':') || table.cells(value).is_some()).then_some(value)
}

/// The finite number in a part of a setting.
pub fn finite(key: &str, value: &str, part: &str) -> Result<f64, FigureError> {
    let number = part.trim().parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| FigureError::setting(key, value, &format!("a finite number in place of `{part}`")))
}

/// The name of a column on an axis.
fn described(column: &str) -> String {
    let known = match column {
        "alpha" => "α (fraction of the way from start to end)",
        "train_cost" | "cost" => "J, mean cost per training example",
        "test_cost" => "J, mean cost per test example",
        "predicted_cost" | "actual_cost" => "J, mean cost per example",
        "epoch" => "epoch (passes over the data)",
        "step" => "step",
        "step_size" => "step size",
        "projection" => "projection on the line from start to end",
        "residual" => "distance from the line from start to end",
        "gradient_norm" => "‖∇J‖",
        "eigenvalue" => "eigenvalue of the Hessian",
        "index" => "rank, from the largest",
        "index_fraction" => "fraction of negative eigenvalues",
        other => return short(other),
    };
    known.to_owned()
}

/// The name of a column in a legend.
pub fn short(column: &str) -> String {
    column.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(columns: &[&str]) -> (Kind, String, Vec<String>, Option<String>) {
        let mut table = Table::new();
        for (place, column) in columns.iter().enumerate() {
            table = table.column(*column, vec![place as f64, 1.0, 2.0]);
        }
        let plan = Plan::new(&table).unwrap();
        (plan.kind, plan.x, plan.y, plan.z)
    }

    #[test]
    fn the_columns_of_each_command_choose_their_figure() {
        let cost = Some("train_cost".to_owned());
        let line = kind(&["alpha", "train_cost", "train_accuracy", "test_cost", "test_accuracy"]);
        assert_eq!(line, (Kind::Lines, "alpha".into(), vec!["train_cost".into(), "test_cost".into()], None));
        assert_eq!(
            kind(&["x", "y", "train_cost"]),
            (Kind::Contour, "x".into(), vec!["y".into()], cost.clone())
        );
        let surface = kind(&["projection", "residual", "train_cost"]);
        assert_eq!(surface, (Kind::Surface, "projection".into(), vec!["residual".into()], cost.clone()));
        assert_eq!(kind(&["step", "projection", "residual", "train_cost"]).0, Kind::Scatter);
        assert_eq!(kind(&["step", "projection", "residual", "train_cost"]).3, cost);
        assert_eq!(kind(&["epoch", "step", "train_cost", "gradient_norm"]).2, ["train_cost"]);
        assert_eq!(
            kind(&["step_size", "predicted_cost", "actual_cost"]).2,
            ["predicted_cost", "actual_cost"]
        );
        assert_eq!(kind(&["eigenvalue", "density", "standard_error"]).2, ["density"]);
        assert_eq!(kind(&["index", "eigenvalue", "residual"]).0, Kind::Scatter);
        assert_eq!(kind(&["time", "force", "speed"]).2, ["force", "speed"]);
    }

    #[test]
    fn settings_go_before_columns_and_ranges_of_the_command_line_are_no_columns() {
        let table = Table::new()
            .setting("x", "-1:1:51")
            .setting("y", "b")
            .setting("figure", "scatter")
            .setting("footer", "by hand")
            .column("a", vec![1.0])
            .column("b", vec![2.0]);
        let plan = Plan::new(&table).unwrap();
        assert_eq!((plan.kind, plan.x.as_str(), plan.upwards().unwrap()), (Kind::Scatter, "a", "b"));
        assert_eq!(plan.footer(), "by hand");
    }

    #[test]
    fn wrong_settings_are_named_with_what_is_wanted() {
        let table = || Table::new().column("a", vec![1.0]).column("b", vec![2.0]);
        let message = |table: &Table| Plan::new(table).unwrap_err().to_string();
        let wrong = table().setting("figure", "pie");
        assert_eq!(message(&wrong), "setting `figure = pie`: want lines, contour, surface or scatter");
        let wrong = table().setting("mark-x", "0 start; one end");
        let error = Plan::new(&wrong).unwrap().guides().unwrap_err();
        assert!(error.to_string().contains("a finite number in place of `one`"));
        let wrong = table().setting("labels", "p; q");
        let plan = Plan::new(&wrong).unwrap();
        assert!(plan.labels(&plan.y).unwrap_err().to_string().contains("1 labels"));
    }
}
