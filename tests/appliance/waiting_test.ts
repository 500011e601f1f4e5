import assert from "node:assert/strict";
import { peerTest } from "../support/peers.ts";
import { until } from "../support/until.ts";

const WAITING = new URL("../../appliance/image/kiosk/usr/lib/sonodesk/waiting", import.meta.url).pathname;

peerTest("What is typed while the kiosk's browser begins is not shown, and ends nothing", ["script"], async () => {
  const inTerminal = `script --quiet --return --command 'bash ${WAITING}' /dev/null`;
  // where the computer has no pseudo terminals root makes some for itself
  const terminal = new Deno.Command(Deno.uid() === 0 ? "unshare" : "sh", {
    args: Deno.uid() === 0
      ? ["--mount", "sh", "-c", `mount -t devpts -o ptmxmode=0666 devpts /dev/pts && exec ${inTerminal}`]
      : ["-c", `exec ${inTerminal}`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  let shown = "";
  const reading = terminal.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({ write: (text) => void (shown += text) }),
  );
  const keys = terminal.stdin.getWriter();
  const type = (text: string) => keys.write(new TextEncoder().encode(text));
  await until("it is drawn", () => shown.includes("• • •"));
  await type("a password\n\x03\x1a\x04");
  await type("and more");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.doesNotMatch(shown, /password|more|\^C/);
  const ended = await Promise.race([terminal.status, Promise.resolve(undefined)]);
  assert.equal(ended, undefined, "it is still there");
  terminal.kill("SIGTERM");
  await terminal.status;
  await reading;
});
