//! Releases and their assets as the API and the webhooks show them.

use super::{Asset, GitHub, Release, iso};
use serde_json::{Value, json};

impl GitHub {
    pub(crate) fn release_view(&self, release: &Release) -> Value {
        let Some(repository) = self.repositories.get(&release.repository) else {
            return Value::Null;
        };
        let base = self.repository_url(repository);
        let page = self.repository_page(repository);
        let url = format!("{base}/releases/{}", release.id);
        let tag = super::call::encoded(&release.tag);
        // A draft has no tag yet: its page is found by a word of its own.
        let shown = if release.is_draft {
            format!("untagged-{:020x}", release.id)
        } else {
            tag.clone()
        };
        let assets: Vec<Value> = self
            .assets
            .values()
            .filter(|asset| asset.release == release.id && asset.listed_from <= self.now)
            .map(|asset| self.asset_view(asset))
            .collect();
        let ball = |kind: &str| (!release.is_draft).then(|| format!("{base}/{kind}/{tag}"));
        json!({
            "url": url,
            "html_url": format!("{page}/releases/tag/{shown}"),
            "assets_url": format!("{url}/assets"),
            "upload_url": format!("{}/uploads/repos/{}/releases/{}/assets{{?name,label}}", self.api, repository.full_name(), release.id),
            "tarball_url": ball("tarball"),
            "zipball_url": ball("zipball"),
            "id": release.id,
            "node_id": format!("RE_{}", release.id),
            "tag_name": release.tag,
            "target_commitish": release.target,
            "name": release.name,
            "body": release.body,
            "draft": release.is_draft,
            "prerelease": release.is_prerelease,
            "immutable": release.is_immutable,
            "created_at": iso(release.created),
            "updated_at": iso(release.updated),
            "published_at": release.published.map(iso),
            "author": self.user_view(&release.author),
            "assets": assets,
        })
    }

    pub(crate) fn asset_view(&self, asset: &Asset) -> Value {
        let release = self.releases.get(&asset.release);
        let known = release.and_then(|release| Some((release, self.repositories.get(&release.repository)?)));
        let Some((release, repository)) = known else {
            return Value::Null;
        };
        let page = self.repository_page(repository);
        let name = super::call::encoded(&asset.name);
        let tag = super::call::encoded(&release.tag);
        json!({
            "url": format!("{}/releases/assets/{}", self.repository_url(repository), asset.id),
            "browser_download_url": format!("{page}/releases/download/{tag}/{name}"),
            "id": asset.id,
            "node_id": format!("RA_{}", asset.id),
            "name": asset.name,
            "label": asset.label,
            "state": asset.state,
            "content_type": asset.media_type,
            "size": asset.content.as_ref().map_or(0, |content| content.size),
            "digest": asset.content.as_ref().map(|content| format!("sha256:{}", content.sha256)),
            "download_count": asset.downloads,
            "created_at": iso(asset.created),
            "updated_at": iso(asset.created),
            "uploader": self.user_view(&asset.uploader),
        })
    }
}
