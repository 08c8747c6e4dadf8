//! Files of a repository, read over the API.

use super::permissions::Level;
use super::{Call, GitHub, Handled, Repository};
use crate::exchange::Answer;
use crate::objects::folder_sha;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many characters of base64 stand in a line.
const LINE_LENGTH: usize = 60;

/// Larger files come without their content, in bytes: one megabyte.
const INLINE_BYTES_MAX: usize = 1024 * 1024;

impl GitHub {
    pub(crate) fn show_contents(&self, call: &Call<'_>, repository: u64, path: &str) -> Handled {
        if call.request.method != Method::GET {
            return Err(Answer::not_found());
        }
        self.permit(call, repository, "contents", Level::Read)?;
        let repository = self.known(repository)?;
        let wanted = call.query("ref").unwrap_or(&repository.default_branch);
        let commit = repository
            .resolve(wanted)
            .ok_or_else(|| Answer::refusal(404, &format!("No commit found for the ref {wanted}")))?;
        let files = repository.objects.files(&commit).ok_or_else(Answer::not_found)?;
        match files.get(path) {
            Some(blob) => self.show_file(call, repository, path, blob, wanted),
            None => self.show_folder(call, repository, path, files, wanted),
        }
    }

    fn show_file(
        &self,
        call: &Call<'_>,
        repository: &Repository,
        path: &str,
        blob: &str,
        wanted: &str,
    ) -> Handled {
        let content = repository.objects.blob(blob).ok_or_else(Answer::not_found)?;
        if call.accepts("raw") {
            let mut answer = Answer::bytes(200, content.clone());
            answer.header("content-type", "application/vnd.github.raw+json; charset=utf-8");
            return Ok(answer);
        }
        let mut view = self.entry_view(repository, path, "file", blob, wanted);
        view["size"] = json!(content.len());
        let is_inline = content.len() <= INLINE_BYTES_MAX;
        view["encoding"] = json!(if is_inline { "base64" } else { "none" });
        view["content"] = json!(if is_inline {
            wrapped(content)
        } else {
            String::new()
        });
        Ok(Answer::json(200, &view))
    }

    fn show_folder(
        &self,
        call: &Call<'_>,
        repository: &Repository,
        path: &str,
        files: &BTreeMap<String, String>,
        wanted: &str,
    ) -> Handled {
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        let mut entries: BTreeMap<String, Value> = BTreeMap::new();
        for (file, blob) in files {
            let Some(rest) = file.strip_prefix(&prefix) else {
                continue;
            };
            let (name, kind) = match rest.split_once('/') {
                Some((folder, _)) if entries.contains_key(folder) => continue,
                Some((folder, _)) => (folder, "dir"),
                None => (rest, "file"),
            };
            let size = repository.objects.blob(blob).map_or(0, Bytes::len);
            let sha = match kind {
                "dir" => folder_sha(&format!("{prefix}{name}/"), files),
                _ => blob.clone(),
            };
            let mut view = self.entry_view(repository, &format!("{prefix}{name}"), kind, &sha, wanted);
            view["size"] = json!(if kind == "dir" { 0 } else { size });
            entries.entry(name.to_owned()).or_insert(view);
        }
        if entries.is_empty() {
            return Err(Answer::not_found());
        }
        let _ = call;
        Ok(Answer::json(200, &Value::Array(entries.into_values().collect())))
    }

    fn entry_view(&self, repository: &Repository, path: &str, kind: &str, sha: &str, wanted: &str) -> Value {
        let url = format!("{}/contents/{path}?ref={wanted}", self.repository_url(repository));
        let git_url = format!("{}/git/blobs/{sha}", self.repository_url(repository));
        let page = format!("{}/blob/{wanted}/{path}", self.repository_page(repository));
        json!({
            "type": kind,
            "name": path.rsplit('/').next().unwrap_or(path),
            "path": path,
            "sha": sha,
            "url": url,
            "git_url": git_url,
            "html_url": page,
            "download_url": null,
            "_links": {"self": url, "git": git_url, "html": page},
        })
    }

    pub(crate) fn show_blob(&self, repository: u64, sha: &str) -> Handled {
        let repository = self.known(repository)?;
        let content = repository.objects.blob(sha).ok_or_else(Answer::not_found)?;
        let body = json!({
            "sha": sha,
            "node_id": format!("B_{sha}"),
            "size": content.len(),
            "url": format!("{}/git/blobs/{sha}", self.repository_url(repository)),
            "content": wrapped(content),
            "encoding": "base64",
        });
        Ok(Answer::json(200, &body))
    }
}

/// Base64 in lines, as GitHub sends it.
fn wrapped(content: &[u8]) -> String {
    let text = STANDARD.encode(content);
    let mut lines = String::with_capacity(text.len() + text.len() / LINE_LENGTH + 1);
    for line in text.as_bytes().chunks(LINE_LENGTH) {
        lines.push_str(&String::from_utf8_lossy(line));
        lines.push('\n');
    }
    lines
}
