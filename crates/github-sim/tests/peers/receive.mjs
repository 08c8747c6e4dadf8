// Takes webhooks as an App that is built with octokit does. The secret comes as the first line of the input; the end of the input is the
// end. What is let in, and what is not, goes to the output, a line each, after the port.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createNodeMiddleware, Webhooks } from "@octokit/webhooks";

const tell = (step, value) => console.log(JSON.stringify({ step, value }));
const lines = createInterface({ input: process.stdin });
const secret = await new Promise((resolve) => lines.once("line", (line) => resolve(JSON.parse(line))));
const log = { debug() {}, info() {}, warn() {}, error() {} };
const webhooks = new Webhooks({ secret, log });
webhooks.onAny(({ name, payload }) => tell("event", [name, payload.repository.full_name, payload.sender.login]));
webhooks.onError(({ message }) => tell("error", message));
const server = createServer(createNodeMiddleware(webhooks, { path: "/hooks", log }));
server.listen(0, "127.0.0.1", () => tell("port", server.address().port));
lines.once("close", () => process.exit(0));
