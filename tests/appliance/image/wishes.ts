import assert from "node:assert/strict";
import type { Caller } from "../main_job.ts";
import { Admin, holds } from "./admin.ts";
import { images } from "./images.ts";
import { ADMIN, PATIENCE, setUp, signIn, well } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

Deno.test("What the settings page asks of the computer: SSH by a key, an address that is kept or goes, everything erased", async (t) => {
  const { disk } = await images();
  const computer = await VirtualComputer.make({ image: disk });
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-admin-" });
  const admin = new Admin(folder, computer.ports.ssh);
  const onBox = (command: string) => admin.onBox(command);
  try {
    computer.start();
    let call = await setUp(computer);

    await t.step(
      "SSH lets nobody in before it is opened, then who has the key, and no one once it is shut",
      async () => {
        assert.notEqual((await onBox("true")).code, 0);
        const key = (await Deno.readTextFile(`${folder}/key.pub`)).trim();
        assert.equal(await put(call, "ssh", { key, password: ADMIN.password }), 202);
        await holds(call, ({ ssh }) => ssh.fingerprint !== "");
        const { code, text } = await onBox(
          "id -un; nft list set inet sonodesk asked_for; cat /run/sonodesk/computer/*",
        );
        console.log(text);
        assert.equal(code, 0, text);
        assert.match(text, /^root$/m);
        const asPassword = await admin.onBox("true", "/dev/null");
        assert.match(asPassword.text, /Permission denied \(publickey\)/);
      },
    );

    await t.step("an address that nobody keeps goes again, and the box is found where it was", async () => {
      assert.equal(await put(call, "network", { address: "10.0.2.77/24", gateway: "10.0.2.2" }), 202);
      await computer.prints(/Nobody kept the address on trial/, PATIENCE);
      await well(computer);
      await holds(call, ({ network }) => network.state === "automatic");
    });

    await t.step("one that is kept stays after a restart", async () => {
      assert.equal(
        await put(call, "network", { address: "10.0.2.15/24", gateway: "10.0.2.2", dns: ["10.0.2.3"] }),
        202,
      );
      await holds(call, ({ network }) => network.state === "trying");
      await (await call("POST", "/api/computer/network/keep")).body?.cancel();
      await holds(call, ({ network }) => network.state === "kept");
      await computer.end();
      computer.start();
      call = await signIn(computer);
      await holds(call, ({ network }) => network.state === "kept" && network.address === "10.0.2.15/24");
      const { code, text } = await onBox("networkctl status --no-pager; ip -4 address show scope global");
      console.log(text);
      assert.equal(code, 0, text);
      assert.doesNotMatch(text, /dynamic/, "the network gave none");
    });

    await t.step("SSH that is shut lets nobody in", async () => {
      await (await call("DELETE", "/api/computer/ssh")).body?.cancel();
      await holds(call, ({ ssh }) => ssh.fingerprint === "");
      assert.notEqual((await onBox("true")).code, 0);
    });

    await t.step("everything is erased: another box, which nobody has set up", async () => {
      const before = /The box's machine id is ([0-9a-f]{32})/.exec(computer.printed)![1]!;
      assert.equal((await (await call("GET", "/api/session")).json()).username, ADMIN.username);
      const answer = await call("POST", "/api/computer/reset", { name: "Sunrise Clinic", password: ADMIN.password });
      assert.equal(answer.status, 202);
      await answer.body?.cancel();
      await computer.prints(
        /Everything on the data partition is erased[^]*The box's machine id is [0-9a-f]{32}/,
        PATIENCE,
      );
      const ids = [...computer.printed.matchAll(/The box's machine id is ([0-9a-f]{32})/g)].map(([, id]) => id);
      assert.notEqual(ids.at(-1), before);
      await well(computer);
      await setUp(computer);
    });
  } finally {
    await computer.remove();
    await Deno.remove(folder, { recursive: true });
  }
});

async function put(call: Caller, what: string, body: unknown): Promise<number> {
  const { status, body: answered } = await call("PUT", `/api/computer/${what}`, body);
  await answered?.cancel();
  return status;
}
