//! Statements: one text, one meaning.

use super::plain::assert_one_line;
use signatures::{STATEMENT_BYTES_MAX, Statement, StatementError};

/// Everything that [`Statement::parse`] promises.
pub fn statement(bytes: &[u8]) {
    match Statement::parse(bytes) {
        Ok(statement) => {
            assert!(bytes.len() <= STATEMENT_BYTES_MAX);
            assert_eq!(statement.to_bytes(), bytes);
            assert!(bytes.ends_with(b"\n"));
            let plain = |byte: &u8| matches!(byte, b'\n' | b' '..=b'~');
            assert!(bytes.iter().all(plain));
            assert_eq!(
                statement.namespace(),
                format!("{}@governance-app.v1", statement.kind())
            );
            let mut longer = bytes.to_vec();
            longer.push(b'\n');
            assert!(Statement::parse(&longer).is_err());
        }
        Err(error @ StatementError::Line { line, .. }) => {
            let lines = bytes.split(|byte| *byte == b'\n').count();
            assert!((1..=lines).contains(&line), "{error}");
            assert_one_line(&error.to_string());
        }
        Err(error @ StatementError::TooLong { .. }) => {
            assert!(bytes.len() > STATEMENT_BYTES_MAX, "{error}");
        }
    }
}
