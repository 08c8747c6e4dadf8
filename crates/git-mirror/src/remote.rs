//! Where a repository is, and how git is let in there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// A token. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// This one.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The header that lets git in, as forges take it from an App.
    fn header(&self) -> String {
        let pair = STANDARD.encode(format!("x-access-token:{}", self.0));
        format!("Authorization: Basic {pair}")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(hidden)")
    }
}

/// A repository that is mirrored.
#[derive(Debug, Clone)]
pub struct Remote {
    /// Its address: `https`, or `http` where nobody reads along, or `file`.
    pub url: String,
    /// What lets git in.
    pub token: Option<Token>,
}

impl Remote {
    /// Settings for git, handed over in its environment: what stands on a command line can be read by everybody on the machine.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let scheme = self.url.split_once("://").map_or("file", |(scheme, _)| scheme);
        let mut settings = vec![
            ("remote.origin.url".to_owned(), self.url.clone()),
            ("protocol.allow".to_owned(), "never".to_owned()),
            (format!("protocol.{scheme}.allow"), "always".to_owned()),
        ];
        if let Some(token) = &self.token {
            settings.push((format!("http.{}.extraHeader", self.url), token.header()));
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let remote = Remote {
            url: "https://forge.example/a/b.git".to_owned(),
            token: Some(Token::new("ghs_secret".to_owned())),
        };
        assert!(!format!("{remote:?}").contains("secret"));
    }

    #[test]
    fn a_token_goes_to_its_repository_alone_and_no_other_protocol_is_spoken() {
        let remote = Remote {
            url: "https://forge.example/a/b.git".to_owned(),
            token: Some(Token::new("t".to_owned())),
        };
        let settings = remote.settings();
        let shown: Vec<String> = settings
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            shown,
            [
                "remote.origin.url=https://forge.example/a/b.git",
                "protocol.allow=never",
                "protocol.https.allow=always",
                "http.https://forge.example/a/b.git.extraHeader=Authorization: Basic eC1hY2Nlc3MtdG9rZW46dA==",
            ]
        );
    }
}
