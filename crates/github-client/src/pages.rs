//! Lists over many pages: complete, or an error; never a part that looks like the whole.

use crate::GitHubError;
use crate::call::Call;
use crate::client::{Client, decode};
use http::Uri;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// Pages of one list: ten times what GitHub shows of runs, and a release's thousand files.
const PAGES_MAX: usize = 100;
/// GitHub shows this many rows of a filtered list, however many there are.
const SHOWN_MAX: u64 = 1000;

/// A page of a list.
pub(crate) trait Rows: DeserializeOwned {
    /// What is listed.
    type Row;
    /// What tells a row from another.
    type Key: Ord;
    /// How many rows to ask for at a time; empty where GitHub cannot be asked for a number.
    const PER_PAGE: &'static str = "100";
    /// The rows, and how many there are altogether where GitHub says so.
    fn into_rows(self) -> (Option<u64>, Vec<Self::Row>);
    /// The key of a row: one that moves to the next page while we read is listed once.
    fn key(row: &Self::Row) -> Self::Key;
}

impl Client {
    /// All rows of a list.
    pub(crate) async fn read_pages<P: Rows>(&self, call: Call) -> Result<Vec<P::Row>, GitHubError> {
        self.read_rows::<P>(call, u64::MAX, |_| false).await
    }

    /// All rows of a list that has at most so many, as GitHub says with the first page: of one that has more that page is read alone, and it
    /// is too large.
    pub(crate) async fn read_pages_of_at_most<P: Rows>(
        &self,
        call: Call,
        rows_max: u64,
    ) -> Result<Vec<P::Row>, GitHubError> {
        self.read_rows::<P>(call, rows_max, |_| false).await
    }

    /// The rows of a list up to the first that is past what is asked for: lists that show the newest first need not be read to
    /// their end.
    pub(crate) async fn read_pages_until<P: Rows>(
        &self,
        call: Call,
        is_past: impl Fn(&P::Row) -> bool,
    ) -> Result<Vec<P::Row>, GitHubError> {
        self.read_rows::<P>(call, u64::MAX, is_past).await
    }

    async fn read_rows<P: Rows>(
        &self,
        call: Call,
        rows_max: u64,
        is_past: impl Fn(&P::Row) -> bool,
    ) -> Result<Vec<P::Row>, GitHubError> {
        let mut call = match P::PER_PAGE {
            "" => call,
            rows => call.query("per_page", rows),
        };
        let (mut rows, mut shown) = (Vec::new(), 0);
        let mut seen = BTreeSet::new();
        for _ in 0..PAGES_MAX {
            let answer = self.answer(&call).await?;
            let (total, page) = decode::<P>(&call, &answer.body)?.into_rows();
            if total.is_some_and(|total| total > rows_max) {
                return Err(too_large(&call, "rows", rows_max));
            }
            // What is shown twice counts twice: GitHub leaves as many others away.
            shown += page.len() as u64;
            for row in page {
                if is_past(&row) {
                    return Ok(rows);
                }
                if seen.insert(P::key(&row)) {
                    rows.push(row);
                }
            }
            match answer.link.as_deref().and_then(next) {
                Some(next) => call.target = self.target_of(&call, next)?,
                None if total.is_some_and(|total| total > SHOWN_MAX && total > shown) => {
                    return Err(too_large(&call, "rows", SHOWN_MAX));
                }
                None => return Ok(rows),
            }
        }
        Err(too_large(&call, "pages", PAGES_MAX as u64))
    }

    /// The next page's target; an error if it is not on the API: our token would go there.
    fn target_of(&self, call: &Call, next: &str) -> Result<String, GitHubError> {
        let uri: Option<Uri> = next.parse().ok();
        let target = uri.as_ref().and_then(|uri| self.address.target(uri));
        target.ok_or_else(|| GitHubError::ForeignHost {
            operation: call.operation(),
            host: uri.as_ref().and_then(|uri| uri.host()).unwrap_or(next).to_owned(),
        })
    }
}

fn too_large(call: &Call, unit: &'static str, max: u64) -> GitHubError {
    GitHubError::TooLarge {
        operation: call.operation(),
        unit,
        max,
    }
}

/// The address of the next page in a `Link` header.
pub(crate) fn next(link: &str) -> Option<&str> {
    link.split(',').find_map(|part| {
        let (address, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters
            .split(';')
            .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_called_next() {
        let check = |link: &str, expected: Option<&str>| assert_eq!(next(link), expected, "{link}");
        check(
            "<https://a/x?page=1>; rel=\"prev\", <https://a/x?page=3>; rel=\"next\"",
            Some("https://a/x?page=3"),
        );
        check("<https://a/x?page=9>; rel=\"last\"", None);
        check("<https://a/x>; title=\"y\"; rel=next", Some("https://a/x"));
        check("", None);
        check("<broken; rel=\"next\"", None);
    }
}
