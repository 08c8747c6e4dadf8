// probot with its own handler of webhooks and an application that does nothing: what it takes, it answers and forgets.
//
// The webhook secret is the only argument. Where it listens is the one line that it says.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Probot, createNodeMiddleware } from "probot";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const probot = new Probot({ appId: 1, privateKey, secret: process.argv[2], logLevel: "warn" });
const application = (app) => app.on("workflow_run", () => {});
const middleware = await createNodeMiddleware(application, { probot, webhooksPath: "/webhooks/github" });
const server = createServer(middleware);
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ address: `127.0.0.1:${server.address().port}` }));
});
