import assert from "node:assert/strict";
import { LanNames } from "../../src/host/network.ts";

const OWN = `${Deno.hostname().split(".")[0]}.local`;

/** A socket where avahi would be, which answers each question with `answer`. */
async function withAvahi(answer: string, use: (socket: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-avahi-" });
  const path = `${folder}/socket`;
  const listener = Deno.listen({ transport: "unix", path });
  const serving = (async () => {
    for await (const connection of listener) {
      const read = await connection.read(new Uint8Array(100));
      if (read !== null) await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  try {
    await use(path);
  } finally {
    listener.close();
    await serving;
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("The box's name in its LAN is the one avahi has found free", () =>
  withAvahi("+ 3 0 Sonodesk-2.local\n", async (socket) => {
    const names = new LanNames(socket);
    assert.equal(names.hostName, OWN);
    await names.look();
    assert.equal(names.hostName, "sonodesk-2.local");
    assert.ok(names.all.includes("sonodesk-2.local") && names.all.includes("127.0.0.1"));
  }));

Deno.test("Where avahi does not say, or is not there, it is the computer's own name", async () => {
  for (const answer of ["-15 Timeout reached\n", "+ 3 0 not a name.local\n", ""]) {
    await withAvahi(answer, async (socket) => {
      const names = new LanNames(socket);
      await names.look();
      assert.equal(names.hostName, OWN);
    });
  }
  const names = new LanNames("/nowhere/socket");
  await names.look();
  assert.equal(names.hostName, OWN);
});
