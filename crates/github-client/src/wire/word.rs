//! Words of GitHub as enums that keep a word they do not know: a new one must be seen, not be taken for an old one.

use domain_types::Sha256Digest;
use serde::{Deserialize, Deserializer};

/// An enum over GitHub's words; a word that is not listed is kept in `Other`.
macro_rules! word_enum {
    ($(#[$outer:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$inner])* $variant,)+
            /// A word that GitHub did not have when this was written.
            Other(String),
        }

        impl $name {
            /// GitHub's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> String {
                word.as_str().to_owned()
            }
        }
    };
}
pub(crate) use word_enum;

/// `sha256:<64 hex>`, or nothing: older objects have no digest, and one of another kind cannot be compared.
pub(crate) fn digest_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Sha256Digest>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.and_then(|text| Sha256Digest::from_hex(text.strip_prefix("sha256:")?).ok()))
}
