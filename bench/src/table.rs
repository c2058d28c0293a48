//! Tables that read well in a terminal and in Markdown.

use std::fmt;

use crate::statistics::Samples;

/// A title, columns, rows, and remarks below.
#[derive(Debug)]
pub(crate) struct Table {
    title: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    remarks: Vec<String>,
}

impl Table {
    pub(crate) fn new(title: &'static str, columns: &[&'static str]) -> Self {
        Self { title, columns: columns.to_vec(), rows: Vec::new(), remarks: Vec::new() }
    }

    /// Adds a row; cells that are missing at its end stay empty.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row: Vec<String> = cells.into_iter().collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }

    pub(crate) fn remark(&mut self, remark: impl Into<String>) {
        self.remarks.push(remark.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.columns[column].chars().count(), 1]).max().unwrap_or(1)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        writeln!(out, "## {}\n", self.title)?;
        write_row(out, &widths, self.columns.iter().copied())?;
        let rules = widths.iter().enumerate().map(|(column, width)| match column {
            0 => "-".repeat(*width),
            _ => "-".repeat(*width - 1) + ":",
        });
        let rules: Vec<String> = rules.collect();
        write_row(out, &widths, rules.iter().map(String::as_str))?;
        for row in &self.rows {
            write_row(out, &widths, row.iter().map(String::as_str))?;
        }
        for (number, remark) in self.remarks.iter().enumerate() {
            writeln!(out, "{}{remark}", if number == 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

/// The first column is words and the others are numbers, which stand below each other at their right end.
fn write_row<'c>(out: &mut fmt::Formatter<'_>, widths: &[usize], cells: impl Iterator<Item = &'c str>) -> fmt::Result {
    for (column, (cell, width)) in cells.zip(widths).enumerate() {
        match column {
            0 => write!(out, "| {cell:<width$} |")?,
            _ => write!(out, " {cell:>width$} |")?,
        }
    }
    writeln!(out)
}

/// A number with as many digits as a measurement of this kind deserves.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        1.0..10.0 => format!("{value:.2}"),
        0.0..1.0 => format!("{value:.3}"),
        _ => "–".to_owned(),
    }
}

/// The middle half of some numbers, such as `0.92–1.04`.
pub(crate) fn spread(samples: &Samples) -> String {
    let [low, high] = samples.middle_half();
    format!("{}–{}", figure(low), figure(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new("Speed", &["what", "per s"]);
        table.row(["a long name".to_owned(), figure(12_345.6)]);
        table.row(["b".to_owned()]);
        table.remark("Measured twice.");
        let expected = "## Speed\n\n\
            | what        | per s |\n\
            | ----------- | ----: |\n\
            | a long name | 12346 |\n\
            | b           |       |\n\
            \nMeasured twice.\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn a_figure_has_about_three_digits() {
        assert_eq!([1234.5, 12.34, 1.234, 0.01234].map(figure), ["1234", "12.3", "1.23", "0.012"]);
        assert_eq!(figure(f64::NAN), "–");
    }
}
