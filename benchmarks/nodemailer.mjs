// Sends one digest to many by nodemailer's pool, each with words and links of its own: the peer of sending.py.
//   node nodemailer.mjs PORT MESSAGES CONNECTIONS DKIM_KEY_FILE_OR_EMPTY < {"text": …, "html": …}
// In text and html, {{TOKEN}} stands where a reader's own links are. Run where `nodemailer` is installed.
import { createRequire } from "node:module";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const nodemailer = createRequire(process.cwd() + "/x.js")("nodemailer");
const [port, messages, connections, key] = process.argv.slice(2);
const { text, html } = JSON.parse(readFileSync(0, "utf8"));
const dkim = key && { domainName: "example.org", keySelector: "feeder", privateKey: readFileSync(key, "utf8") };
const transport = nodemailer.createTransport({
  pool: true, host: "127.0.0.1", port: +port, secure: false, ignoreTLS: true,
  maxConnections: +connections, maxMessages: Infinity, ...(dkim && { dkim }),
});

let next = 0;
async function sender() {
  while (next < +messages) {
    const number = next++;
    const token = createHash("sha256").update(`reader ${number}`).digest("hex").slice(0, 38);
    const own = (words) => words.replaceAll("{{TOKEN}}", token);
    await transport.sendMail({
      from: "Digest <digest@example.org>", to: `reader-${number}@example.org`, subject: "Your digest",
      messageId: `<digest.${number}@example.org>`, text: own(text), html: own(html),
      headers: {
        "List-Id": "Digest <weekly.example.org>",
        "List-Unsubscribe": `<https://example.org/unsubscribe/${token}>`,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
      },
    });
  }
}

const began = process.hrtime.bigint(), cpu = process.cpuUsage();
await Promise.all(Array.from({ length: connections * 2 }, sender));
const used = process.cpuUsage(cpu);
transport.close();
console.log(JSON.stringify({
  seconds: Number(process.hrtime.bigint() - began) / 1e9, cpu: (used.user + used.system) / 1e6,
}));
