//! Plans for tests, from few words.

use domain_types::{NodeId, ReleaseId, Sha256Digest};
use orchestrator::{
    BuildOutput, BuiltArtifact, Correlation, Failure, FailureKind, NodeSpec, Policy, ReleaseSpec, SeenRun,
};

/// `<repository>` or `<repository>:<platform>`.
pub(crate) fn node_id(text: &str) -> NodeId {
    let (repository, platform) = text.split_once(':').unwrap_or((text, "linux-x86_64"));
    NodeId {
        repository: repository.parse().unwrap(),
        platform: platform.parse().unwrap(),
    }
}

/// The name that [`node_id`] reads.
pub(crate) fn short(node: &NodeId) -> String {
    if node.platform.as_str() == "linux-x86_64" {
        node.repository.to_string()
    } else {
        node.to_string()
    }
}

pub(crate) fn node(name: &str, needs: &[&str]) -> NodeSpec {
    NodeSpec {
        id: node_id(name),
        version: "0.1.0".to_owned(),
        commit: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
        optional: false,
        needs: needs.iter().map(|need| node_id(need)).collect(),
        remaining_path: 1,
        queued_seconds_max: 60,
        running_seconds_max: 3600,
        alone: None,
    }
}

pub(crate) fn plan(nodes: Vec<NodeSpec>, policy: Policy) -> ReleaseSpec {
    let (name, version) = ("commons".parse().unwrap(), "0.1.0".parse().unwrap());
    let plan_digest = Sha256Digest::of(b"plan");
    ReleaseSpec {
        id: ReleaseId::new(&name, &version, &plan_digest),
        name,
        version,
        plan_digest,
        nodes,
        policy,
        follow_ups: Vec::new(),
        former_way: Vec::new(),
        asked_by: None,
        frozen: None,
    }
}

/// The id of another release of the same name.
pub(crate) fn other_release(version: &str) -> ReleaseId {
    ReleaseId::new(
        &"commons".parse().unwrap(),
        &version.parse().unwrap(),
        &Sha256Digest::of(b"other plan"),
    )
}

/// What a build of this node gives.
pub(crate) fn output_of(node: &NodeId) -> BuildOutput {
    let bytes = node.to_string();
    BuildOutput {
        reuse_key: Sha256Digest::of(bytes.as_bytes()),
        artifacts: vec![BuiltArtifact {
            name: node.repository.to_string(),
            digest: Sha256Digest::of(bytes.as_bytes()),
            size: bytes.len() as u64,
            executable: true,
        }],
        lock: None,
    }
}

/// A run that waits for a runner with these labels.
pub(crate) fn seen_run(labels: &str) -> SeenRun {
    SeenRun {
        id: 7,
        page: "https://github.com/o/r/actions/runs/7".to_owned(),
        correlation: Correlation::DispatchId,
        waits_for: vec![labels.to_owned()],
    }
}

pub(crate) fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, format!("{kind} in a test"))
}

pub(crate) fn manifest(word: &str) -> Sha256Digest {
    Sha256Digest::of(format!("manifest {word}").as_bytes())
}
