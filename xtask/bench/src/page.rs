//! How figures look: a table for the terminal, a page for the documentation. Measures nothing.

use crate::figure::{Figure, Section, Target};
use crate::machine::Machine;

/// The columns of the table.
const COLUMNS: [&str; 7] = ["measured", "median", "min", "max", "runs", "target", "met"];

/// The section as text: title, aligned table, notes.
pub(crate) fn text(section: &Section) -> String {
    let mut text = format!(
        "\n== {} ({}, {:.0} s)\n",
        section.title, section.name, section.seconds
    );
    match &section.found {
        Err(reason) => text.push_str(&format!("not measured: {reason}\n")),
        Ok(found) => {
            text.push_str(&aligned(&found.figures));
            for note in &found.notes {
                text.push_str(&format!("  {note}\n"));
            }
        }
    }
    text
}

/// The page `docs/benchmarks.md`.
pub(crate) fn page(machine: &Machine, sections: &[Section]) -> String {
    let mut page = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench --write`. Every figure is the median of its runs, with the smallest and the \
         largest; a peer or a limit\nof the machine is measured in the same run, beside what it is compared with. Targets that were \
         missed stand here like the others.\n\n{}\n",
        machine.table()
    );
    page.push_str(&format!("{}\n", verdict(sections)));
    for section in sections {
        page.push_str(&chapter(section));
    }
    page
}

fn verdict(sections: &[Section]) -> String {
    let figures = || {
        sections
            .iter()
            .filter_map(|section| section.found.as_ref().ok())
            .flat_map(|found| &found.figures)
    };
    let met = figures().filter(|figure| figure.is_met() == Some(true)).count();
    let missed: Vec<&str> = figures()
        .filter(|figure| figure.is_met() == Some(false))
        .map(|figure| figure.what.as_str())
        .collect();
    match missed.as_slice() {
        [] => format!("All {met} targets were met."),
        missed => format!(
            "{met} targets were met, {} missed:\n\n{}",
            missed.len(),
            missed
                .iter()
                .map(|what| format!("- {what}\n"))
                .collect::<String>()
        ),
    }
}

fn chapter(section: &Section) -> String {
    let mut chapter = format!(
        "## {}\n\n`cargo xtask bench {}` ({:.0} s)\n\n",
        section.title, section.name, section.seconds
    );
    match &section.found {
        Err(reason) => chapter.push_str(&format!("Not measured: {reason}\n\n")),
        Ok(found) => {
            chapter.push_str(&format!("| {} |\n", COLUMNS.join(" | ")));
            chapter.push_str("|---|---:|---:|---:|---:|---:|---|\n");
            for figure in &found.figures {
                chapter.push_str(&format!("| {} |\n", cells(figure).join(" | ")));
            }
            chapter.push('\n');
            for note in &found.notes {
                chapter.push_str(&format!("- {note}\n"));
            }
            chapter.push('\n');
        }
    }
    chapter
}

fn cells(figure: &Figure) -> [String; 7] {
    let samples = &figure.samples;
    let with_unit = |value: f64| {
        let unit = if figure.unit.is_empty() {
            String::new()
        } else {
            format!(" {}", figure.unit)
        };
        format!("{}{unit}", number(value))
    };
    let single = samples.count() == 1;
    let bound = |value: f64| if single { String::new() } else { number(value) };
    let target = figure.target.map(|target| match target {
        Target::AtMost(value) => format!("≤ {}", with_unit(value)),
        Target::AtLeast(value) => format!("≥ {}", with_unit(value)),
    });
    [
        figure.what.clone(),
        with_unit(samples.median()),
        bound(samples.min()),
        bound(samples.max()),
        samples.count().to_string(),
        target.unwrap_or_default(),
        figure
            .is_met()
            .map_or("", |met| if met { "yes" } else { "**no**" })
            .to_owned(),
    ]
}

fn aligned(figures: &[Figure]) -> String {
    let mut rows = vec![COLUMNS.map(str::to_owned)];
    rows.extend(figures.iter().map(cells));
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            line.push_str(&match column {
                0 | 6 => format!("{cell:<width$}  "),
                _ => format!("{cell:>width$}  "),
            });
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Three digits that count, four of what is hardly more than one, and commas between thousands.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 100.0 || value.fract() == 0.0 => 0,
        value if value >= 10.0 => 1,
        value if value >= 2.0 => 2,
        value if value >= 0.1 => 3,
        _ => 4,
    };
    let plain = format!("{value:.decimals$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if fraction.is_empty() {
        grouped
    } else {
        format!("{grouped}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Found;
    use crate::samples::Samples;

    #[test]
    fn numbers_have_as_many_digits_as_count() {
        let shown = [
            0.0,
            0.01234,
            0.5,
            1.0512,
            2.345,
            12.345,
            123.4,
            1234.5,
            1_234_567.0,
        ]
        .map(number);
        let expected = [
            "0",
            "0.0123",
            "0.500",
            "1.051",
            "2.35",
            "12.3",
            "123",
            "1,234",
            "1,234,567",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_missed_target_is_shown_as_missed() {
        let slow = Figure::new("walking", "ms", Samples::new(vec![30.0, 10.0, 20.0]));
        let section = Section {
            name: "walk",
            title: "Walking",
            found: Ok(Found {
                figures: vec![slow.aims(Target::AtMost(15.0))],
                notes: vec!["On foot.".to_owned()],
            }),
            seconds: 1.0,
        };
        let chapter = chapter(&section);
        assert!(
            chapter.contains("| walking | 20 ms | 10 | 30 | 3 | ≤ 15 ms | **no** |"),
            "{chapter}"
        );
        assert!(verdict(&[section]).contains("- walking"));
    }
}
