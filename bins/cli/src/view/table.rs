//! Columns of text, as wide as their widest cell.

/// Characters of a cell: longer ones are cut, so that one long reason does not spoil the table.
pub(super) const CELL_CHARS_MAX: usize = 100;

/// Rows of cells below a heading. The last column is not padded.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self {
            rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()],
        }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows
            .push(cells.iter().map(|cell| plain(cell, CELL_CHARS_MAX)).collect());
    }

    /// The lines, each with its line end.
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|c| c.chars().count())
                .max()
        };
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        let line = |row: &Vec<String>| {
            let cells: Vec<String> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            format!("{}\n", cells.join("  ").trim_end())
        };
        self.rows.iter().map(line).collect()
    }
}

/// A text on one line: control characters escaped, at most `chars_max` characters.
pub(crate) fn plain(text: &str, chars_max: usize) -> String {
    let escaped: String = text.chars().flat_map(escape).collect();
    if escaped.chars().count() <= chars_max {
        return escaped;
    }
    escaped
        .chars()
        .take(chars_max.saturating_sub(1))
        .chain(std::iter::once('…'))
        .collect()
}

fn escape(character: char) -> Vec<char> {
    if character.is_control() {
        character.escape_default().collect()
    } else {
        vec![character]
    }
}
