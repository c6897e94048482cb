// Signs and verifies as the reference implementation does: a JSON line in, one out.
import { createInterface } from "node:readline";
import { Webhook } from "standardwebhooks";

const answer = ({ what, secret, id, timestamp, headers, body }) => {
  const webhook = new Webhook(secret);
  const payload = Buffer.from(body, "base64");
  if (what === "sign") {
    return { signature: webhook.sign(id, new Date(timestamp * 1000), payload) };
  }
  try {
    return { message: webhook.verify(payload, headers) };
  } catch (error) {
    return { refused: error.name };
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line))));
}
