//! The files of a release: uploaded whole or left behind half, named once, listed with their digest.

use super::permissions::Level;
use super::{Asset, Call, Download, GitHub, Handled};
use crate::exchange::{Answer, RequestBody, StoredFile};
use crate::truth::Happened;
use http::Method;

/// How many assets a release may have, and how large each may be, in bytes.
const ASSETS_MAX: usize = 1_000;
const ASSET_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

impl GitHub {
    pub(crate) fn upload_asset(&mut self, call: &Call<'_>, repository: u64, release: u64) -> Handled {
        if call.request.method != Method::POST {
            return Err(Answer::not_found());
        }
        self.permit(call, repository, "contents", Level::Write)?;
        let is_immutable = self.visible_release(call, repository, release)?.is_immutable;
        if is_immutable {
            return Err(Answer::refusal(
                422,
                "Cannot upload assets to an immutable release.",
            ));
        }
        let name = call
            .query("name")
            .filter(|name| !name.is_empty())
            .map(shown_name)
            .ok_or_else(|| Answer::invalid("ReleaseAsset", "name", "missing_field"))?;
        let own = self.assets.values().filter(|asset| asset.release == release);
        if own.clone().count() >= ASSETS_MAX {
            return Err(Answer::invalid("ReleaseAsset", "release", "custom"));
        }
        if own.clone().any(|asset| asset.name == name) {
            return Err(Answer::invalid("ReleaseAsset", "name", "already_exists"));
        }
        let RequestBody::File(content) = call.request.body.clone() else {
            return Err(Answer::refusal(400, "Bad Content-Length: the body is empty"));
        };
        if content.size >= ASSET_BYTES_MAX {
            return Err(Answer::invalid("ReleaseAsset", "size", "custom"));
        }
        let id = self.id();
        let listed_from = self.listed_from(&format!("asset {id}"));
        let asset = Asset {
            id,
            release,
            name,
            label: call.query("label").map(str::to_owned),
            state: "uploaded",
            media_type: call
                .header("content-type")
                .unwrap_or("application/octet-stream")
                .to_owned(),
            content: Some(content),
            uploader: self.actor(&call.asker),
            created: self.now,
            listed_from,
            downloads: 0,
        };
        self.keep_asset(asset)
    }

    fn keep_asset(&mut self, mut asset: Asset) -> Handled {
        let id = asset.id;
        if self.random.chance(self.faults.asset_starter) {
            self.fault("asset_starter", &asset.name);
            asset.state = "starter";
            asset.content = None;
            self.assets.insert(id, asset);
            return Err(Answer::refusal(502, "Server Error"));
        }
        self.happened(Happened::AssetUploaded {
            release: asset.release,
            asset: id,
            name: asset.name.clone(),
            sha256: asset
                .content
                .as_ref()
                .map(|content| content.sha256.clone())
                .unwrap_or_default(),
        });
        self.assets.insert(id, asset);
        self.answer_asset(id, 201)
    }

    pub(crate) fn route_asset(&mut self, call: &Call<'_>, repository: u64, id: u64) -> Handled {
        let asset = self.assets.get(&id).ok_or_else(Answer::not_found)?;
        let (release, name) = (asset.release, asset.name.clone());
        let is_immutable = self.visible_release(call, repository, release)?.is_immutable;
        match call.request.method.as_str() {
            "GET" if call.accepts("application/octet-stream") => self.redirect_to_asset(id),
            "GET" => self.answer_asset(id, 200),
            "PATCH" | "DELETE" if is_immutable => Err(Answer::refusal(
                422,
                "Cannot change the assets of an immutable release.",
            )),
            "PATCH" => {
                if let Some(asset) = self.assets.get_mut(&id) {
                    asset.name = call.text("name").map_or(name, shown_name);
                    asset.label = call.text("label").map(str::to_owned).or(asset.label.take());
                }
                self.answer_asset(id, 200)
            }
            "DELETE" => {
                self.assets.remove(&id);
                self.happened(Happened::AssetDeleted {
                    release,
                    asset: id,
                    name,
                });
                Ok(Answer::empty(204))
            }
            _ => Err(Answer::not_found()),
        }
    }

    fn answer_asset(&self, id: u64, status: u16) -> Handled {
        let asset = self.assets.get(&id).ok_or_else(Answer::not_found)?;
        Ok(Answer::json(status, &self.asset_view(asset)))
    }

    fn redirect_to_asset(&mut self, id: u64) -> Handled {
        let asset = self.assets.get_mut(&id).ok_or_else(Answer::not_found)?;
        let content: StoredFile = asset.content.clone().ok_or_else(Answer::not_found)?;
        asset.downloads += 1;
        let media_type = asset.media_type.clone();
        Ok(self.offer(Download::file(content, &media_type)))
    }

    /// The address in a browser: whoever may see the release may fetch what is in it.
    pub(crate) fn download_by_name(&mut self, repository: u64, tag: &str, name: &str) -> Handled {
        let release = self
            .releases
            .values()
            .find(|release| release.repository == repository && release.tag == tag && !release.is_draft)
            .map(|release| release.id);
        let asset = self
            .assets
            .values()
            .find(|asset| Some(asset.release) == release && asset.name == name)
            .map(|asset| asset.id);
        self.redirect_to_asset(asset.ok_or_else(Answer::not_found)?)
    }
}

/// The name under which GitHub keeps a file: what is not a plain character becomes a dot.
fn shown_name(name: &str) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() || "-_.+@".contains(character) {
            character
        } else {
            '.'
        }
    };
    name.chars().map(plain).collect()
}
