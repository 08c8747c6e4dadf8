//! Typed readers of single values: each returns the value, or notes a problem and returns nothing.

use super::document::{Document, Value, kind, shown};
use domain_types::Platform;
use std::ops::RangeInclusive;
use std::str::FromStr;
use toml::de::{DeTable, DeValue};

/// Items in one list of a configuration: more than any organisation has repositories.
const LIST_ITEMS_MAX: usize = 10_000;

/// A text.
pub(super) fn text<'v>(document: &mut Document, key: &str, value: &'v Value<'_>) -> Option<&'v str> {
    let text = value.get_ref().as_str();
    if text.is_none() {
        let message = format!("`{key}` is {}, expected a text", kind(value));
        document.problem_at(value.span(), message, &format!("write `{key} = \"...\"`"));
    }
    text
}

/// A text that a newtype accepts.
pub(super) fn parsed<T: FromStr>(document: &mut Document, key: &str, value: &Value<'_>) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    match text(document, key, value)?.parse() {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            document.problem_at(value.span(), format!("`{key}`: {error}"), "correct the value");
            None
        }
    }
}

/// A whole number within `range`; `unit` is for the message, such as `seconds`.
pub(super) fn number(
    document: &mut Document,
    key: &str,
    value: &Value<'_>,
    range: RangeInclusive<u64>,
    unit: &str,
) -> Option<u64> {
    let remedy = format!(
        "write a whole number of {unit} from {} to {}",
        range.start(),
        range.end()
    );
    let Some(integer) = value.get_ref().as_integer() else {
        let message = format!("`{key}` is {}, expected a whole number", kind(value));
        document.problem_at(value.span(), message, &remedy);
        return None;
    };
    let number = u64::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .filter(|number| range.contains(number));
    if number.is_none() {
        document.problem_at(
            value.span(),
            format!("`{key}` is out of range: {}", shown(integer.as_str())),
            &remedy,
        );
    }
    number
}

/// `true` or `false`.
pub(super) fn truth(document: &mut Document, key: &str, value: &Value<'_>) -> Option<bool> {
    let truth = value.get_ref().as_bool();
    if truth.is_none() {
        let message = format!("`{key}` is {}, expected true or false", kind(value));
        document.problem_at(
            value.span(),
            message,
            &format!("write `{key} = true` or `{key} = false`, without quotes"),
        );
    }
    truth
}

/// The items of a list.
pub(super) fn list<'v, 'a>(
    document: &mut Document,
    key: &str,
    value: &'v Value<'a>,
) -> Option<&'v [Value<'a>]> {
    let Some(items) = value.get_ref().as_array() else {
        let message = format!("`{key}` is {}, expected a list", kind(value));
        document.problem_at(value.span(), message, &format!("write `{key} = [...]`"));
        return None;
    };
    if items.len() > LIST_ITEMS_MAX {
        let message = format!(
            "`{key}` has {} items, at most {LIST_ITEMS_MAX} are read",
            items.len()
        );
        document.problem_at(value.span(), message, "shorten the list");
        return None;
    }
    Some(items)
}

/// A list of texts that a newtype accepts, each only once.
pub(super) fn distinct<T: FromStr + PartialEq + std::fmt::Display>(
    document: &mut Document,
    key: &str,
    value: &Value<'_>,
) -> Option<Vec<T>>
where
    T::Err: std::fmt::Display,
{
    let mut items: Vec<T> = Vec::new();
    for item in list(document, key, value)? {
        let Some(parsed) = parsed::<T>(document, key, item) else {
            continue;
        };
        if items.contains(&parsed) {
            document.problem_at(
                item.span(),
                format!("`{key}` lists `{parsed}` twice"),
                "remove one of them",
            );
        } else {
            items.push(parsed);
        }
    }
    Some(items)
}

/// Platforms, at least one.
pub(super) fn platforms(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Vec<Platform>> {
    if list(document, key, value)?.is_empty() {
        document.problem_at(
            value.span(),
            format!("`{key}` is empty"),
            "name a platform, or leave the key out",
        );
        return None;
    }
    distinct(document, key, value)
}

/// One command (`["cargo", "build"]`), several (`[["make"], ["make", "install"]]`), or a line for the shell.
pub(super) fn commands(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Vec<Vec<String>>> {
    if let DeValue::String(line) = value.get_ref() {
        let words = ["/bin/sh", "-c", line.as_ref()];
        return argument(document, key, value).map(|_| vec![words.map(str::to_owned).to_vec()]);
    }
    let items = list(document, key, value)?;
    let several = items.first().is_some_and(|first| first.get_ref().is_array());
    let commands: Vec<Vec<String>> = if several {
        items
            .iter()
            .filter_map(|item| command(document, key, item))
            .collect()
    } else {
        command(document, key, value).into_iter().collect()
    };
    Some(commands)
}

fn command(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Vec<String>> {
    let items = list(document, key, value)?;
    if items.is_empty() {
        let remedy = format!("write the program and its arguments, or leave `{key}` out");
        document.problem_at(value.span(), format!("`{key}` is an empty command"), &remedy);
        return None;
    }
    let words: Vec<String> = items
        .iter()
        .filter_map(|item| argument(document, key, item))
        .collect();
    (words.len() == items.len()).then_some(words)
}

/// A text that can be an argument or a variable of a process: not empty in the first place, and without NUL.
pub(super) fn argument(document: &mut Document, key: &str, value: &Value<'_>) -> Option<String> {
    let text = text(document, key, value)?;
    if text.contains('\0') {
        document.problem_at(
            value.span(),
            format!("`{key}` contains a NUL character"),
            "remove it",
        );
        return None;
    }
    Some(text.to_owned())
}

/// A relative path that stays within its tree.
pub(super) fn inner_path(document: &mut Document, key: &str, value: &Value<'_>) -> Option<String> {
    let text = argument(document, key, value)?;
    let parts_are_plain = text
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part != "..");
    if !parts_are_plain || text.contains('\\') {
        let message = format!(
            "`{key}`: {:?} is not a relative path within the repository",
            shown(&text)
        );
        document.problem_at(
            value.span(),
            message,
            "write it as `target/release/NAME`: no leading /, no . or ..",
        );
        return None;
    }
    Some(text)
}

/// Applies a reader to the value under `key`, if the key is there.
pub(super) fn field<T>(
    document: &mut Document,
    table: &DeTable<'_>,
    key: &str,
    read: impl FnOnce(&mut Document, &str, &Value<'_>) -> Option<T>,
) -> Option<T> {
    read(document, key, table.get(key)?)
}
