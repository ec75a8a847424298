// Reads {name: html} as JSON; tells every complaint about any of them as a line of JSON.
import { text } from "node:stream/consumers";

import { HtmlValidate, StaticConfigLoader } from "html-validate";

// One more: two places of a page never sound alike to who jumps between them.
const rules = { "unique-landmark": "error" };
const loader = new StaticConfigLoader({ root: true, extends: ["html-validate:standard"], rules });
const validator = new HtmlValidate(loader);
const pages = JSON.parse(await text(process.stdin));
for (const [page, html] of Object.entries(pages)) {
  const { results } = await validator.validateString(html);
  for (const { ruleId, message, line, column } of results.flatMap((one) => one.messages)) {
    const at = html.split("\n")[line - 1].slice(Math.max(0, column - 30), column + 90);
    console.log(JSON.stringify({ page, rule: ruleId, message, at }));
  }
}
