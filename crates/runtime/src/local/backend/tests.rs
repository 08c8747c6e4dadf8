//! What enters a reuse key, what may be taken of an earlier release, and what a build finds in its tree.

use super::*;
use crate::configuration::{Configuration, Defaults};
use crate::local::FrozenRepository;
use dependency_graph::{Component, Plan};
use domain_types::{CommitSha, Platform, Timestamp};
use local_build::{ArtifactRule, DirtyFiles, Presence};
use std::fs;
use std::path::Path;
use std::process::Command;

const PROGRAM: &[u8] = b"#!/bin/sh\n";

pub(in crate::local) fn component(name: &str, commit: &str) -> Component {
    Component {
        name: name.parse().unwrap(),
        version: "0.1.0".to_owned(),
        tag: "v0.1.0".parse().unwrap(),
        commit: Some(commit.parse().unwrap()),
        requires: Vec::new(),
        after: Vec::new(),
        binaries: Vec::new(),
        optional: false,
        platforms: vec![Platform::of_this_program()],
        expected_seconds: None,
    }
}

pub(in crate::local) fn node() -> NodeId {
    NodeId {
        repository: "alpha".parse().unwrap(),
        platform: Platform::of_this_program(),
    }
}

/// `alpha` is built; the sources of `beta` lie beside it.
pub(in crate::local) fn workshop(folder: &Path, commit: &str) -> Workshop {
    let (alpha, beta) = (component("alpha", commit), component("beta", commit));
    let version = Some("0.1.0".parse().unwrap());
    let plan = Plan::new("commons".parse().unwrap(), version, vec![alpha], vec![beta]).unwrap();
    let places = Places::new(folder, None, &folder.join("out"));
    let rule = ArtifactRule {
        name: "alpha".parse().unwrap(),
        path: "target/alpha".parse().unwrap(),
        presence: Presence::Required,
    };
    let recipe = Recipe {
        artifacts: vec![rule],
        ..Recipe::default()
    };
    let source = FrozenRepository {
        path: folder.join("alpha"),
        folder: "alpha".to_owned(),
        commit: commit.parse().unwrap(),
        commit_time: Timestamp::EPOCH,
        dirty: DirtyFiles::default(),
    };
    let base_env = BTreeMap::from([("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())]);
    Workshop {
        frozen: Frozen {
            plan,
            repositories: BTreeMap::from([("alpha".parse().unwrap(), source)]),
        },
        recipes: BTreeMap::from([(node(), recipe)]),
        objects: ObjectStore::open(&places.objects()).unwrap(),
        places,
        git: Git::new(&base_env),
        base_env,
        reuse: Reuse::Allowed,
        reproducibility: Reproducibility::BuildOnce,
    }
}

/// A configuration that says nothing.
pub(in crate::local) fn configuration() -> Configuration {
    Configuration::without_file(&Defaults {
        runners: 2,
        platform: Platform::of_this_program(),
    })
}

fn backend(workshop: Workshop) -> LocalBackend {
    LocalBackend::new(Arc::new(workshop), mpsc::channel(1).0)
}

fn order(commit: &str) -> BuildOrder {
    let release = domain_types::ReleaseId::new(
        &"commons".parse().unwrap(),
        &"0.1.0".parse().unwrap(),
        &Sha256Digest::of(b"plan"),
    );
    BuildOrder {
        build: BuildId {
            release,
            node: node(),
            attempt: 1,
        },
        commit: commit.parse().unwrap(),
        needs: Vec::new(),
    }
}

pub(in crate::local) const COMMIT: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
pub(in crate::local) const OTHER: &str = "0123456789012345678901234567890123456789";

/// The plan with one component changed, in the way that a manifest could have changed it.
fn with_component(workshop: &mut Workshop, name: &str, change: impl Fn(&mut Component)) {
    let plan = &workshop.frozen.plan;
    let changed = |component: &Component| {
        let mut component = component.clone();
        if component.name.as_str() == name {
            change(&mut component);
        }
        component
    };
    let built = plan.components().iter().map(changed).collect();
    let laid_out = plan.sources_only().iter().map(changed).collect();
    let version = plan.version().cloned();
    workshop.frozen.plan = Plan::new(plan.release().clone(), version, built, laid_out).unwrap();
}

#[test]
fn whatever_the_bytes_of_a_build_depend_on_enters_its_reuse_key() {
    type Change = fn(&mut Workshop, &mut BuildOrder);
    let changes: [(&str, Change); 8] = [
        ("the commit", |_, order| order.commit = OTHER.parse().unwrap()),
        ("the tag", |workshop, _| {
            with_component(workshop, "alpha", |alpha| alpha.tag = "v0.1.1".parse().unwrap());
        }),
        ("a command of the recipe", |workshop, _| {
            let recipe = workshop.recipes.get_mut(&node()).unwrap();
            recipe.build.push(vec!["make".to_owned()]);
        }),
        ("a variable of the recipe", |workshop, _| {
            let recipe = workshop.recipes.get_mut(&node()).unwrap();
            recipe.env.insert("A".to_owned(), "1".to_owned());
        }),
        ("something needed", |_, order| {
            order.needs.push((node(), Sha256Digest::of(b"one")));
        }),
        ("the output of something needed", |_, order| {
            order.needs.push((node(), Sha256Digest::of(b"other")));
        }),
        ("the commit of sources beside it", |workshop, _| {
            with_component(workshop, "beta", |beta| {
                beta.commit = Some(OTHER.parse::<CommitSha>().unwrap())
            });
        }),
        ("the tag of sources beside it", |workshop, _| {
            with_component(workshop, "beta", |beta| beta.tag = "v0.1.1".parse().unwrap());
        }),
    ];
    let folder = tempfile::tempdir().unwrap();
    let key = |change: Change| {
        let (mut workshop, mut order) = (workshop(folder.path(), COMMIT), order(COMMIT));
        change(&mut workshop, &mut order);
        backend(workshop).reuse_key(&order).unwrap()
    };
    let mut seen = BTreeMap::from([(key(|_, _| {}), "nothing")]);
    assert!(
        seen.contains_key(&key(|_, order| order.build.attempt = 2)),
        "an attempt is no difference"
    );
    for (what, change) in changes {
        if let Some(same) = seen.insert(key(change), what) {
            panic!("{what} gives the key of {same}");
        }
    }
}

#[tokio::test]
async fn an_earlier_output_is_taken_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let taken = async |change: fn(&mut Workshop)| {
        let mut workshop = workshop(folder.path(), COMMIT);
        change(&mut workshop);
        let artifact = BuiltArtifact {
            name: "alpha".to_owned(),
            digest: Sha256Digest::of(PROGRAM),
            size: PROGRAM.len() as u64,
            executable: true,
        };
        backend(workshop).take_earlier(&order(COMMIT), &[artifact]).await
    };
    let at_first = workshop(folder.path(), COMMIT);
    let product = at_first.tree(&node().repository).join("target/alpha");
    fs::create_dir_all(at_first.tree(&node().repository)).unwrap();
    at_first.objects.put(PROGRAM).unwrap();
    assert!(!taken(|workshop| workshop.reuse = Reuse::Never).await);
    assert!(!taken(|workshop| workshop.reproducibility = Reproducibility::BuildTwice).await);
    assert!(!product.exists());
    assert!(taken(|_| {}).await);
    assert_eq!(
        fs::read(&product).unwrap(),
        PROGRAM,
        "builds that need it find it there"
    );
    // What is released comes from the object, not from the tree: that the tree is whole does not help.
    let object = at_first.objects.path(&Sha256Digest::of(PROGRAM));
    fs::remove_file(&object).unwrap();
    fs::write(&object, "damaged!").unwrap();
    assert!(!taken(|_| {}).await);
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn a_build_finds_its_tree_as_the_commit_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let alpha = folder.path().join("alpha");
    fs::create_dir(&alpha).unwrap();
    git(&alpha, &["init", "--quiet"]);
    fs::write(alpha.join(".gitignore"), "ignored\n").unwrap();
    git(&alpha, &["add", "--all"]);
    git(&alpha, &["commit", "--quiet", "--message", "change"]);
    git(&alpha, &["tag", "v0.1.0"]);
    let commit = git(&alpha, &["rev-parse", "HEAD"]);
    let mut workshop = workshop(folder.path(), &commit);
    let plan = &workshop.frozen.plan;
    let (release, version) = (plan.release().clone(), plan.version().cloned());
    workshop.frozen.plan = Plan::new(release, version, plan.components().to_vec(), Vec::new()).unwrap();
    let tree = workshop.tree(&node().repository);
    let backend = backend(workshop);
    let order = order(&commit);
    backend
        .lay_out_sources(&order.build.release, &BTreeMap::new())
        .await
        .unwrap();
    for left in ["ignored", "untracked"] {
        fs::write(tree.join(left), "of an earlier attempt").unwrap();
    }
    backend.prepare(&order).await.unwrap();
    for left in ["ignored", "untracked"] {
        assert!(!tree.join(left).exists(), "{left}");
    }
    backend.stop(&order.build).await.unwrap();
    let gone = backend.begin(&order).await.unwrap_err();
    assert!(
        matches!(&gone, crate::ports::Unfinished::Failed(failure) if failure.reason.ends_with("was not prepared")),
        "{gone:?}"
    );
}
