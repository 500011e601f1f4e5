import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { Status } from "../../src/dimse/command.ts";
import { BoxProcess } from "../support/box_process.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { TestBox } from "../support/web_box.ts";

Deno.test("more live streams of one sign-in than all may have: others are still let in, its oldest give way", async () => {
  const box = await TestBox.start({ bounds: { connectionsPerAddress: 256 } });
  const cookie = await box.signIn("receptionist");
  const streams: Response[] = [];
  for (let n = 0; n < 80; n++) {
    const answer = await box.fetch("/api/events", { cookie });
    assert.equal(answer.status, 200);
    streams.push(answer);
  }
  const oldest = await streams[0]!.text();
  assert.match(oldest, /event: superseded\ndata: \{\}\n\n$/);
  const other = await box.fetch("/api/events", { cookie: await box.signIn("doctor") });
  assert.equal(other.status, 200); // it was 503
  await other.body!.cancel();

  // at the box itself one user may have any number, until there is no place for anybody; elsewhere see `events_test.ts`
  const statuses: number[] = [];
  for (let n = 0; n < 70; n++) {
    const answer = await box.fetch("/api/events", { cookie: await box.signIn("receptionist") });
    statuses.push(answer.status);
    if (answer.status === 200) streams.push(answer);
    else {
      assert.equal(answer.headers.get("retry-after"), "10");
      assert.equal((await answer.json()).code, "too-many-pages");
    }
  }
  assert.deepEqual(new Set(statuses), new Set([200, 503]));
  for (const answer of streams.slice(1)) await answer.body!.cancel().catch(() => {}); // some have ended
  await box.stop();
});

Deno.test("a program's token, connections of HTTP/2 full of downloads that nobody reads: a bound, and the box works", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-streams-" });
  const box = await BoxProcess.start(folder, {
    SONODESK_ADMIN_USERNAME: "admin",
    SONODESK_ADMIN_PASSWORD: "a long password",
  });
  const address = `http://127.0.0.1:${box.webPort}`;
  const sessions: http2.ClientHttp2Session[] = [];
  try {
    const object = ultrasoundObject({ pixels: 8_000_000 });
    assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
    const before = box.openFiles;
    const signIn = await fetch(`${address}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password: "a long password" }),
    });
    await signIn.body!.cancel();
    const cookie = signIn.headers.get("set-cookie")!.split(";")[0]!;
    const made = await fetch(`${address}/api/tokens`, {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify({ name: "viewer", role: "doctor", readOnly: true }),
    });
    const { token } = await made.json();
    assert.ok(token, `a token, status ${made.status}`);
    const statuses = new Map<number, number>();
    for (let n = 0; n < 20; n++) {
      const session = http2.connect(address);
      session.on("error", () => {}); // it is destroyed in the end
      sessions.push(session);
      await Promise.all(Array.from({ length: 50 }, async () => {
        const request = session.request({
          ":path": `/api/instances/${object.sopInstanceUid}/file`,
          authorization: `Bearer ${token}`,
        });
        request.on("error", () => {});
        const [headers] = await once(request, "response"); // and its body is not read
        const status = Number(headers[":status"]);
        if (status === 429) assert.equal(headers["retry-after"], "2");
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }));
    }
    console.log(`answers by status: ${JSON.stringify([...statuses])}, files: ${before} before, ${box.openFiles} now`);
    assert.equal(statuses.get(200), 32);
    assert.equal(statuses.get(429), 968);
    assert.ok(box.openFiles < before + 150, `${box.openFiles} files are open`);
    const page = await fetch(`${address}/healthz`);
    await page.body!.cancel();
    assert.equal(page.status, 200);
    assert.equal((await send(box.storagePort, ultrasoundObject())).status, Status.SUCCESS);
    for (const session of sessions) session.destroy();
    for (let tries = 0;; tries++) {
      const again = await fetch(`${address}/api/instances/${object.sopInstanceUid}/file`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const bytes = (await again.arrayBuffer()).byteLength;
      if (again.status === 200) {
        assert.ok(bytes > 8_000_000);
        break;
      }
      assert.ok(tries < 200, "once they have gone, the places are given back");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    for (const session of sessions) session.destroy();
    await box.kill();
    await Deno.remove(folder, { recursive: true });
  }
});
