//! The part of a page that a command writes: it lies between two comments, `<!-- NAME -->` and `<!-- /NAME -->`, each on a line of
//! its own. What is around it is written by hand and stays.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

/// The page that holds what the long runs have shown.
pub(crate) const TESTING: &str = "docs/testing.md";

/// What lies between the comments.
pub(crate) fn part<'p>(page: &'p str, name: &str) -> Result<&'p str> {
    let (before, after) = sides(page, name)?;
    Ok(&page[before.len()..page.len() - after.len()])
}

/// The page with something else between the comments.
pub(crate) fn with_part(page: &str, name: &str, part: &str) -> Result<String> {
    let (before, after) = sides(page, name)?;
    Ok(format!("{before}{part}{after}"))
}

/// Renews the part in the file, by what it is now.
pub(crate) fn renew(file: &Path, name: &str, renewed: impl FnOnce(&str) -> String) -> Result<()> {
    let shown = file.display();
    let page = fs::read_to_string(file).with_context(|| format!("failed to read {shown}"))?;
    let page = with_part(&page, name, &renewed(part(&page, name)?))?;
    fs::write(file, page).with_context(|| format!("failed to write {shown}"))
}

/// The page up to and with the first comment, and from the second one on.
fn sides<'p>(page: &'p str, name: &str) -> Result<(&'p str, &'p str)> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n"));
    let missing = || format!("the page has no part between `<!-- {name} -->` and `<!-- /{name} -->`");
    let from = page.find(&begin).with_context(missing)? + begin.len();
    let length = page[from..].find(&end).with_context(missing)?;
    Ok((&page[..from], &page[from + length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Page\n\n<!-- one -->\na\nb\n<!-- /one -->\n<!-- two -->\n<!-- /two -->\nrest\n";

    #[test]
    fn a_part_is_replaced_and_the_rest_stays() {
        assert_eq!(part(PAGE, "one").unwrap(), "a\nb\n");
        assert_eq!(part(PAGE, "two").unwrap(), "");
        let page = with_part(PAGE, "two", "c\n").unwrap();
        assert_eq!(page, PAGE.replace("<!-- /two", "c\n<!-- /two"));
        assert_eq!(with_part(&page, "two", "").unwrap(), PAGE);
    }

    #[test]
    fn a_page_without_the_part_is_refused() {
        for page in ["", "<!-- /three -->\n<!-- three -->\n", "<!-- three -->\n"] {
            assert!(with_part(page, "three", "c\n").is_err(), "{page}");
        }
    }
}
