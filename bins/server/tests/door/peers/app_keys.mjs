// Makes keys as Apps have them: one in the form that GitHub hands out, one in the form that other tools make of it.

import { generateKeyPairSync } from "node:crypto";

const made = (type) => {
  const privateKeyEncoding = { type, format: "pem" };
  const publicKeyEncoding = { type: "spki", format: "pem" };
  return generateKeyPairSync("rsa", { modulusLength: 2048, privateKeyEncoding, publicKeyEncoding });
};
console.log(JSON.stringify(["pkcs1", "pkcs8"].map(made)));
