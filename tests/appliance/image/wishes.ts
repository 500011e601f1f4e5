import assert from "node:assert/strict";
import { run } from "../../support/peers.ts";
import type { ComputerState } from "../../../src/web/computer.ts";
import type { Caller } from "../main_job.ts";
import { images } from "./images.ts";
import { ADMIN, PATIENCE, setUp, signIn, well } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

Deno.test("What the settings page asks of the computer: SSH by a key, an address that is kept or goes, everything erased", async (t) => {
  const { disk } = await images();
  const computer = await VirtualComputer.make({ image: disk });
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-admin-" });
  const onBox = (command: string) => ssh(`${folder}/key`, computer.ports.ssh, command);
  try {
    const made = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "anil", "-f", `${folder}/key`]);
    assert.equal(made.code, 0, made.text);
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
        const asPassword = await ssh("/dev/null", computer.ports.ssh, "true");
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
      await holds(call, ({ network }) => network.state === "fixed");
      await computer.end();
      computer.start();
      call = await signIn(computer);
      await holds(call, ({ network }) => network.state === "fixed" && network.address === "10.0.2.15/24");
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

/** Waits until the computer is set so. It may not be reached for a while. */
async function holds(call: Caller, isSo: (state: ComputerState) => boolean): Promise<void> {
  const end = performance.now() + PATIENCE * 1000;
  let last: unknown;
  for (;;) {
    try {
      const state = await (await call("GET", "/api/computer")).json();
      if (isSo(state)) return;
      last = state;
    } catch (error) {
      last = error;
    }
    assert.ok(performance.now() < end, `the computer is ${JSON.stringify(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function ssh(key: string, port: string, command: string): Promise<{ code: number; text: string }> {
  const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes"];
  return await run("ssh", [
    ...options.flatMap((option) => ["-o", option]),
    ...[
      "-o",
      "ConnectTimeout=60",
      "-o",
      "LogLevel=ERROR",
      "-F",
      "/dev/null",
      "-i",
      key,
      "-p",
      port,
      "root@127.0.0.1",
      command,
    ],
  ]);
}
