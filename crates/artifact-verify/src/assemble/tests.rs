//! Assembling: the same content gives the same bytes, and lies of the objects are noticed.

use super::*;
use crate::MemoryFiles;
use crate::tests::{binary, content, evidence, release, release_of};
use expect_test::expect;

#[test]
fn a_release_holds_exactly_its_files() {
    let names: Vec<String> = release().files.keys().map(ToString::to_string).collect();
    expect![[r#"
        RELEASE_NOTES.md
        SHA256SUMS
        commons-0.1.0-rc.1-linux-x86_64.tar.gz
        commons-0.1.0-rc.1-windows-x86_64.zip
        node-0.3.1-linux-x86_64.tar.gz
        node-0.3.1-windows-x86_64.zip
        release-evidence.json
        release-manifest.json
        sdk-0.3.1-linux-x86_64.tar.gz"#]]
    .assert_eq(&names.join("\n"));
}

#[test]
fn the_order_of_the_content_does_not_matter() {
    let (content, objects) = content();
    let mut turned = content.clone();
    turned.components.reverse();
    for component in &mut turned.components {
        component.builds.reverse();
        component
            .builds
            .iter_mut()
            .for_each(|build| build.binaries.reverse());
    }
    turned.components.sort_by_key(|one| one.commit.clone());
    assert_eq!(release_of(&content, &objects), release_of(&turned, &objects));
}

#[test]
fn the_bytes_of_a_release_are_fixed() {
    // A change here is a change for everyone who reproduces old releases: it needs a decision, not a new digest.
    let sums = String::from_utf8(release().files[&CHECKSUMS_NAME.parse().unwrap()].clone()).unwrap();
    expect![[r#"
        37dee29889830c1d3a69588870fe2b3e6875490d58b0e8a8d95a9df26b669b8f  RELEASE_NOTES.md
        d6a98e868064f72b8c80f2f8f303388f33302a63758a92464ef4d76de7ad96cf  commons-0.1.0-rc.1-linux-x86_64.tar.gz
        306bb31d2d74e17dffbe67b6bcf35105853ec3697de596d10be38c5563de84d6  commons-0.1.0-rc.1-windows-x86_64.zip
        9357589ddab4040618496d5ed6851780d4c0f9a5e4879f6c23891f95f989379b  node-0.3.1-linux-x86_64.tar.gz
        306bb31d2d74e17dffbe67b6bcf35105853ec3697de596d10be38c5563de84d6  node-0.3.1-windows-x86_64.zip
        cd067c59c0b2c94ab6d2381633f0d4742b1710ac42e27562b74fff195a7eee3b  release-manifest.json
        cf4dc9664c0cba88497b66e6a14e5ac973937393036de8ca3772f4d850212aa8  sdk-0.3.1-linux-x86_64.tar.gz
    "#]].assert_eq(&sums);
}

#[test]
fn an_object_with_other_bytes_is_noticed() {
    let (mut content, objects) = content();
    content.components[0].builds[1].binaries[0].size += 1;
    let error = assemble(&content, &objects, &mut MemoryFiles::default()).unwrap_err();
    assert!(matches!(error, Error::ContentChanged { .. }), "{error}");
    content.components[0].builds[1].binaries[0].digest = Sha256Digest::of(b"absent");
    let error = assemble(&content, &objects, &mut MemoryFiles::default()).unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error}");
}

#[test]
fn collisions_are_refused_here_too() {
    let (mut content, mut objects) = content();
    content.components[1].builds[0]
        .binaries
        .push(binary(&mut objects, "SIGN", true));
    let error = assemble(&content, &objects, &mut MemoryFiles::default()).unwrap_err();
    expect![
        "name the assets: SIGN for linux-x86_64 would come from sdk and from node; rename one of the binaries"
    ]
    .assert_eq(&error.to_string());
    let (mut content, objects) = crate::tests::content();
    content.release = "node".parse().unwrap();
    content.version = "0.3.1".parse().unwrap();
    let error = assemble(&content, &objects, &mut MemoryFiles::default()).unwrap_err();
    expect!["name the assets: node-0.3.1-linux-x86_64.tar.gz would be written by component node and by the unified archive; rename one, or choose another [release] name"].assert_eq(&error.to_string());
}

#[test]
fn a_component_or_platform_named_twice_is_refused() {
    let (mut content, objects) = content();
    let again = content.components[2].clone();
    content.components.push(again);
    let error = assemble(&content, &objects, &mut MemoryFiles::default()).unwrap_err();
    expect!["read release-manifest.json: components are not in strictly ascending order"]
        .assert_eq(&error.to_string());
}

#[test]
fn builds_of_the_evidence_may_come_in_any_order() {
    let (content, objects) = content();
    let mut files = MemoryFiles::default();
    let assembled = assemble(&content, &objects, &mut files).unwrap();
    let mut turned = evidence(&content, assembled.manifest_digest);
    turned.builds.reverse();
    write_evidence(&turned, &assembled.manifest, &mut files).unwrap();
    assert_eq!(files, release());
}

#[test]
fn evidence_of_another_release_is_not_written() {
    let (content, objects) = content();
    let mut files = MemoryFiles::default();
    let assembled = assemble(&content, &objects, &mut files).unwrap();
    let wrong = evidence(&content, Sha256Digest::of(b"another"));
    let error = write_evidence(&wrong, &assembled.manifest, &mut files).unwrap_err();
    expect!["read release-evidence.json: the manifest digest differs"].assert_eq(&error.to_string());
    assert!(!files.files.contains_key(&EVIDENCE_NAME.parse().unwrap()));
}

#[test]
fn a_full_disk_is_an_error_and_can_be_tried_again() {
    struct Full(u64);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len() as u64)
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl ReleaseSink for Full {
        fn create(&mut self, _: &AssetName) -> io::Result<Box<dyn Write + '_>> {
            Ok(Box::new(self))
        }
    }
    let (content, objects) = content();
    let size: usize = release().files.values().map(Vec::len).sum();
    for room in (0..size as u64 / 2).step_by(37) {
        let error = assemble(&content, &objects, &mut Full(room)).unwrap_err();
        assert!(error.is_retryable(), "{room}: {error}");
    }
}

#[test]
fn every_file_is_flushed_before_it_is_let_go() {
    /// Holds back what was not flushed, and loses it.
    struct Careless<W> {
        held: Vec<u8>,
        inner: W,
    }
    impl<W: Write> Write for Careless<W> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.held.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.inner.write_all(&std::mem::take(&mut self.held))
        }
    }
    #[derive(Default)]
    struct Sink(MemoryFiles);
    impl ReleaseSink for Sink {
        fn create(&mut self, name: &AssetName) -> io::Result<Box<dyn Write + '_>> {
            let inner = self.0.create(name)?;
            let held = Vec::new();
            Ok(Box::new(Careless { held, inner }))
        }
    }
    let (content, objects) = content();
    let mut sink = Sink::default();
    let assembled = assemble(&content, &objects, &mut sink).unwrap();
    let evidence = evidence(&content, assembled.manifest_digest);
    write_evidence(&evidence, &assembled.manifest, &mut sink).unwrap();
    assert_eq!(sink.0, release());
}
