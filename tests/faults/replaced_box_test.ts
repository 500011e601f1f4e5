import assert from "node:assert/strict";
import { isFile } from "../../src/objects/files.ts";
import { hashPassword } from "../../src/web/password.ts";
import { APPOINTMENT } from "../support/box.ts";
import { BoxProcess } from "../support/box_process.ts";
import { listens } from "../support/ports.ts";
import { randomFrom } from "../support/random.ts";
import { RunningBox } from "../support/running_box.ts";
import { PASSWORD } from "../support/scanned_study.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { until } from "../support/until.ts";

/** Asks a box as a browser does, with the cookie that it has given. */
function browser(address: string) {
  let cookie = "";
  return async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(address + path, {
      ...{ method, redirect: "manual" },
      headers: { cookie, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}

type Ask = ReturnType<typeof browser>;

/** Why the box is rescued; `works` where it is not, `first start` where nobody has set it up. */
async function kindOf(ask: Ask): Promise<string | undefined> {
  const rescue = await ask("GET", "/api/rescue").catch(() => undefined);
  if (rescue === undefined) return undefined;
  if (rescue.status === 200) return rescue.body.cause;
  const box = await ask("GET", "/api/box").catch(() => undefined);
  return box?.status === 200 ? box.body.setup === undefined ? "works" : "first start" : undefined;
}

const becomes = (ask: Ask, kind: string) =>
  until(`the box is at ${kind}`, async () => await kindOf(ask) === kind || undefined);

/** What was acknowledged, by SOP Instance UID, with the bytes that were sent. */
class Machine {
  readonly acknowledged: string[] = [];
  #shade = 0;

  /** Whether one more image was taken. */
  async sendsTo(port: string): Promise<boolean> {
    const object = ultrasoundObject({ shade: this.#shade++ % 250 });
    try {
      if ((await send(port, object)).status !== 0) return false;
    } catch {
      return false; // nobody has taken it
    }
    this.acknowledged.push(object.sopInstanceUid);
    return true;
  }
}

/** Sets a box up as a clinic has it, with so many images. */
async function setUp(box: RunningBox, machine: Machine, images: number): Promise<Ask> {
  const { store } = await box.works();
  store.users.add({
    ...{ username: "asha", displayName: "Asha", role: "admin" },
    passwordHash: await hashPassword(PASSWORD),
  });
  store.settings.set("SONODESK_NAME", "Sunrise");
  store.appointments.add(APPOINTMENT, "box");
  for (let n = 0; n < images; n++) assert.ok(await machine.sendsTo(box.storagePort));
  const ask = browser(box.address);
  assert.equal((await ask("POST", "/api/session", { username: "asha", password: PASSWORD })).status, 200);
  return ask;
}

async function codeOf(ask: Ask): Promise<string> {
  return (await ask("POST", "/api/replacement/code")).body.code;
}

/** From the first start to the pages that bring a box back. */
async function openWays(ask: Ask): Promise<void> {
  const { setup } = (await ask("GET", "/api/box")).body;
  assert.equal((await ask("POST", "/api/setup/restore", { code: setup.code })).status, 204);
  await becomes(ask, "new box");
}

/** Every acknowledged object is in the box's archive, as its hash says. */
async function assertHasAll(box: RunningBox, machine: Machine): Promise<void> {
  const { store, archive } = await box.works();
  for (const uid of machine.acknowledged) assert.ok(store.instances.find(uid), `${uid} was acknowledged`);
  assert.deepEqual((await archive.checkIntegrity()).damaged, []);
}

Deno.test("a box is replaced by a new one over the LAN: it serves until the new one has all, what comes meanwhile comes too, and never again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-replaced-" });
  const machine = new Machine();
  try {
    await using old = new RunningBox(`${folder}/old`);
    const oldAsk = await setUp(old, machine, 30);
    await Deno.mkdir(`${folder}/old/certificates`, { recursive: true });
    await Deno.writeTextFile(`${folder}/old/certificates/own.txt`, "of the old box");
    await using fresh = new RunningBox(`${folder}/new`);
    await fresh.works();
    const ask = browser(fresh.address);
    await openWays(ask);
    assert.deepEqual((await ask("GET", "/api/rescue")).body.ways, ["restore", "replace", "first start"]);

    // nobody without the code
    assert.equal((await oldAsk("GET", "/api/replacement/list?below=snapshots")).status, 404);
    const choose = (code: string, address = old.address) =>
      ask("POST", "/api/rescue/choice", { way: "replace", box: { address, code } });
    const fails = async (why: RegExp) => {
      const failed = await until("it fails", async () => (await ask("GET", "/api/rescue")).body.failed ?? undefined);
      assert.match(failed, why);
    };
    const code = await codeOf(oldAsk);
    await choose("0000-0000-0000");
    await fails(/the code is another/);
    await choose(code, "127.0.0.1:1");
    await fails(/nobody answers there/);
    assert.equal(await kindOf(oldAsk), "works");

    // while it is copied the machine goes on, at whichever box takes it
    await choose(code);
    let both = 0;
    let running = true;
    const sending = (async () => {
      while (running) {
        const [toOld, toNew] = [await machine.sendsTo(old.storagePort), await machine.sendsTo(fresh.storagePort)];
        if (toOld && toNew) both += 1;
      }
    })();
    await becomes(ask, "works");
    await until("the machine reaches the new box", async () => await machine.sendsTo(fresh.storagePort) || undefined);
    running = false;
    await sending;
    assert.equal(both, 0, "never two that both serve");
    await assertHasAll(fresh, machine);
    console.log(`${machine.acknowledged.length} images, all of them in the new box`);
    const { store } = await fresh.works();
    assert.equal(store.settings.get("SONODESK_NAME"), "Sunrise");
    assert.equal(Deno.readTextFileSync(`${folder}/new/certificates/own.txt`), "of the old box");
    assert.equal((await ask("POST", "/api/session", { username: "asha", password: PASSWORD })).status, 200);
    assert.deepEqual([...Deno.readDirSync(`${folder}/new`)].filter(({ name }) => name.startsWith(".re")), []);

    // the old one is silent, also after it was switched off and on
    assert.equal(await kindOf(oldAsk), "replaced");
    await old.stop();
    await using again = new RunningBox(`${folder}/old`);
    const rescueCode = await again.needsRescue();
    const againAsk = browser(again.address);
    assert.equal(await kindOf(againAsk), "replaced");
    assert.equal(await new Machine().sendsTo(again.storagePort), false);
    // a person may say otherwise
    await againAsk("POST", "/api/rescue/session", { code: rescueCode });
    await againAsk("POST", "/api/rescue/choice", { way: "serve again" });
    await becomes(againAsk, "works");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the new box falls silent in the middle of it: the old one serves again, and the new one, back again, brings what came since", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-replaced-" });
  const machine = new Machine();
  try {
    await using old = new RunningBox(`${folder}/old`, {}, { handoverPatience: 5000 });
    const oldAsk = await setUp(old, machine, 5);
    const code = await codeOf(oldAsk);
    const data = `${folder}/new`;
    {
      const fresh = await BoxProcess.start(data);
      const ask = browser(`http://127.0.0.1:${fresh.webPort}`);
      await openWays(ask);
      await ask("POST", "/api/rescue/choice", { way: "replace", box: { address: old.address, code } });
      await until("it hands over", async () => await kindOf(oldAsk) === "handing over" || undefined);
      await fresh.kill();
    }
    const after = await until("the old one is something again", async () => {
      const kind = await kindOf(oldAsk);
      return kind === "works" || kind === "replaced" ? kind : undefined;
    });
    // killed so late that the old one had heard already: then it must not serve
    if (after === "works") assert.ok(await machine.sendsTo(old.storagePort), "it takes images again");
    else assert.equal(await machine.sendsTo(old.storagePort), false);
    await using fresh = new RunningBox(data);
    const ask = browser(fresh.address);
    await becomes(ask, "works");
    await assertHasAll(fresh, machine);
    assert.equal(await kindOf(oldAsk), "replaced");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the power is cut at either box at any moment of it: in the end one of them serves, and nothing acknowledged is in neither", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-replaced-" });
  const random = randomFrom("SONODESK_REPLACED_SEED");
  const seen: string[] = [];
  try {
    for (let round = 0; round < 2; round++) {
      const machine = new Machine();
      const [oldData, newData] = [`${folder}/old-${round}`, `${folder}/new-${round}`];
      const ports = new Map<string, string>();
      {
        await using box = new RunningBox(oldData);
        await setUp(box, machine, 12);
        ports.set("SONODESK_WEB_PORT", box.webPort).set("SONODESK_STORAGE_PORT", box.storagePort);
      }
      // at the same address again after each cut
      const startOld = () => BoxProcess.start(oldData, Object.fromEntries(ports));
      let old = await startOld();
      const oldAsk = browser(`http://127.0.0.1:${ports.get("SONODESK_WEB_PORT")}`);
      await oldAsk("POST", "/api/session", { username: "asha", password: PASSWORD });
      const code = await codeOf(oldAsk);
      let fresh = await BoxProcess.start(newData);
      try {
        let ask = browser(`http://127.0.0.1:${fresh.webPort}`);
        await openWays(ask);
        await ask("POST", "/api/rescue/choice", {
          way: "replace",
          box: { address: `127.0.0.1:${ports.get("SONODESK_WEB_PORT")}`, code },
        });
        await until("it is paired", () => isFile(`${newData}/.replacing.json`) || undefined);
        for (let cut = 0; cut < 4; cut++) {
          await new Promise((resolve) => setTimeout(resolve, random.next() * 1200));
          const which = random.chance(0.5) ? "old" : "new";
          seen.push(which);
          if (which === "old") {
            await old.kill();
            old = await startOld();
          } else {
            await fresh.kill();
            fresh = await BoxProcess.start(newData);
            ask = browser(`http://127.0.0.1:${fresh.webPort}`);
          }
          const [toOld, toNew] = [
            await machine.sendsTo(ports.get("SONODESK_STORAGE_PORT")!),
            await machine.sendsTo(fresh.storagePort),
          ];
          assert.ok(!(toOld && toNew), "never two that both serve");
        }
        await becomes(ask, "works");
        assert.equal(await kindOf(oldAsk), "replaced");
        assert.equal(await machine.sendsTo(ports.get("SONODESK_STORAGE_PORT")!), false);
        assert.ok(await machine.sendsTo(fresh.storagePort));
        await fresh.stop();
        await using whole = new RunningBox(newData);
        await assertHasAll(whole, machine);
      } finally {
        await old.kill();
        await fresh.kill();
      }
    }
    console.log(`cut: ${seen.join(", ")}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the new box has all, and its word does not get through: the old one serves again, and hears it only once what came since is there too", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-replaced-" });
  const machine = new Machine();
  try {
    await using old = new RunningBox(`${folder}/old`, {}, { handoverPatience: 5000 });
    const oldAsk = await setUp(old, machine, 5);
    // the network between them loses one kind of message
    let losesWord = true;
    let lost = 0;
    const network = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      if (losesWord && pathname.endsWith("/taken")) {
        lost += 1;
        return new Response("", { status: 502 });
      }
      const { method, headers, body } = request;
      try {
        return await fetch(old.address + pathname + search, { method, headers, body, redirect: "manual" });
      } catch {
        return new Response("", { status: 502 });
      }
    });
    await using fresh = new RunningBox(`${folder}/new`);
    await fresh.works();
    const ask = browser(fresh.address);
    await openWays(ask);
    const box = { address: `127.0.0.1:${network.addr.port}`, code: await codeOf(oldAsk) };
    await ask("POST", "/api/rescue/choice", { way: "replace", box });
    await until("its word is lost", () => lost > 0 || undefined);
    assert.equal(JSON.parse(Deno.readTextFileSync(`${folder}/new/.replacing.json`)).phase, "taking");
    await becomes(oldAsk, "works");
    assert.ok(await machine.sendsTo(old.storagePort), "the old one serves again");
    assert.equal(await machine.sendsTo(fresh.storagePort), false, "and the new one does not");
    losesWord = false;
    await becomes(ask, "works");
    assert.equal(await kindOf(oldAsk), "replaced");
    await assertHasAll(fresh, machine);
    await network.shutdown();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("somebody thinks better of it while the old box is away: the new one is at its first start again, with nothing of the other", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-replaced-" });
  try {
    const machine = new Machine();
    const old = new RunningBox(`${folder}/old`);
    const oldAsk = await setUp(old, machine, 40);
    await using fresh = new RunningBox(`${folder}/new`);
    await fresh.works();
    const ask = browser(fresh.address);
    await openWays(ask);
    const box = { address: old.address, code: await codeOf(oldAsk) };
    await ask("POST", "/api/rescue/choice", { way: "replace", box });
    await until(
      "some files are here",
      async () => ((await ask("GET", "/api/rescue")).body.work?.files ?? 0) > 3 || undefined,
    );
    await old.stop();
    await until("it waits for the other box", async () => (await ask("GET", "/api/rescue")).body.failed ?? undefined);
    // it may be trying again at this moment
    await until("it is left", async () => {
      const { status } = await ask("POST", "/api/rescue/choice", { way: "first start" });
      return status === 202 || undefined;
    });
    await becomes(ask, "first start");
    const { store, archive } = await fresh.works();
    assert.equal(store.instanceFiles.totals().count, 0);
    assert.deepEqual((await archive.checkIntegrity()).damaged, []);
    assert.equal([...Deno.readDirSync(`${folder}/new`)].filter(({ name }) => name.startsWith(".re")).length, 0);
    await using again = new RunningBox(`${folder}/old`);
    await again.works();
    await assertHasAll(again, machine);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an object of 200 MB goes over in pieces: neither box holds it in memory", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-replaced-" });
  try {
    const machine = new Machine();
    {
      await using box = new RunningBox(`${folder}/old`);
      await setUp(box, machine, 1);
      const large = ultrasoundObject({ pixels: 200 * 1024 * 1024 });
      assert.equal((await send(box.storagePort, large)).status, 0);
      machine.acknowledged.push(large.sopInstanceUid);
    }
    await using old = await BoxProcess.start(`${folder}/old`);
    const address = `http://127.0.0.1:${old.webPort}`;
    const oldAsk = browser(address);
    await oldAsk("POST", "/api/session", { username: "asha", password: PASSWORD });
    const fresh = await BoxProcess.start(`${folder}/new`);
    const ask = browser(`http://127.0.0.1:${fresh.webPort}`);
    await openWays(ask);
    const [before, oldBefore] = [fresh.memory, old.memory];
    await ask("POST", "/api/rescue/choice", { way: "replace", box: { address, code: await codeOf(oldAsk) } });
    await becomes(ask, "works");
    const [grown, oldGrown] = [fresh.peakMemory - before, old.peakMemory - oldBefore];
    console.log(`memory at most: new ${Math.round(grown)} MB more, old ${Math.round(oldGrown)} MB more`);
    assert.ok(grown < 150 && oldGrown < 150);
    await fresh.stop();
    await using whole = new RunningBox(`${folder}/new`);
    await assertHasAll(whole, machine);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("over HTTPS, with the old box's own authority: who stands between them shows another one, and gets nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-replaced-" });
  const machine = new Machine();
  try {
    await using old = new RunningBox(`${folder}/old`, { SONODESK_HOST: "" });
    const oldAsk = await setUp(old, machine, 3);
    assert.ok(await listens(old.webPort));
    // another box's authority in place of its own
    await using other = new RunningBox(`${folder}/other`, { SONODESK_HOST: "" });
    await other.works();
    let asked = 0;
    const between = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      asked += 1;
      const { pathname } = new URL(request.url);
      const from = pathname === "/certificate.crt" ? other.address : old.address;
      const answer = await fetch(from + pathname, {
        method: request.method,
        headers: request.headers,
        body: request.body,
      });
      return new Response(await answer.arrayBuffer(), { status: answer.status });
    });
    await using fresh = new RunningBox(`${folder}/new`);
    await fresh.works();
    const ask = browser(fresh.address);
    await openWays(ask);
    const choose = async (address: string) =>
      await ask("POST", "/api/rescue/choice", { way: "replace", box: { address, code: await codeOf(oldAsk) } });
    await choose(`127.0.0.1:${between.addr.port}`);
    const failed = await until("it fails", async () => (await ask("GET", "/api/rescue")).body.failed ?? undefined);
    assert.match(failed, /nobody answers there|somebody may stand between|the code is another/);
    assert.ok(asked > 0);
    await between.shutdown();
    await choose(`127.0.0.1:${old.webPort}`);
    await until("it is paired", () => isFile(`${folder}/new/.replacing.json`) || undefined);
    assert.match(JSON.parse(Deno.readTextFileSync(`${folder}/new/.replacing.json`)).access.origin, /^https:/);
    await becomes(ask, "works");
    await assertHasAll(fresh, machine);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
