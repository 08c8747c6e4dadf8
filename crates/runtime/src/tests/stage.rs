//! What a failing port does to a release.

use super::{Stage, expect_good, good_backend, good_publisher, manifest, node, output};
use crate::engine::Ended;
use crate::ports::{Clock as _, MockBuildBackend, MockReleasePublisher, Unfinished};
use domain_types::Sha256Digest;
use orchestrator::{BuildState, Event, Failure, FailureKind, Phase, StallReason};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "it did not work")
}

fn stalled_on(ended: &Ended) -> FailureKind {
    match ended {
        Ended::AtRest(Phase::Stalled {
            reason: StallReason::Stage { failure },
            ..
        }) => failure.kind,
        Ended::AtRest(_) | Ended::Interrupted | Ended::NeverStarted => {
            panic!("not stalled on a stage: {ended:?}")
        }
    }
}

#[tokio::test]
async fn a_release_whose_ports_work_is_published_and_its_journal_folds_to_its_rows() {
    let mut stage = Stage::set().await;
    let (ended, state) = stage
        .run("one", good_backend(&stage.reporter), good_publisher())
        .await;
    assert_eq!(ended, Ended::AtRest(Phase::Published));
    for name in ["a", "b"] {
        let attempt = state.node(&node(name)).unwrap().attempt().unwrap();
        assert!(
            attempt.started.is_some(),
            "the begin is recorded before the end, however quick the build was"
        );
    }
    assert_eq!(
        crate::check_release(&*stage.store, &stage.spec.id).await.unwrap(),
        state.revision()
    );
    assert_eq!(
        stage.store.next_timer().await.unwrap(),
        None,
        "what is over wakes nobody"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_whose_lease_is_lost_before_it_begins_is_left_to_whoever_has_it_now() {
    let mut stage = Stage::set().await;
    let (store, now) = (Arc::clone(&stage.store), stage.clock.now());
    let prepared = AtomicUsize::new(0);
    let mut backend = MockBuildBackend::new();
    // The first to match is the one that is asked: the good one's own answer comes behind it.
    backend.expect_prepare().returning(move |order| {
        if prepared.fetch_add(1, Ordering::SeqCst) == 0 {
            let taken = store.take_over("another", now);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(taken)).unwrap();
        }
        Ok(format!("handle of {}", order.build))
    });
    expect_good(&mut backend, &stage.reporter);
    // No stop is expected: it would end what the other one has begun meanwhile, under the same name.
    let (ended, state) = stage.run("one", backend, good_publisher()).await;
    assert_eq!(ended, Ended::AtRest(Phase::Published));
    let attempts = &state.node(&node("a")).unwrap().attempts;
    assert_eq!(attempts.len(), 1, "it was sent again under the same attempt");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handle_is_stored_before_the_build_begins() {
    let mut stage = Stage::set().await;
    let mut backend = MockBuildBackend::new();
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    backend
        .expect_reuse_key()
        .returning(|_| Ok(Sha256Digest::of(b"key")));
    backend.expect_prepare().returning(|_| Ok("the group".to_owned()));
    let (store, id, seen) = (
        Arc::clone(&stage.store),
        stage.spec.id.clone(),
        Arc::new(AtomicUsize::new(0)),
    );
    let counted = Arc::clone(&seen);
    backend.expect_begin().returning(move |order| {
        let intents =
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(store.intents(&id)));
        let noted = intents
            .unwrap()
            .iter()
            .any(|row| row.intent.handle.as_deref() == Some("the group"));
        assert!(noted, "{} begins unrecorded", order.build);
        counted.fetch_add(1, Ordering::SeqCst);
        Err(failure(FailureKind::CompileError).into())
    });
    let run = tokio::spawn(async move { stage.run("one", backend, good_publisher()).await });
    let (ended, _) = run.await.unwrap();
    assert!(matches!(
        ended,
        Ended::AtRest(Phase::Stalled {
            reason: StallReason::Builds { .. },
            ..
        })
    ));
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn sources_that_cannot_be_laid_out_stall_the_release_before_anything_is_built() {
    let mut stage = Stage::set().await;
    let mut backend = MockBuildBackend::new();
    backend
        .expect_lay_out_sources()
        .returning(|_, _| Err(failure(FailureKind::DiskFull).into()));
    backend.expect_prepare().never();
    let (ended, _) = stage.run("one", backend, MockReleasePublisher::new()).await;
    assert_eq!(stalled_on(&ended), FailureKind::DiskFull);
}

#[tokio::test]
async fn a_transient_failure_to_prepare_is_tried_again_within_the_limits() {
    let mut stage = Stage::set().await;
    let mut backend = MockBuildBackend::new();
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    backend
        .expect_reuse_key()
        .returning(|_| Ok(Sha256Digest::of(b"key")));
    backend
        .expect_prepare()
        .times(3)
        .returning(|_| Err(failure(FailureKind::DiskFull)));
    let (ended, state) = stage.run("one", backend, MockReleasePublisher::new()).await;
    assert!(matches!(ended, Ended::AtRest(Phase::Stalled { .. })));
    assert_eq!(state.node(&node("a")).unwrap().attempts.len(), 3);
    assert_eq!(state.node(&node("b")).unwrap().state, BuildState::Skipped);
}

#[tokio::test]
async fn each_failing_stage_stalls_with_its_own_failure_and_a_retry_goes_on_from_there() {
    for failing in ["collect", "verify", "draft", "publish"] {
        let mut stage = Stage::set().await;
        let mut publisher = MockReleasePublisher::new();
        let told = move |name: &str| {
            if name == failing {
                Err(failure(FailureKind::DiskFull))
            } else {
                Ok(manifest())
            }
        };
        publisher
            .expect_collect()
            .returning(move |_| Ok(told("collect")?));
        publisher
            .expect_verify()
            .returning(move |_, _| Ok(told("verify").map(|_| ())?));
        publisher
            .expect_draft()
            .returning(move |_, _| Ok(told("draft").map(|_| ())?));
        publisher
            .expect_publish()
            .returning(move |_, _| Ok(told("publish").map(|_| ())?));
        let (ended, _) = stage.run("one", good_backend(&stage.reporter), publisher).await;
        assert_eq!(stalled_on(&ended), FailureKind::DiskFull, "{failing}");
        stage
            .happens(Event::Retry {
                actor: "operator".to_owned(),
            })
            .await;
        let (ended, state) = stage.run("two", MockBuildBackend::new(), good_publisher()).await;
        assert_eq!(ended, Ended::AtRest(Phase::Published), "{failing}");
        assert_eq!(
            state.node(&node("a")).unwrap().attempts.len(),
            1,
            "{failing}: no finished build begins again"
        );
    }
}

#[tokio::test]
async fn every_stage_is_told_the_one_manifest_that_was_collected() {
    let mut stage = Stage::set().await;
    let mut publisher = MockReleasePublisher::new();
    publisher.expect_collect().returning(|_| Ok(manifest()));
    publisher
        .expect_verify()
        .withf(|_, told| *told == manifest())
        .returning(|_, _| Ok(()));
    publisher
        .expect_draft()
        .withf(|_, told| *told == manifest())
        .returning(|_, _| Ok(()));
    publisher
        .expect_publish()
        .withf(|_, told| *told == manifest())
        .returning(|_, _| Ok(()));
    let (ended, _) = stage.run("one", good_backend(&stage.reporter), publisher).await;
    assert_eq!(ended, Ended::AtRest(Phase::Published));
}

#[tokio::test]
async fn a_verification_that_says_no_stalls_before_anything_is_drafted() {
    let mut stage = Stage::set().await;
    let mut publisher = MockReleasePublisher::new();
    publisher.expect_collect().returning(|_| Ok(manifest()));
    publisher
        .expect_verify()
        .returning(|_, _| Err(failure(FailureKind::Verification).into()));
    publisher.expect_draft().never();
    publisher.expect_publish().never();
    let (ended, _) = stage.run("one", good_backend(&stage.reporter), publisher).await;
    assert_eq!(stalled_on(&ended), FailureKind::Verification);
}

#[tokio::test]
async fn a_start_that_is_refused_ends_the_run_instead_of_waiting_for_ever() {
    let mut stage = Stage::set().await;
    let (_, _) = stage
        .run("one", good_backend(&stage.reporter), good_publisher())
        .await;
    let mut other = Stage::set().await;
    other.store = Arc::clone(&stage.store);
    other.spec.plan_digest = Sha256Digest::of(b"another plan of the same version");
    other.spec.id =
        domain_types::ReleaseId::new(&other.spec.name, &other.spec.version, &other.spec.plan_digest);
    other
        .happens(Event::Start {
            spec: Box::new(other.spec.clone()),
        })
        .await;
    let mut backend = MockBuildBackend::new();
    backend.expect_stop_all().returning(Vec::new);
    assert_eq!(
        other.ends("two", backend, MockReleasePublisher::new()).await,
        Ended::NeverStarted
    );
}

#[tokio::test]
async fn a_plan_that_makes_no_sense_is_a_start_that_is_refused_too() {
    let mut stage = Stage::set().await;
    stage.spec.version = "0.2.0".parse().unwrap();
    stage.spec.id =
        domain_types::ReleaseId::new(&stage.spec.name, &stage.spec.version, &stage.spec.plan_digest);
    stage.spec.policy.attempts_max = 0;
    let spec = Box::new(stage.spec.clone());
    stage.happens(Event::Start { spec }).await;
    let mut backend = MockBuildBackend::new();
    backend.expect_stop_all().returning(Vec::new);
    assert_eq!(
        stage.ends("one", backend, MockReleasePublisher::new()).await,
        Ended::NeverStarted
    );
}

#[tokio::test]
async fn an_earlier_build_of_the_same_key_is_taken_only_if_the_backend_still_has_every_byte() {
    let mut stage = Stage::set().await;
    let (_, _) = stage
        .run("one", good_backend(&stage.reporter), good_publisher())
        .await;
    for (intact, expected) in [(true, BuildState::Reused), (false, BuildState::Failed)] {
        let mut second = Stage::set().await;
        second.store = Arc::clone(&stage.store);
        second.spec.version = if intact { "0.2.0" } else { "0.3.0" }.parse().unwrap();
        second.spec.id =
            domain_types::ReleaseId::new(&second.spec.name, &second.spec.version, &second.spec.plan_digest);
        second
            .happens(Event::Start {
                spec: Box::new(second.spec.clone()),
            })
            .await;
        let mut backend = MockBuildBackend::new();
        backend.expect_lay_out_sources().returning(|_, _| Ok(()));
        backend
            .expect_reuse_key()
            .returning(|order| Ok(output(order.build.node.repository.as_str()).reuse_key));
        backend.expect_take_earlier().returning(move |_, _| intact);
        backend
            .expect_prepare()
            .returning(|_| Err(failure(FailureKind::CompileError)));
        let (_, state) = second
            .run(if intact { "two" } else { "three" }, backend, good_publisher())
            .await;
        assert_eq!(state.node(&node("a")).unwrap().state, expected);
    }
}

#[tokio::test]
async fn a_stage_of_which_nobody_can_tell_yet_is_done_again_and_stalls_nothing() {
    for doubtful in ["collect", "verify"] {
        let mut stage = Stage::set().await;
        let mut publisher = MockReleasePublisher::new();
        let calls = Arc::new(AtomicUsize::new(0));
        let told = move |name: &str| {
            // An hour's rest that GitHub asks for is longer than anybody's patience with looks.
            if name == doubtful && calls.fetch_add(1, Ordering::SeqCst) < 60 {
                let reason = "GitHub does not answer".to_owned();
                return Err(Unfinished::Unknown { reason });
            }
            Ok(manifest())
        };
        let collect = told.clone();
        publisher.expect_collect().returning(move |_| collect("collect"));
        publisher
            .expect_verify()
            .returning(move |_, _| told("verify").map(|_| ()));
        publisher.expect_draft().returning(|_, _| Ok(()));
        publisher.expect_publish().times(1).returning(|_, _| Ok(()));
        let (ended, _) = stage.run("one", good_backend(&stage.reporter), publisher).await;
        assert_eq!(ended, Ended::AtRest(Phase::Published), "{doubtful}");
    }
}
