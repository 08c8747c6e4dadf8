//! A signature that was handed in at our door, as a comment of ours. The forge's comments stay the one place in which signatures are kept:
//! whoever loses this server loses none.

use super::visitors::MirrorOrder;
use domain_types::{CommitSha, PullRequestId, Sha256Digest};
use signatures::SignatureText;

/// What the last line of such a comment begins with.
const MARK: &str = "<!-- governance-app mirrors ";
/// The line above the signature.
const OPEN: &str = "```text\n";
/// The line below it.
const CLOSE: &str = "\n```";

/// Whose signature of what it is, once it was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mirrored<'m> {
    pub(crate) statement: Sha256Digest,
    pub(crate) key: &'m str,
    pub(crate) signer: &'m str,
    pub(crate) head: &'m CommitSha,
    pub(crate) signature: &'m SignatureText,
}

/// The comment that keeps a signature.
pub(crate) fn mirror(id: PullRequestId, repository: &str, mirrored: &Mirrored<'_>) -> MirrorOrder {
    let key = Sha256Digest::of(mirrored.key.as_bytes()).hex();
    let mark = format!("{MARK}{} {key} -->", mirrored.statement.hex());
    let body = format!(
        "Signed by {} for `{}`. This signature was handed in at the server, which keeps it here; who brought it does not matter.\n\n\
         {OPEN}{}{CLOSE}\n{mark}",
        mirrored.signer,
        mirrored.head,
        mirrored.signature.as_str(),
    );
    MirrorOrder {
        repository: repository.to_owned(),
        number: id.number(),
        body,
        mark,
    }
}

/// The signature that a comment of ours keeps, if it is such a comment. What it is worth is seen when it is verified.
pub(crate) fn kept_in(comment: &str) -> Option<SignatureText> {
    let (text, mark) = comment.trim_end().rsplit_once('\n')?;
    if !mark.starts_with(MARK) {
        return None;
    }
    let (_, behind) = text.split_once(OPEN)?;
    let (signature, _) = behind.split_once(CLOSE)?;
    SignatureText::parse(signature).ok()
}

/// A signature without what anybody may write beside it: the headers of an OpenPGP armour. What is left are the lines of the frame and
/// letters of base64, so that nothing of a stranger's is ever said in our name. None if there is more in it.
pub(crate) fn plain(text: &SignatureText) -> Option<SignatureText> {
    let mut lines: Vec<&str> = text.as_str().lines().map(str::trim).collect();
    if lines[0].starts_with("-----BEGIN PGP") {
        let blank = lines.iter().position(|line| line.is_empty())?;
        lines.drain(1..blank);
    }
    let last = lines.len() - 1;
    let is_frame = |(place, line): (usize, &str)| (place == 0 || place == last) && line.starts_with("-----");
    let is_plain = |line: &str| {
        line.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    };
    let fits = lines
        .iter()
        .copied()
        .enumerate()
        .all(|(place, line)| is_plain(line) || is_frame((place, line)));
    match fits {
        true => SignatureText::parse(&lines.join("\n")).ok(),
        false => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> SignatureText {
        SignatureText::parse(text).unwrap()
    }

    #[test]
    fn what_is_kept_in_a_comment_is_found_in_it_again() {
        let head = "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap();
        let id = PullRequestId::new(7, 42).unwrap();
        for signature in [
            "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\nAAAA\n-----END SSH SIGNATURE-----",
            "-----BEGIN PGP SIGNATURE-----\n\niQ==\n=abcd\n-----END PGP SIGNATURE-----",
            "ab12",
        ] {
            let signature = text(signature);
            let order = mirror(
                id,
                "atlas/node",
                &Mirrored {
                    statement: Sha256Digest::of(b"statement"),
                    key: "key",
                    signer: "ada",
                    head: &head,
                    signature: &signature,
                },
            );
            assert_eq!(kept_in(&order.body), Some(signature.clone()), "{}", order.body);
            assert_eq!(kept_in(&format!("{}\n", order.body)), Some(signature));
            assert!(order.body.ends_with(&order.mark));
            // Without the mark at its end it is a comment like any other.
            assert_eq!(kept_in(&format!("{}\nmore", order.body)), None);
        }
        assert_eq!(kept_in(""), None);
        assert_eq!(kept_in("a\n<!-- governance-app mirrors -->"), None);
        assert_eq!(kept_in("a\n<!-- governance-app answers 4 -->"), None);
    }

    #[test]
    fn nothing_of_a_strangers_is_said_in_our_name() {
        let ssh = "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----";
        let pgp = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n=abcd\n-----END PGP SIGNATURE-----";
        let rows = [
            (ssh.to_owned(), Some(ssh)),
            (pgp.to_owned(), Some(pgp)),
            (
                pgp.replace(
                    "-----\n\n",
                    "-----\nComment: @everyone, see <b>here</b>\nVersion: 1\n\n",
                ),
                Some(pgp),
            ),
            (pgp.replace("\n\n", "\n"), None),
            (ssh.replace("U1NI", "U1NI\n```"), None),
            (
                ssh.replace("U1NI", "U1NI\n-----END SSH SIGNATURE-----\n@everyone"),
                None,
            ),
            (ssh.replace("U1NI", "U1NI\n<!-- -->"), None),
            ("c2ln".to_owned(), Some("c2ln")),
        ];
        for (given, expected) in rows {
            let plain = plain(&text(&given));
            assert_eq!(plain.as_ref().map(SignatureText::as_str), expected, "{given}");
        }
    }
}
