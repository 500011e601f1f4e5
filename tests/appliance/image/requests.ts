import assert from "node:assert/strict";
import type { Caller } from "../main_job.ts";
import { Admin, holds } from "./admin.ts";
import { images } from "./images.ts";
import { ADMIN, PATIENCE, setUp, signIn, untilDone, well } from "./setup.ts";
import { VirtualComputer } from "./virtual_computer.ts";

const KEPT = { address: "10.0.2.15/24", gateway: "10.0.2.2", dns: ["10.0.2.3"] };
const LOOK = "ip -d link show type vlan; ip address show scope global; networkctl --no-pager; " +
  "timeout 5 bash -c '</dev/tcp/10.78.0.2/11112' && echo DICOM there";

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
        await admin.opensSsh(call);
        const { code, text } = await onBox(
          "id -un; sed 's/^/answers /' /proc/sys/net/ipv4/tcp_pingpong_thresh; nft list set inet sonodesk asked_for; " +
            "find /run/sonodesk/computer -maxdepth 1 -type f -exec cat {} +",
        );
        console.log(text);
        assert.equal(code, 0, text);
        assert.match(text, /^root$/m);
        assert.match(text, /^answers 255$/m);
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
      assert.equal(await put(call, "network", KEPT), 202);
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

    await t.step(
      "a VLAN of the machines' own and an IPv6 address are there, after a restart too, until others are kept",
      async () => {
        const beside = { address6: "fd00:77::2/64", vlan: 100, vlanAddress: "10.78.0.2/24" };
        assert.equal(await put(call, "network", { ...KEPT, ...beside }), 202);
        const areThere = () =>
          untilDone("they are there", async () => {
            const { text } = await onBox(LOOK);
            assert.match(text, /vlan protocol 802\.1Q id 100 /);
            assert.match(text, /inet 10\.78\.0\.2\/24 /);
            assert.match(text, /inet6 fd00:77::2\/64 /);
            assert.match(text, /^DICOM there$/m);
            return text;
          });
        console.log(await areThere());
        await (await call("POST", "/api/computer/network/keep")).body?.cancel();
        await holds(call, ({ network }) => network.state === "kept");
        await computer.end();
        computer.start();
        call = await signIn(computer);
        await areThere();
        assert.equal(await put(call, "network", KEPT), 202);
        await untilDone(
          "they are gone",
          async () => assert.doesNotMatch((await onBox(LOOK)).text, /machines100|fd00:77/),
        );
        await areThere();
      },
    );

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
