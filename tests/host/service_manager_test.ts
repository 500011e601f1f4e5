import assert from "node:assert/strict";
import { Box } from "../support/box.ts";
import { Appliance } from "../../src/appliance.ts";
import { readConfig } from "../../src/settings/config.ts";

/** systemd's end of the socket, by another implementation of datagrams than the box's own. */
const LISTENER = `
const socket = Deno.listenDatagram({ transport: "unixpacket", path: Deno.args[0] });
console.log("listening");
for await (const [bytes] of socket) console.log(new TextDecoder().decode(bytes));
`;

Deno.test("systemd hears that the box is ready, alive, and stopping", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-systemd-" });
  const listener = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--unstable-net", LISTENER, `${folder}/notify`],
    stdout: "piped",
  }).spawn();
  try {
    const lines = listener.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    let text = "";
    const heard = async (words: string) => {
      while (!text.includes(words)) text += (await lines.next()).value;
    };
    await heard("listening");
    const appliance = new Appliance(
      { ...readConfig({}), host: "127.0.0.1", webPort: 0, worklistPort: 0, storagePort: 0, data: `${folder}/data` },
      { environment: { NOTIFY_SOCKET: `${folder}/notify`, WATCHDOG_USEC: "40000" } },
    );
    await appliance.start();
    await heard("READY=1\nWATCHDOG=1\nWATCHDOG=1\n");
    await appliance.stop();
    await heard("STOPPING=1");
    await lines.return!();
  } finally {
    listener.kill("SIGKILL");
    await listener.status;
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("without systemd, or where it does not listen, the box runs all the same", async () => {
  await using box = await Box.start();
  assert.ok(box.appliance.ports.webPort > 0);
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-systemd-" });
  const appliance = new Appliance(
    { ...readConfig({}), host: "127.0.0.1", webPort: 0, worklistPort: 0, storagePort: 0, data: folder },
    { environment: { NOTIFY_SOCKET: `${folder}/nobody`, WATCHDOG_USEC: "1000000" } },
  );
  await appliance.start();
  await appliance.stop();
  await Deno.remove(folder, { recursive: true });
});
