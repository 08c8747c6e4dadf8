//! The secrets that GitHub signs with: kept from every eye, and refused where anybody could guess them.

use crate::fresh::fresh_bytes;
use std::fmt;

/// Shortest secret in bytes: what a person types is shorter, what a machine draws is longer.
pub const SECRET_BYTES_MIN: usize = 16;

/// Least number of different bytes in a secret: fewer are a pattern, and sixteen random hexadecimal digits have more.
const DIFFERENT_BYTES_MIN: usize = 6;

/// What stands in examples and templates, without separators and in lower case.
const PLACEHOLDERS: [&str; 16] = [
    "changeme",
    "changethis",
    "placeholder",
    "yoursecret",
    "yourwebhook",
    "webhooksecret",
    "example",
    "replaceme",
    "replacewith",
    "insertsecret",
    "developmentsecret",
    "itsasecrettoeverybody",
    "password",
    "supersecret",
    "topsecret",
    "0123456789abcdef",
];

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakSecret {
    /// There is nothing.
    #[error("the webhook secret is empty")]
    Empty,
    /// It can be tried out.
    #[error("the webhook secret has {bytes} bytes, at least {SECRET_BYTES_MIN} are needed")]
    Short {
        /// How long it is.
        bytes: usize,
    },
    /// It stands in an example.
    #[error("the webhook secret is a placeholder that anybody can guess")]
    Placeholder,
    /// It repeats a few characters.
    #[error("the webhook secret is a pattern that anybody can guess")]
    Pattern,
    /// Two secrets that count are one.
    #[error("`webhook_secret_next` is the same as `webhook_secret`")]
    Same,
}

/// A secret that is good enough to sign with. Never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// Takes a text, if nobody can guess it.
    ///
    /// # Errors
    /// [`WeakSecret`].
    pub fn new(text: String) -> Result<Self, WeakSecret> {
        let plain: String = text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|character| character.to_ascii_lowercase())
            .collect();
        let mut different: Vec<u8> = text.bytes().collect();
        different.sort_unstable();
        different.dedup();
        if text.trim().is_empty() {
            Err(WeakSecret::Empty)
        } else if PLACEHOLDERS.iter().any(|known| plain.contains(known)) {
            Err(WeakSecret::Placeholder)
        } else if text.len() < SECRET_BYTES_MIN {
            Err(WeakSecret::Short { bytes: text.len() })
        } else if different.len() < DIFFERENT_BYTES_MIN {
            Err(WeakSecret::Pattern)
        } else {
            Ok(Self(text))
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("WebhookSecret(…)")
    }
}

/// The secrets that count: one, or two while it is being changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSecrets {
    current: WebhookSecret,
    next: Option<WebhookSecret>,
}

impl WebhookSecrets {
    /// The secret in use and the one that follows it.
    ///
    /// # Errors
    /// [`WeakSecret::Same`] if they are one.
    pub fn new(current: WebhookSecret, next: Option<WebhookSecret>) -> Result<Self, WeakSecret> {
        if next.as_ref() == Some(&current) {
            return Err(WeakSecret::Same);
        }
        Ok(Self { current, next })
    }

    /// The secret in use, then the one that follows it.
    pub(crate) fn all(&self) -> impl Iterator<Item = &WebhookSecret> {
        std::iter::once(&self.current).chain(&self.next)
    }

    /// How many count.
    pub fn count(&self) -> usize {
        self.all().count()
    }
}

/// The system gives no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes: {0}")]
pub struct NoRandomBytes(rand::rngs::SysError);

/// A secret of 256 random bits, as text.
///
/// # Errors
/// [`NoRandomBytes`].
pub fn fresh_secret() -> Result<String, NoRandomBytes> {
    let bytes = fresh_bytes::<32>().map_err(NoRandomBytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_can_guess_is_no_secret() {
        let rows = [
            ("", Err(WeakSecret::Empty)),
            ("                    ", Err(WeakSecret::Empty)),
            ("hunter2", Err(WeakSecret::Short { bytes: 7 })),
            ("fifteen-bytes!!", Err(WeakSecret::Short { bytes: 15 })),
            ("changeme", Err(WeakSecret::Placeholder)),
            ("CHANGE_ME_CHANGE_ME", Err(WeakSecret::Placeholder)),
            ("your-webhook-secret-here", Err(WeakSecret::Placeholder)),
            ("It's a Secret to Everybody", Err(WeakSecret::Placeholder)),
            ("0123456789abcdef0123456789abcdef", Err(WeakSecret::Placeholder)),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", Err(WeakSecret::Pattern)),
            ("abcabcabcabcabcabcabcabc", Err(WeakSecret::Pattern)),
            ("9f2c41d07be6a853", Ok(())),
            ("long enough and not in any example", Err(WeakSecret::Placeholder)),
            ("k7!vQ2#pLz9@rT4$", Ok(())),
        ];
        for (text, expected) in rows {
            assert_eq!(WebhookSecret::new(text.to_owned()).map(drop), expected, "{text}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = WebhookSecret::new("k7!vQ2#pLz9@rT4$".to_owned()).unwrap();
        let secrets = WebhookSecrets::new(secret.clone(), None).unwrap();
        assert!(!format!("{secrets:?}").contains("k7"), "{secrets:?}");
        assert_eq!(
            WebhookSecrets::new(secret.clone(), Some(secret)),
            Err(WeakSecret::Same)
        );
    }
}
