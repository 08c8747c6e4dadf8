// Signs bodies as GitHub does, or says whether a signature is one. The questions come as one list on the input, and as one list the
// answers go to the output. What is refused altogether is answered with the reason.

import { readFileSync } from "node:fs";
import { sign, verify } from "@octokit/webhooks-methods";

async function answer({ secret, body, signature }) {
  try {
    return signature === undefined ? await sign(secret, body) : await verify(secret, body, signature);
  } catch (error) {
    return { refused: error.message };
  }
}

const questions = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(await Promise.all(questions.map(answer))));
