//! JSON documents of a release: one way to write them, and a reader that accepts only what that way writes.

use crate::{DOCUMENT_BYTES_MAX, DocumentRule, Error};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Two spaces of indentation, fields in the order of the struct, a final LF.
pub(crate) fn to_json<T: Serialize>(document: &T) -> String {
    #[allow(
        clippy::expect_used,
        reason = "structs of texts, numbers and lists always have a JSON form"
    )]
    let mut text = serde_json::to_string_pretty(document).expect("structs of texts and numbers are JSON");
    text.push('\n');
    text
}

#[derive(serde::Deserialize)]
struct SchemaOnly {
    schema: String,
}

/// Reads a document: size, schema, shape, and that the bytes are those that we would write.
pub(crate) fn read_json<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
    document: &'static str,
    schema: &'static str,
) -> Result<T, Error> {
    if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(Error::TooLarge {
            what: document,
            bytes_max: DOCUMENT_BYTES_MAX,
        });
    }
    let refuse = |rule| Error::Document { document, rule };
    let syntax = |error: serde_json::Error| refuse(syntax_rule(&error));
    let found: SchemaOnly = serde_json::from_slice(bytes).map_err(syntax)?;
    if found.schema != schema {
        return Err(refuse(DocumentRule::Schema {
            found: found.schema.chars().take(80).collect(),
            expected: schema,
        }));
    }
    let read: T = serde_json::from_slice(bytes).map_err(syntax)?;
    if to_json(&read).as_bytes() == bytes {
        Ok(read)
    } else {
        Err(refuse(DocumentRule::NotCanonical))
    }
}

/// Characters of what the parser says: its words and a name are shorter.
const MESSAGE_CHARS_MAX: usize = 200;

/// The parser repeats foreign names as they are; what a terminal would obey, or not show, is escaped here.
fn printable(letter: char) -> Vec<char> {
    match letter {
        '"' | '\'' | '\\' => vec![letter],
        _ => letter.escape_debug().collect(),
    }
}

fn syntax_rule(error: &serde_json::Error) -> DocumentRule {
    let text = error.to_string();
    let message = text
        .split(" at line ")
        .next()
        .unwrap_or_default()
        .chars()
        .flat_map(printable)
        .take(MESSAGE_CHARS_MAX)
        .collect();
    DocumentRule::Syntax {
        line: error.line(),
        column: error.column(),
        message,
    }
}

/// Refuses a list that is not strictly ascending by its key.
pub(crate) fn ascending<T, K: Ord>(
    list: &[T],
    what: &'static str,
    key: impl Fn(&T) -> K,
) -> Result<(), DocumentRule> {
    let in_order = list.windows(2).all(|pair| key(&pair[0]) < key(&pair[1]));
    if in_order {
        Ok(())
    } else {
        Err(DocumentRule::NotAscending(what))
    }
}
