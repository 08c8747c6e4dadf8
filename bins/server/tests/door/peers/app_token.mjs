// Checks the token that an App signs for itself, as its receiver would: with the public key, one algorithm, one issuer.

import { readFileSync } from "node:fs";
import jsonwebtoken from "jsonwebtoken";

const { token, key, issuer } = JSON.parse(readFileSync(0, "utf8"));
// A number, as octokit's own tokens have it too. GitHub takes both; the peer compares a number only within a list.
const terms = { algorithms: ["RS256"], issuer: [issuer], complete: true };
const { header, payload } = jsonwebtoken.verify(token, key, terms);
console.log(JSON.stringify({ header, payload }));
