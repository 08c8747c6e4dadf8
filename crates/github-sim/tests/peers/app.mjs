// An App shows who it is: with a token of its own, then with one of its installation that is as narrow as asked for. The terms come on
// the input, what was found goes to the output.

import { readFileSync } from "node:fs";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";

const { url, appId, privateKey, foreignKey, installationId } = JSON.parse(readFileSync(0, "utf8"));
const log = { debug() {}, info() {}, warn() {}, error() {} };
const { request } = new Octokit({ baseUrl: url, log });

async function status(route, token, parameters = {}) {
  try {
    return (await request(route, { ...parameters, headers: { authorization: `bearer ${token}` } })).status;
  } catch (error) {
    return `${error.status} ${error.response.data.message}`;
  }
}

const bearer = (token) => ({ headers: { authorization: `bearer ${token}` } });
const auth = createAppAuth({ appId, privateKey, request });
const own = await auth({ type: "app" });
const app = await request("GET /app", bearer(own.token));

const narrow = { type: "installation", installationId, repositoryNames: ["node"], permissions: { contents: "read" } };
const installation = await auth(narrow);
const again = await auth(narrow);
const reached = await request("GET /installation/repositories", bearer(installation.token));
const node = { owner: "acme", repo: "node" };

const foreign = createAppAuth({ appId, privateKey: foreignKey, request });
const forged = await foreign({ type: "app" });

console.log(JSON.stringify({
  slug: app.data.slug,
  permissions: installation.permissions,
  repositories: reached.data.repositories.map((repository) => repository.full_name),
  is_kept: again.token === installation.token,
  read: await status("GET /repos/{owner}/{repo}/contents/README.md", installation.token, node),
  write: await status("POST /repos/{owner}/{repo}/releases", installation.token, { ...node, tag_name: "v1" }),
  app_reads: await status("GET /repos/{owner}/{repo}/releases", own.token, node),
  forged: await status("GET /app", forged.token),
  nonsense: await status("GET /app", "a.b.c"),
}));
