//! Names of things: repositories, releases, tags, assets, commits.

use crate::Invalid;
use std::fmt;
use std::str::FromStr;

/// Longest name of a repository, release or asset, in bytes: GitHub's limit for repository names is 100,
/// common file systems allow 255.
const NAME_BYTES_MAX: usize = 100;
const ASSET_BYTES_MAX: usize = 255;
const TAG_BYTES_MAX: usize = 200;

macro_rules! text_newtype {
    ($name:ident, $doc:literal, $check:path) => {
        #[doc = $doc]
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text, as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                $check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}({:?})", stringify!($name), self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text_newtype!(
    RepoName,
    "The name of a repository as the manifest has it: ASCII letters, digits, `.`, `_`, `-`, at most 100 bytes \
     (GitHub's rule), not beginning with `.` or `-`. Safe as a folder name.",
    check_repo_name
);
text_newtype!(
    ReleaseName,
    "The name under which an organisation releases (`[release] name`): the rule of [`RepoName`].",
    check_release_name
);
text_newtype!(
    AssetName,
    "The base name of a file in a release: printable ASCII without spaces, `/`, `\\`, quotes and shell \
     metacharacters, at most 255 bytes, not beginning with `.` or `-`.",
    check_asset_name
);
text_newtype!(
    TagName,
    "A git tag that is safe as an argument and as a reference (git-check-ref-format(1), narrowed to ASCII \
     letters, digits, `.`, `_`, `-`, `+`, `/`), at most 200 bytes.",
    check_tag_name
);
text_newtype!(
    CommitSha,
    "A full git object id of a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.",
    check_commit_sha
);
text_newtype!(
    TreeSha,
    "A full git object id of a tree, what a commit holds: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.",
    check_tree_sha
);

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn check_word(kind: &'static str, text: &str) -> Result<(), Invalid> {
    let begins_well = text
        .bytes()
        .next()
        .is_some_and(|first| !matches!(first, b'.' | b'-'));
    if begins_well && text.len() <= NAME_BYTES_MAX && text.bytes().all(is_word) {
        return Ok(());
    }
    Err(Invalid::new(
        kind,
        text,
        "1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -",
    ))
}

fn check_repo_name(text: &str) -> Result<(), Invalid> {
    check_word("repository name", text)
}

fn check_release_name(text: &str) -> Result<(), Invalid> {
    check_word("release name", text)
}

fn check_asset_name(text: &str) -> Result<(), Invalid> {
    let begins_well = text
        .bytes()
        .next()
        .is_some_and(|first| !matches!(first, b'.' | b'-'));
    let legal = |byte: u8| is_word(byte) || matches!(byte, b'+' | b'~' | b'@' | b'=' | b',');
    if begins_well && text.len() <= ASSET_BYTES_MAX && text.bytes().all(legal) {
        return Ok(());
    }
    Err(Invalid::new(
        "asset name",
        text,
        "1 to 255 of A-Z a-z 0-9 . _ - + ~ @ = , not beginning with . or -",
    ))
}

fn check_tag_name(text: &str) -> Result<(), Invalid> {
    let legal = |byte: u8| is_word(byte) || matches!(byte, b'+' | b'/');
    let well_formed = !text.is_empty()
        && text.len() <= TAG_BYTES_MAX
        && text.bytes().all(legal)
        && text
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with(['.', '-']) && !part.ends_with(".lock"))
        && !text.contains("..")
        && !text.ends_with('.');
    if well_formed {
        return Ok(());
    }
    Err(Invalid::new(
        "tag",
        text,
        "letters, digits, . _ - + / in parts that git accepts, no .., at most 200 bytes",
    ))
}

fn check_commit_sha(text: &str) -> Result<(), Invalid> {
    check_object_id("commit id", text)
}

fn check_tree_sha(text: &str) -> Result<(), Invalid> {
    check_object_id("tree id", text)
}

fn check_object_id(kind: &'static str, text: &str) -> Result<(), Invalid> {
    let hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if hex && matches!(text.len(), 40 | 64) {
        return Ok(());
    }
    Err(Invalid::new(kind, text, "40 or 64 lower-case hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_could_leave_a_folder_or_become_an_option_are_refused() {
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "-x",
            ".git",
            "a b",
            "ä",
            "a\n",
            &"x".repeat(101),
        ] {
            assert!(bad.parse::<RepoName>().is_err(), "{bad:?}");
            assert!(bad.parse::<ReleaseName>().is_err(), "{bad:?}");
        }
        for good in ["a", "bllvm-node", "x.y_z", "A1"] {
            assert_eq!(good.parse::<RepoName>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn tags_follow_git_and_are_narrower() {
        for good in ["v0.1.0", "v0.1.0-locked", "release/v1", "v1.0.0+build.5"] {
            assert!(good.parse::<TagName>().is_ok(), "{good}");
        }
        for bad in [
            "", "-v1", "a..b", "a//b", "/a", "a/", "x.lock", "v1.", "v 1", "v1^{}", "@{", "a/.b",
        ] {
            assert!(bad.parse::<TagName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn commit_ids_are_full_lower_case_hex() {
        assert!(
            "6dcb09b5b57875f334f61aebed695e2e4193db5e"
                .parse::<CommitSha>()
                .is_ok()
        );
        assert!(
            "6DCB09b5b57875f334f61aebed695e2e4193db5e"
                .parse::<CommitSha>()
                .is_err()
        );
        assert!("6dcb09b".parse::<CommitSha>().is_err());
    }

    #[test]
    fn a_refused_text_is_shortened_in_the_message() {
        let error = "x".repeat(5000).parse::<RepoName>().unwrap_err();
        assert_eq!(error.text.len(), Invalid::TEXT_CHARS_MAX);
    }

    /// Texts near the borders of all grammars: letters that some of them take and others do not.
    fn texts() -> impl Strategy<Value = String> {
        let letters = prop::sample::select(
            "av09.._--/+~@=, :*?[\\^{\u{7f}\u{1b}é"
                .chars()
                .collect::<Vec<_>>(),
        );
        let anything =
            proptest::collection::vec(letters, 0..12).prop_map(|letters| letters.into_iter().collect());
        let nearly = "[a-z0-9]{1,3}(/|\\.|\\.\\.|//|-|\\.lock|\\.lock/)[a-z0-9.]{0,3}(\\.lock)?";
        let long =
            (90_usize..270, "[a-z./]{1,3}").prop_map(|(count, end)| format!("{}{end}", "x".repeat(count)));
        prop_oneof![anything, nearly, long]
    }

    /// The rules of git-check-ref-format(1) for `refs/tags/TEXT`.
    fn git_accepts(text: &str) -> bool {
        let parts = || text.split('/');
        let forbidden = |letter: char| letter.is_ascii_control() || " ~^:?*[\\".contains(letter);
        parts().all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
            && !text.contains("..")
            && !text.contains("@{")
            && !text.chars().any(forbidden)
            && !text.ends_with('.')
    }

    proptest! {
        #[test]
        fn a_tag_is_what_git_takes_in_few_letters_and_never_an_option(text in texts()) {
            let few_letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+/".contains(&byte));
            let no_option = text.split('/').all(|part| !part.starts_with('-'));
            let expected = git_accepts(&text) && few_letters && no_option && text.len() <= 200;
            prop_assert_eq!(text.parse::<TagName>().is_ok(), expected, "{:?}", text);
        }

        #[test]
        fn names_of_repositories_and_assets_are_plain_file_names(text in texts()) {
            let plain = |more: &[u8], bytes_max: usize| {
                let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte) || more.contains(&byte));
                letters && !text.is_empty() && !text.starts_with(['.', '-']) && text.len() <= bytes_max
            };
            prop_assert_eq!(text.parse::<RepoName>().is_ok(), plain(b"", 100), "{:?}", text);
            prop_assert_eq!(text.parse::<ReleaseName>().is_ok(), plain(b"", 100), "{:?}", text);
            prop_assert_eq!(text.parse::<AssetName>().is_ok(), plain(b"+~@=,", 255), "{:?}", text);
        }

        #[test]
        fn a_commit_id_has_all_its_digits(text in "[0-9a-f]{39,41}|[0-9a-f]{63,65}|[0-9a-fA-Fg]{40}") {
            let digits = text.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
            prop_assert_eq!(text.parse::<CommitSha>().is_ok(), digits && [40, 64].contains(&text.len()), "{}", text);
        }

        #[test]
        fn an_accepted_name_is_read_back_from_its_text_and_its_json(text in texts()) {
            fn read_back<T: FromStr + fmt::Display + PartialEq + fmt::Debug + serde::Serialize + serde::de::DeserializeOwned>(text: &str) {
                let Ok(name) = text.parse::<T>() else { return };
                assert_eq!(name.to_string(), text);
                let json = serde_json::to_string(&name).unwrap();
                assert_eq!(serde_json::from_str::<T>(&json).unwrap(), name);
            }
            read_back::<RepoName>(&text);
            read_back::<ReleaseName>(&text);
            read_back::<AssetName>(&text);
            read_back::<TagName>(&text);
            read_back::<CommitSha>(&text);
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<TagName>(&json).is_ok(), text.parse::<TagName>().is_ok());
        }
    }
}
