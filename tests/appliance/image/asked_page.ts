/** Runs on the box as root: asks the page of its screen each line of standard input, an expression, and prints what it gives. */
import { inPage } from "./kiosk_page.ts";

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop()!;
  for (const line of lines) console.log(JSON.stringify(await inPage(line) ?? null));
}
Deno.exit(0); // what listens to the page would for ever
