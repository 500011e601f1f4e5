import assert from "node:assert/strict";
import { echo } from "../../src/dimse/requestor.ts";
import { Box } from "../support/box.ts";
import { remote } from "../support/sender.ts";

/**
 * Connects to each port so many times and resets at once. Meanwhile this process stands still, so that the connections
 * are gone when they are accepted.
 */
function connectAndReset(ports: number[], times: number): void {
  const script = `
    import { once } from "node:events";
    import { connect } from "node:net";
    for (let time = 0; time < ${times}; time++) {
      for (const port of ${JSON.stringify(ports)}) {
        const socket = connect({ host: "127.0.0.1", port, localAddress: "127.0.0.9" });
        await once(socket, "connect");
        socket.resetAndDestroy();
      }
    }`;
  const { code, stderr } = new Deno.Command(Deno.execPath(), { args: ["eval", script] }).outputSync();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

Deno.test("connect and reset, 100 times on each port: nobody after them waits", async () => {
  await using box = await Box.start();
  const { ports } = box.appliance;
  connectAndReset([ports.worklistPort, ports.storagePort, ports.webPort], 100);
  const started = performance.now();
  await echo(remote(ports.worklistPort));
  await echo(remote(ports.storagePort));
  const page = await fetch(`http://127.0.0.1:${ports.webPort}/healthz`);
  await page.body?.cancel();
  const waited = performance.now() - started;
  assert.equal(page.status, 200);
  assert.ok(waited < 3000, `${Math.round(waited)} ms until all three had answered`); // it was 10 s for each port
});
