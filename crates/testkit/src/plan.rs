//! From a script to the releases that the real code is asked for, and to what they must come to.

use crate::draw::Draw;
use crate::script::{NodeScript, ReleaseScript, Script};
use domain_types::{CommitSha, DigestWriter, NodeId, ReleaseId, ReleaseName, ReleaseVersion, Sha256Digest};
use orchestrator::{BuildOutput, BuiltArtifact, NodeSpec, OwnApproval, Policy, ReleaseSpec, Repetition};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Seconds that a build may wait for a runner.
pub(crate) const QUEUED_SECONDS_MAX: u64 = 300;
/// Seconds that a build may run.
pub(crate) const RUNNING_SECONDS_MAX: u64 = 600;

const PLATFORMS: [&str; 3] = ["linux-x86_64", "linux-aarch64", "windows-x86_64"];

/// A release of the script as the real code sees it, and every node's output if it is built.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) spec: ReleaseSpec,
    pub(crate) outputs: BTreeMap<NodeId, BuildOutput>,
    /// Position in the script by name.
    pub(crate) positions: BTreeMap<NodeId, usize>,
}

pub(crate) fn planned(script: &Script) -> Vec<Planned> {
    script
        .releases
        .iter()
        .enumerate()
        .map(|(index, release)| {
            // A rival shares its version with the release before it, and nothing else.
            let version = index - usize::from(release.rival && index > 0);
            planned_release((index, version), release)
        })
        .collect()
}

fn planned_release((index, version): (usize, usize), release: &ReleaseScript) -> Planned {
    let ids: Vec<NodeId> = (0..release.nodes.len())
        .map(|position| node_id(position, &release.nodes[position]))
        .collect();
    let longest = longest_paths(release);
    let nodes: Vec<NodeSpec> = release
        .nodes
        .iter()
        .enumerate()
        .map(|(position, node)| NodeSpec {
            id: ids[position].clone(),
            version: "1.0.0".to_owned(),
            commit: commit_of(position, node),
            optional: node.optional,
            needs: node.needs.iter().map(|&need| ids[need].clone()).collect(),
            remaining_path: longest[position],
            queued_seconds_max: QUEUED_SECONDS_MAX,
            running_seconds_max: RUNNING_SECONDS_MAX,
            alone: None,
        })
        .collect();
    let (name, version): (ReleaseName, ReleaseVersion) = (word("house"), word(&format!("1.{version}.0")));
    let plan_digest = Sha256Digest::of(format!("{index} {nodes:?}").as_bytes());
    let policy = Policy {
        attempts_max: release.attempts_max,
        retry_budget: release.retry_budget,
        approvals_required: release.approvals,
        signatures_required: release.signatures,
        repetition: Repetition::Once,
        rehearsal: false,
        approval_first: false,
        own_approval: OwnApproval::Counts,
    };
    let spec = ReleaseSpec {
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
    };
    let outputs = expected_outputs(&spec);
    let positions = ids.into_iter().zip(0..).collect();
    Planned {
        spec,
        outputs,
        positions,
    }
}

fn node_id(position: usize, node: &NodeScript) -> NodeId {
    NodeId {
        repository: word(&format!("n{position:02}")),
        platform: word(PLATFORMS[usize::from(node.platform) % PLATFORMS.len()]),
    }
}

fn commit_of(position: usize, node: &NodeScript) -> CommitSha {
    let hex = Sha256Digest::of(format!("commit {position} {}", node.commit).as_bytes()).hex();
    word(&hex[..40])
}

/// Nodes on the longest way from each node to the end, itself included.
fn longest_paths(release: &ReleaseScript) -> Vec<u64> {
    let mut longest = vec![1; release.nodes.len()];
    for position in (0..release.nodes.len()).rev() {
        for &need in &release.nodes[position].needs {
            longest[need] = longest[need].max(longest[position] + 1);
        }
    }
    longest
}

/// The key of a build: what its bytes depend on.
pub(crate) fn reuse_key(node: &NodeId, commit: &CommitSha, needs: &[(NodeId, Sha256Digest)]) -> Sha256Digest {
    let mut digest = DigestWriter::new();
    digest.update(format!("{node} {commit}\n").as_bytes());
    for (need, output) in needs {
        digest.update(format!("{need} {output}\n").as_bytes());
    }
    digest.finish()
}

/// What a build of this key gives, always the same.
pub(crate) fn output_of(reuse_key: Sha256Digest) -> BuildOutput {
    let bytes = format!("bytes of {reuse_key}");
    let artifact = BuiltArtifact {
        name: "binary".to_owned(),
        digest: Sha256Digest::of(bytes.as_bytes()),
        size: bytes.len() as u64,
        executable: true,
    };
    BuildOutput {
        reuse_key,
        artifacts: vec![artifact],
        lock: None,
    }
}

fn expected_outputs(spec: &ReleaseSpec) -> BTreeMap<NodeId, BuildOutput> {
    let mut outputs: BTreeMap<NodeId, BuildOutput> = BTreeMap::new();
    for node in &spec.nodes {
        let mut needs: Vec<(NodeId, Sha256Digest)> = node
            .needs
            .iter()
            .filter_map(|need| Some((need.clone(), outputs.get(need)?.digest())))
            .collect();
        needs.sort();
        let key = reuse_key(&node.id, &node.commit, &needs);
        outputs.insert(node.id.clone(), output_of(key));
    }
    outputs
}

/// The manifest of a release that holds these nodes.
pub(crate) fn manifest_of<'a>(
    spec: &ReleaseSpec,
    built: impl Iterator<Item = (&'a NodeId, &'a BuildOutput)>,
) -> Sha256Digest {
    let mut digest = DigestWriter::new();
    digest.update(format!("{} {}\n", spec.id, spec.plan_digest).as_bytes());
    for (node, output) in built {
        digest.update(format!("{node} {}\n", output.digest()).as_bytes());
    }
    digest.finish()
}

/// Milliseconds that the n-th attempt of a node takes.
pub(crate) fn build_milliseconds(draw: Draw, node: &NodeId, nth: u64) -> u64 {
    draw.named("build")
        .named(node.repository.as_str())
        .nth(nth)
        .between(500, 60_000)
}

fn word<T: FromStr<Err = domain_types::Invalid>>(text: &str) -> T {
    text.parse().unwrap_or_else(|invalid| panic!("{invalid}"))
}
