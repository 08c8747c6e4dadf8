//! What runs upload: zips that can be fetched by a redirect, for ninety days.

use super::{Call, Download, GitHub, Handled, iso};
use crate::exchange::Answer;
use crate::workers::{ScriptedArtifact, sha256};
use bytes::Bytes;
use domain_types::Timestamp;
use serde_json::{Value, json};
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// For how long an artifact is kept, in seconds: ninety days.
const KEPT_SECONDS: u64 = 90 * 24 * 3_600;

/// An artifact.
#[derive(Debug, Clone)]
pub(crate) struct Artifact {
    id: u64,
    repository: u64,
    run: u64,
    name: String,
    zip: Bytes,
    created: Timestamp,
    listed_from: Timestamp,
}

impl GitHub {
    /// Uploads what the last attempt of a run has made.
    pub(crate) fn upload_artifacts(&mut self, run: u64) {
        let Some(known) = self.runs.get(&run) else {
            return;
        };
        let repository = known.repository;
        let made = known
            .attempts
            .last()
            .map(|attempt| attempt.script.artifacts.clone())
            .unwrap_or_default();
        for mut scripted in made {
            let on = format!("run {run} {}", scripted.name);
            if self.random.chance(self.faults.artifact_missing) {
                self.fault("artifact_missing", &on);
                continue;
            }
            if self.random.chance(self.faults.artifact_altered) {
                self.fault("artifact_altered", &on);
                alter(&mut scripted);
            }
            let Some(zip) = zipped(&scripted) else {
                continue;
            };
            let id = self.id();
            let artifact = Artifact {
                id,
                repository,
                run,
                name: scripted.name,
                zip,
                created: self.now,
                listed_from: self.listed_from(&on),
            };
            self.artifacts.insert(id, artifact);
        }
    }

    pub(crate) fn list_artifacts(&self, call: &Call<'_>, repository: u64, run: Option<u64>) -> Handled {
        let name = call.query("name");
        let views: Vec<Value> = self
            .artifacts
            .values()
            .rev()
            .filter(|artifact| artifact.repository == repository && artifact.listed_from <= self.now)
            .filter(|artifact| run.is_none_or(|run| artifact.run == run))
            .filter(|artifact| name.is_none_or(|name| artifact.name == name))
            .map(|artifact| self.artifact_view(artifact))
            .collect();
        Ok(call.counted_list(&self.api, "artifacts", views))
    }

    pub(crate) fn show_artifact(&self, repository: u64, id: u64) -> Handled {
        Ok(Answer::json(
            200,
            &self.artifact_view(self.artifact_in(repository, id)?),
        ))
    }

    pub(crate) fn redirect_to_artifact(&mut self, repository: u64, id: u64) -> Handled {
        let artifact = self.artifact_in(repository, id)?;
        if self.is_expired(artifact) {
            return Err(Answer::refusal(410, "Artifact has expired"));
        }
        let zip = artifact.zip.clone();
        Ok(self.offer(Download::zip(zip)))
    }

    fn artifact_in(&self, repository: u64, id: u64) -> Result<&Artifact, Answer> {
        self.artifacts
            .get(&id)
            .filter(|artifact| artifact.repository == repository)
            .ok_or_else(Answer::not_found)
    }

    fn is_expired(&self, artifact: &Artifact) -> bool {
        self.now >= artifact.created.plus_seconds(KEPT_SECONDS)
    }

    fn artifact_view(&self, artifact: &Artifact) -> Value {
        let Some(repository) = self.repositories.get(&artifact.repository) else {
            return Value::Null;
        };
        let url = format!(
            "{}/actions/artifacts/{}",
            self.repository_url(repository),
            artifact.id
        );
        let run = self.runs.get(&artifact.run).map(|run| {
            json!({
                "id": run.id,
                "repository_id": run.repository,
                "head_repository_id": run.repository,
                "head_branch": run.branch,
                "head_sha": run.commit,
            })
        });
        json!({
            "id": artifact.id,
            "node_id": format!("AR_{}", artifact.id),
            "name": artifact.name,
            "size_in_bytes": artifact.zip.len(),
            "url": url,
            "archive_download_url": format!("{url}/zip"),
            "expired": self.is_expired(artifact),
            "digest": format!("sha256:{}", sha256(&artifact.zip)),
            "created_at": iso(artifact.created),
            "updated_at": iso(artifact.created),
            "expires_at": iso(artifact.created.plus_seconds(KEPT_SECONDS)),
            "workflow_run": run,
        })
    }
}

/// Changes one byte of what was built, after the worker wrote down its digest.
fn alter(scripted: &mut ScriptedArtifact) {
    let built = scripted
        .files
        .iter_mut()
        .find(|(name, content)| name != "build-manifest.json" && !content.is_empty());
    if let Some((_, content)) = built {
        content[0] ^= 1;
    }
}

fn zipped(scripted: &ScriptedArtifact) -> Option<Bytes> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in &scripted.files {
        writer
            .start_file(name.as_str(), SimpleFileOptions::default())
            .ok()?;
        writer.write_all(content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner().into())
}
