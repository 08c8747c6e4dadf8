//! What is taken from a tree, and what is refused.

use crate::support::{World, shell, with_artifacts};
use domain_types::Sha256Digest;
use local_build::{
    BuildOutput, Error, ObjectStore, Presence, Reproduced, collect_artifacts, compare_artifacts,
    put_artifact_back,
};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

fn collect(world: &World, path: &str, presence: Presence) -> Result<BuildOutput, Error> {
    let recipe = with_artifacts(shell("true"), &[("thing", path)], presence);
    let objects = ObjectStore::open(&world.path("objects")).unwrap();
    collect_artifacts(&world.path("tree"), &recipe, &objects)
}

#[test]
fn artifacts_are_stored_by_digest_with_size_and_mode() {
    let world = World::new();
    let folder = world.path("tree/target/release");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("thing"), "bytes").unwrap();
    fs::write(world.path("tree/Cargo.lock"), "lock").unwrap();
    let output = collect(&world, "target/release/thing", Presence::Required).unwrap();
    let artifact = &output.artifacts[0];
    assert_eq!(
        (artifact.digest, artifact.size, artifact.executable),
        (Sha256Digest::of(b"bytes"), 5, false)
    );
    assert_eq!(output.lock, Some(Sha256Digest::of(b"lock")));
    // Whoever may execute it, it is executable.
    for mode in [0o700, 0o650, 0o605] {
        fs::set_permissions(folder.join("thing"), fs::Permissions::from_mode(mode)).unwrap();
        let output = collect(&world, "target/release/thing", Presence::Required).unwrap();
        assert!(output.artifacts[0].executable, "{mode:o}");
    }
    let objects = ObjectStore::open(&world.path("objects")).unwrap();
    assert_eq!(objects.verify(&artifact.digest).unwrap(), 5);
}

#[test]
fn a_missing_artifact_is_answered_with_what_is_there() {
    let world = World::new();
    fs::create_dir_all(world.path("tree/out")).unwrap();
    fs::write(world.path("tree/out/thing2"), "").unwrap();
    let error = collect(&world, "out/thing", Presence::Required).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the build made no out/thing for the artifact thing; it made thing2 there"
    );
    let error = collect(&world, "nowhere/thing", Presence::Required).unwrap_err();
    assert!(error.to_string().ends_with("it made nothing there"), "{error}");
    assert_eq!(
        collect(&world, "out/thing", Presence::Optional)
            .unwrap()
            .artifacts,
        []
    );
}

#[test]
fn links_folders_and_pipes_are_refused_and_nothing_outside_is_read() {
    let world = World::new();
    let tree = world.path("tree");
    fs::create_dir_all(tree.join("folder")).unwrap();
    fs::write(world.path("secret"), "secret").unwrap();
    fs::write(tree.join("plain"), "plain").unwrap();
    symlink("/etc/passwd", tree.join("absolute")).unwrap();
    symlink("../secret", tree.join("relative")).unwrap();
    symlink("plain", tree.join("within")).unwrap();
    symlink("..", tree.join("up")).unwrap();
    world.pipe("tree/pipe");
    for path in [
        "absolute",
        "relative",
        "within",
        "up/secret",
        "folder",
        "pipe",
        "plain/below",
    ] {
        for presence in [Presence::Required, Presence::Optional] {
            let error = collect(&world, path, presence).unwrap_err();
            assert!(matches!(error, Error::ArtifactRefused { .. }), "{path}: {error}");
        }
    }
    assert_eq!(fs::read_dir(world.path("objects")).unwrap().count(), 0);
}

#[test]
fn an_artifact_is_put_back_byte_for_byte_with_its_mode_and_through_no_link() {
    let world = World::new();
    let tree = world.path("tree");
    fs::create_dir_all(&tree).unwrap();
    let objects = ObjectStore::open(&world.path("objects")).unwrap();
    let (digest, _) = objects.put(&b"bytes"[..]).unwrap();
    let recipe = with_artifacts(shell("true"), &[("thing", "out/thing")], Presence::Required);
    let put_back =
        |executable| put_artifact_back(&tree, &recipe.artifacts[0], (&digest, executable), &objects);
    for executable in [true, false] {
        // Absent, and then other bytes of the same length.
        for _ in 0..2 {
            put_back(executable).unwrap();
            let output = collect_artifacts(&tree, &recipe, &objects).unwrap();
            let found = &output.artifacts[0];
            assert_eq!((found.digest, found.executable), (digest, executable));
            fs::write(tree.join("out/thing"), "other").unwrap();
        }
        fs::remove_dir_all(tree.join("out")).unwrap();
    }
    fs::create_dir(world.path("outside")).unwrap();
    symlink("../outside", tree.join("out")).unwrap();
    assert!(put_back(true).is_err());
    assert_eq!(fs::read_dir(world.path("outside")).unwrap().count(), 0);
}

#[test]
fn a_damaged_first_artifact_is_no_difference_of_the_second() {
    let world = World::new();
    fs::create_dir_all(world.path("tree")).unwrap();
    fs::write(world.path("tree/thing"), "bytes").unwrap();
    let recipe = with_artifacts(shell("true"), &[("thing", "thing")], Presence::Required);
    let objects = ObjectStore::open(&world.path("objects")).unwrap();
    let first = collect_artifacts(&world.path("tree"), &recipe, &objects)
        .unwrap()
        .artifacts;
    let compared = || compare_artifacts(&world.path("tree"), &recipe, &first, &objects);
    assert_eq!(compared().unwrap(), Reproduced::Identical);
    fs::remove_file(objects.path(&first[0].digest)).unwrap();
    fs::write(objects.path(&first[0].digest), "other").unwrap();
    let error = compared().unwrap_err();
    assert!(matches!(error, Error::ObjectDamaged { .. }), "{error}");
}
