// A release by hand, the way a script of a maintainer would go it: find the repository, start its build, wait for the run, fetch what it
// built, draft, upload, publish, read back. The terms come as the first line of the input. What is seen goes to the output, a line each;
// `wait` asks for time to pass, and the next line of the input says that it has.

import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const hear = async () => JSON.parse((await lines.next()).value);
const tell = (step, value) => console.log(JSON.stringify({ step, value }));
const digest = (bytes) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

async function refusal(promise) {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error.status;
  }
}

const { url, owner, repo, auth, inputs, zip } = await hear();
const log = { debug() {}, info() {}, warn() {}, error() {} };
const octokit = new Octokit({ authStrategy: createAppAuth, auth, baseUrl: url, log });
const { actions, repos } = octokit.rest;
const here = { owner, repo };

const repositories = await octokit.paginate(repos.listForOrg, { org: owner, per_page: 2 });
tell("repositories", repositories.map((repository) => repository.name).sort());

const { data: file } = await repos.getContent({ ...here, path: "README.md" });
tell("content", Buffer.from(file.content, file.encoding).toString());

const started = await actions.createWorkflowDispatch({ ...here, workflow_id: "build.yml", ref: "main", inputs });
tell("dispatched", started.status);

const runs = await octokit.paginate(actions.listWorkflowRuns, { ...here, workflow_id: "build.yml", event: "workflow_dispatch" });
let run = runs.find((candidate) => candidate.display_title.includes(`[${inputs.dispatch_id}]`));
tell("title", run.display_title);

const named = { ...here, run_id: run.id };
const polled = await actions.getWorkflowRun(named);
const unchanged = { "if-none-match": polled.headers.etag };
tell("asked again", await refusal(actions.getWorkflowRun({ ...named, headers: unchanged })));
run = polled.data;
tell("status", run.status);
while (run.status !== "completed") {
  tell("wait");
  await hear();
  ({ data: run } = await actions.getWorkflowRun(named));
  tell("status", run.status);
}
tell("conclusion", run.conclusion);
const { data: jobs } = await actions.listJobsForWorkflowRun(named);
tell("jobs", jobs.jobs.map((job) => job.conclusion));

const { data: built } = await actions.listWorkflowRunArtifacts(named);
const [artifact] = built.artifacts;
tell("artifact", artifact.name);
const { data: bytes } = await actions.downloadArtifact({ ...here, artifact_id: artifact.id, archive_format: "zip" });
tell("artifact is as announced", digest(Buffer.from(bytes)) === artifact.digest);
writeFileSync(zip, Buffer.from(bytes));

const tag = `v${inputs.version}`;
const { data: draft } = await repos.createRelease({ ...here, tag_name: tag, target_commitish: inputs.commit, draft: true });
tell("draft by tag", await refusal(repos.getReleaseByTag({ ...here, tag })));
const asset = {
  ...here,
  url: draft.upload_url,
  release_id: draft.id,
  name: `${artifact.name}.zip`,
  data: Buffer.from(bytes),
  headers: { "content-type": "application/zip" },
};
const { data: uploaded } = await repos.uploadReleaseAsset(asset);
tell("asset is as sent", uploaded.state === "uploaded" && uploaded.digest === artifact.digest);
tell("the same name again", await refusal(repos.uploadReleaseAsset(asset)));

await repos.updateRelease({ ...here, release_id: draft.id, draft: false });
const { data: published } = await repos.getReleaseByTag({ ...here, tag });
tell("published", { draft: published.draft, tag: published.tag_name, assets: published.assets.map((one) => one.name) });
const form = { accept: "application/octet-stream" };
const { data: fetched } = await repos.getReleaseAsset({ ...here, asset_id: uploaded.id, headers: form });
tell("asset is as published", digest(Buffer.from(fetched)) === published.assets[0].digest);
const tags = await octokit.paginate(repos.listTags, here);
tell("tags", tags.map((one) => [one.name, one.commit.sha === inputs.commit]));
process.exit(0);
