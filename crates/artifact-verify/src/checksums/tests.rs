//! SHA256SUMS: what is read, with what findings, and what is refused where.

use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::fmt::Write as _;

const A: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const B: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn check(text: &str, expect: Expect) {
    let text = text.replace("<A>", A).replace("<B>", B);
    let shown = match Checksums::read(text.as_bytes()) {
        Err(error) => error.to_string(),
        Ok(read) => {
            let mut shown = read.checksums.to_text().replace(A, "<A>").replace(B, "<B>");
            for (line, finding) in &read.findings {
                writeln!(shown, "line {line}: {finding}").unwrap();
            }
            if read.findings.is_empty() {
                assert_eq!(read.checksums.to_text(), text, "no finding means canonical");
            }
            shown
        }
    };
    expect.assert_eq(&shown);
}

#[test]
fn canonical_sums_are_read_without_a_finding() {
    check("", expect![""]);
    check(
        "<A>  a\n<B>  b-1.tar.gz\n",
        expect![[r#"
        <A>  a
        <B>  b-1.tar.gz
    "#]],
    );
}

#[test]
fn what_others_write_is_read_with_a_finding() {
    check(
        "<A> *a\n<B>  ./b\n",
        expect![[r#"
        <A>  a
        <B>  b
        line 1: a name is marked with an asterisk
        line 2: a name begins with ./
    "#]],
    );
    check(
        "<A>  a\r\n<B>  b\r\n",
        expect![[r#"
        <A>  a
        <B>  b
        line 1: lines end with CR LF
    "#]],
    );
    check(
        "<A>  b\n<B>  a",
        expect![[r#"
        <B>  a
        <A>  b
        line 2: the last line has no end
        line 2: names are not in bytewise order
    "#]],
    );
}

#[test]
fn every_other_name_is_refused_by_its_rule() {
    check(
        "<A>  a\n<B>  -\n",
        expect!["read SHA256SUMS: line 2: the name is -, which is standard input and no file"],
    );
    check(
        "<A>  a\n<B>  a\n",
        expect!["read SHA256SUMS: line 2: a is listed twice"],
    );
    check(
        "<A>  a\n<B> *./a\n",
        expect!["read SHA256SUMS: line 2: a is listed twice"],
    );
    check(
        "<A>  a\r\n<B>  b\n",
        expect!["read SHA256SUMS: line 2: line ends are mixed"],
    );
    check(
        "<A>  a\n<B>  b\r\n",
        expect!["read SHA256SUMS: line 2: line ends are mixed"],
    );
    check(
        "<A>  ../a\n",
        expect![[r#"read SHA256SUMS: line 1: "../a" leaves the directory of the release"#]],
    );
    check(
        "<A>  ..\n",
        expect![[r#"read SHA256SUMS: line 1: ".." leaves the directory of the release"#]],
    );
    check(
        "<A>  /etc/passwd\n",
        expect![[r#"read SHA256SUMS: line 1: "/etc/passwd" leaves the directory of the release"#]],
    );
    check(
        "<A>  target/release/a\n",
        expect![[r#"read SHA256SUMS: line 1: "target/release/a" leaves the directory of the release"#]],
    );
    check(
        "<A>  a\\b\n",
        expect![[r#"read SHA256SUMS: line 1: "a\\b" leaves the directory of the release"#]],
    );
    check(
        "<A>  a b\n",
        expect![[r#"read SHA256SUMS: line 1: "a b" is not a legal asset name"#]],
    );
    check(
        "<A>  \u{1b}[2J\n",
        expect![[r#"read SHA256SUMS: line 1: "\x1b[2J" is not a legal asset name"#]],
    );
    check(
        "<A>  \n",
        expect![[r#"read SHA256SUMS: line 1: "" is not a legal asset name"#]],
    );
}

#[test]
fn every_other_form_of_a_line_is_refused() {
    check(
        "<A> a\n",
        expect!["read SHA256SUMS: line 1: expected two spaces between digest and name"],
    );
    check(
        "<A>\ta\n",
        expect!["read SHA256SUMS: line 1: expected two spaces between digest and name"],
    );
    check(
        "<A>\n",
        expect!["read SHA256SUMS: line 1: expected two spaces between digest and name"],
    );
    check(
        "<A>  a\n\n",
        expect!["read SHA256SUMS: line 2: the line is empty"],
    );
    check(
        "zz<A>  a\n",
        expect!["read SHA256SUMS: line 1: expected 64 lower-case hexadecimal digits"],
    );
    check(
        "\\<A>  a\n",
        expect!["read SHA256SUMS: line 1: expected 64 lower-case hexadecimal digits"],
    );
    check(
        "abc  a\n",
        expect!["read SHA256SUMS: line 1: expected 64 lower-case hexadecimal digits"],
    );
    check(
        &format!("{}é  a\n", &A[..63]),
        expect!["read SHA256SUMS: line 1: expected 64 lower-case hexadecimal digits"],
    );
    check(
        &format!("{}  a\n", A.to_uppercase()),
        expect!["read SHA256SUMS: line 1: the digest is in upper case; write it in lower case"],
    );
}

#[test]
fn text_that_is_none_and_too_much_of_it_are_refused() {
    let refused = Checksums::read(b"\xff\xfe\n").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "read SHA256SUMS: line 1: the text is not UTF-8"
    );
    let lines = (0..=RELEASE_FILES_MAX)
        .map(|at| format!("{A}  f{at:05}\n"))
        .collect::<String>();
    let line_bytes = lines.len() / (RELEASE_FILES_MAX + 1);
    let read = Checksums::read(&lines.as_bytes()[line_bytes..]).unwrap();
    assert_eq!(read.checksums.entries().len(), RELEASE_FILES_MAX);
    let refused = Checksums::read(lines.as_bytes()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "read SHA256SUMS: line 10001: there are more lines than a release may have files"
    );
    let refused =
        Checksums::read(&vec![b'a'; usize::try_from(CHECKSUMS_BYTES_MAX).unwrap() + 1]).unwrap_err();
    assert!(matches!(
        refused,
        Error::TooLarge {
            what: "SHA256SUMS",
            ..
        }
    ));
}

#[test]
fn sums_are_read_up_to_their_last_byte() {
    let most = usize::try_from(CHECKSUMS_BYTES_MAX).unwrap();
    let refused = |bytes: usize| Checksums::read(&vec![b'a'; bytes]).unwrap_err().to_string();
    assert!(!refused(most).contains("has more than"), "{}", refused(most));
    assert!(refused(most + 1).contains("has more than"));
}

#[test]
fn a_name_that_is_there_already_is_refused_at_the_line_that_it_would_have() {
    let mut checksums = Checksums::default();
    for name in ["a", "b"] {
        checksums
            .insert(name.parse().unwrap(), Sha256Digest::of(b""))
            .unwrap();
    }
    let refused = checksums
        .insert("a".parse().unwrap(), Sha256Digest::of(b"x"))
        .unwrap_err();
    assert_eq!(refused.line, 3);
    assert_eq!(checksums.entries().len(), 2);
    assert!(
        checksums
            .entries()
            .values()
            .all(|digest| *digest == Sha256Digest::of(b""))
    );
}

#[test]
fn coreutils_agree_with_what_we_write() {
    let folder = tempfile::tempdir().unwrap();
    let sums = Checksums::new(BTreeMap::from([(
        "abc.txt".parse().unwrap(),
        Sha256Digest::of(b"abc"),
    )]));
    std::fs::write(folder.path().join("abc.txt"), b"abc").unwrap();
    std::fs::write(folder.path().join("SHA256SUMS"), sums.to_text()).unwrap();
    let mut run = std::process::Command::new("sha256sum");
    run.args(["-c", "--strict", "SHA256SUMS"])
        .current_dir(folder.path())
        .env("LC_ALL", "C");
    match run.output() {
        Ok(output) => assert_eq!(String::from_utf8_lossy(&output.stdout), "abc.txt: OK\n"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(names in proptest::collection::btree_set("[A-Za-z0-9][A-Za-z0-9._+-]{0,40}", 0..20)) {
        let entries = names.iter().map(|name| (name.parse().unwrap(), Sha256Digest::of(name.as_bytes())));
        let sums = Checksums::new(entries.collect());
        let read = Checksums::read(sums.to_text().as_bytes()).unwrap();
        prop_assert_eq!(read.checksums, sums);
        prop_assert!(read.findings.is_empty());
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _answered = Checksums::read(&bytes);
    }

    #[test]
    fn no_single_edit_of_canonical_sums_goes_unnoticed(
        names in proptest::collection::btree_set("[a-c][a-c0-9.+-]{0,4}", 1..5),
        place in any::<prop::sample::Index>(), byte in any::<u8>(), edit in 0..4
    ) {
        let entries = names.iter().map(|name| (name.parse().unwrap(), Sha256Digest::of(name.as_bytes())));
        let sums = Checksums::new(entries.collect());
        let mut bytes = sums.to_text().into_bytes();
        let at = place.index(bytes.len());
        match edit {
            0 => bytes.insert(at, byte),
            1 => drop(bytes.remove(at)),
            2 => bytes[at] = byte,
            _ => bytes[at] ^= 1 << (byte % 8),
        }
        if bytes == sums.to_text().as_bytes() {
            return Ok(());
        }
        let Ok(read) = Checksums::read(&bytes) else { return Ok(()) };
        // It is other sums, or it is said what is unusual about these.
        prop_assert!(read.checksums != sums || !read.findings.is_empty());
        prop_assert!(read.checksums.entries().len() >= sums.entries().len());
    }

    #[test]
    fn exactly_the_grammar_of_a_line_is_accepted(
        hex in "[0-9a-f]{64}|[0-9a-f]{63}|[0-9a-f]{65}|[0-9a-fA-F]{64}",
        between in prop::sample::select(vec!["  ", " *", " ", "", "\t", "   ", "* ", "  *", "  ./", " *./", "  ././"]),
        name in "[A-Za-z0-9._+~@=, /\\\\-]{0,6}", end in prop::sample::select(vec!["\n", "", "\r\n", "\r", "\n\n", "\n\r\n"])
    ) {
        let rest = format!("{between}{name}");
        let plain = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(" *"));
        let plain = plain.map(|name| name.strip_prefix("./").unwrap_or(name).to_owned());
        let legal = |name: &String| {
            let letters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+~@=,".contains(&byte));
            letters && !name.is_empty() && !name.starts_with(['.', '-'])
        };
        let digits = hex.len() == 64 && !hex.bytes().any(|digit| digit.is_ascii_uppercase());
        let expected = digits && plain.as_ref().is_some_and(legal) && ["\n", "", "\r\n"].contains(&end);
        let text = format!("{hex}{between}{name}{end}");
        let read = Checksums::read(text.as_bytes());
        prop_assert_eq!(read.is_ok(), expected, "{:?}", text);
        if let Ok(read) = read {
            let entries: Vec<(String, String)> = read.checksums.entries().iter().map(|(name, digest)| (name.to_string(), digest.hex())).collect();
            prop_assert_eq!(entries, [(plain.unwrap(), hex)]);
        }
    }

    #[test]
    fn nearly_right_lines_are_answered(text in "(([0-9a-f]{63,65}|[0-9a-fA-F]{64})( |  | \\*)(\\./)?[a-z./-]{0,4}\r?\n?){0,4}") {
        if let Ok(read) = Checksums::read(text.as_bytes()) {
            let again = Checksums::read(read.checksums.to_text().as_bytes()).unwrap();
            prop_assert_eq!(again.checksums, read.checksums);
        }
    }
}
