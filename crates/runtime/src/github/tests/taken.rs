//! What is taken out of a worker's archive.

use super::*;

/// A worker's zip: these files, and this manifest if there is one.
fn zip(folder: &std::path::Path, files: &[(&str, &[u8])], manifest: Option<&Value>) -> std::path::PathBuf {
    let manifest = manifest.map(|manifest| manifest.to_string().into_bytes());
    let all = files.iter().map(|(name, bytes)| (*name, bytes.to_vec()));
    let all: Vec<_> = all
        .chain(manifest.map(|bytes| ("build-manifest.json", bytes)))
        .collect();
    let mut objects = MemoryObjects::default();
    let member = |(name, bytes): &(&str, Vec<u8>)| {
        objects.insert(bytes);
        Member {
            path: (*name).parse().unwrap(),
            digest: Sha256Digest::of(bytes),
            size: bytes.len() as u64,
            executable: false,
        }
    };
    let members: Vec<Member> = all.iter().map(member).collect();
    let path = folder.join("a.zip");
    let mut file = std::fs::File::create(&path).unwrap();
    write_archive(
        ArchiveKind::Zip,
        &mut file,
        &members,
        Timestamp::from_seconds(1_764_000_000),
        &objects,
    )
    .unwrap();
    path
}

fn manifest(files: &[(&str, &[u8])]) -> Value {
    let artifacts = files.iter().map(
        |(name, bytes)| json!({ "name": name, "sha256": Sha256Digest::of(bytes).hex(), "size": bytes.len() }),
    );
    json!({
        "schema": "governance/build-manifest/v1",
        "repository": "example/node",
        "commit": COMMIT,
        "platform": "linux-x86_64",
        "lock_hash": Sha256Digest::of(b"lock").hex(),
        "artifacts": artifacts.collect::<Vec<_>>(),
    })
}

/// What comes of a zip with these files, of which these are declared.
fn taken(
    files: &[(&str, &[u8])],
    declared: &[&str],
    manifest: Option<&Value>,
) -> Result<Vec<String>, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let objects = ObjectStore::open(&folder.path().join("objects")).unwrap();
    let zip = zip(folder.path(), files, manifest);
    let taken = take(&zip, (&node("linux-x86_64"), &component(declared)), &objects)?;
    for artifact in &taken.artifacts {
        assert_eq!(objects.verify(&artifact.digest).unwrap(), artifact.size);
    }
    assert_eq!(taken.lock, Some(Sha256Digest::of(b"lock")));
    Ok(taken
        .artifacts
        .into_iter()
        .map(|artifact| artifact.name)
        .collect())
}

const FILES: &[(&str, &[u8])] = &[("cli", b"another program"), ("node", b"a program")];

#[test]
fn the_declared_files_are_stored_by_digest_and_nothing_else_is_taken() {
    let said = manifest(FILES);
    assert_eq!(
        taken(FILES, &["node", "cli"], Some(&said)).unwrap(),
        ["cli", "node"]
    );
    assert_eq!(taken(&[], &[], Some(&manifest(&[]))).unwrap(), [""; 0]);
    let more = taken(FILES, &["node"], Some(&manifest(&FILES[1..]))).unwrap_err();
    assert!(
        more.reason.contains("cli is not among the declared files"),
        "{}",
        more.reason
    );
    let fewer = taken(&FILES[1..], &["node", "cli"], Some(&said)).unwrap_err();
    assert_eq!(fewer.kind, FailureKind::MissingArtifact);
    assert!(fewer.reason.contains("lacks cli"), "{}", fewer.reason);
}

#[test]
fn a_worker_that_contradicts_its_bytes_is_not_believed() {
    let with = |key: &str, value: Value| {
        let mut said = manifest(FILES);
        said[key] = value;
        said
    };
    let swapped: &[(&str, &[u8])] = &[("cli", b"a program"), ("node", b"a program")];
    let rows = [
        ("no manifest", None, "lacks build-manifest.json"),
        ("no JSON", Some(json!("nothing")), "cannot be read"),
        (
            "another schema",
            Some(with("schema", json!("governance/build-manifest/v2"))),
            "cannot be read",
        ),
        (
            "another repository",
            Some(with("repository", json!("mallory/node"))),
            "says repository mallory/node",
        ),
        (
            "another commit",
            Some(with("commit", json!(OTHER))),
            "says commit",
        ),
        (
            "another platform",
            Some(with("platform", json!("linux-aarch64"))),
            "says platform linux-aarch64",
        ),
        (
            "fewer artifacts",
            Some(manifest(&FILES[1..])),
            "a number of artifacts: 1",
        ),
        (
            "other bytes",
            Some(manifest(swapped)),
            "does not fit the bytes of cli",
        ),
    ];
    for (name, said, reason) in rows {
        let refused = taken(FILES, &["node", "cli"], said.as_ref()).unwrap_err();
        assert!(refused.reason.contains(reason), "{name}: {}", refused.reason);
        assert_eq!(refused.kind, FailureKind::Verification, "{name}");
    }
}
