import assert from "node:assert/strict";
import { PASSWORD, TestBox } from "../support/web_box.ts";

async function statusOf(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

Deno.test("Attack: a session that was planted before the login is not the one after it", async () => {
  const box = await TestBox.start();
  box.addUser("admin", "admin");
  for (const planted of ["A".repeat(43), "", "../../x", `${"A".repeat(43)}; Path=/`]) {
    const answer = await box.fetch("/api/session", {
      cookie: `sonodesk_session=${planted}`,
      body: { username: "admin", password: PASSWORD },
    });
    await answer.body?.cancel();
    assert.equal(answer.status, 200);
    assert.notEqual(answer.headers.get("set-cookie")!.split(";")[0], `sonodesk_session=${planted}`);
    assert.equal(await statusOf(box.fetch("/api/session", { cookie: `sonodesk_session=${planted}` })), 401);
  }
  await box.stop();
});

Deno.test("Attack: a form of another site cannot write, whatever its content type", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const headers = { "content-type": type };
    const body = JSON.stringify({ aeTitle: "EVIL" });
    assert.equal(await statusOf(box.fetch("/api/machines", { cookie, body, headers })), 415, type);
    const foreign = { ...headers, origin: "http://evil.example" };
    assert.equal(await statusOf(box.fetch("/api/machines", { cookie, body, headers: foreign })), 403, type);
  }
  // routes that need no body are guarded by where they come from
  const lock = { cookie, method: "POST", headers: { origin: "http://evil.example" } };
  assert.equal(await statusOf(box.fetch("/api/session/lock", lock)), 403);
  assert.equal(await statusOf(box.fetch("/api/session", { cookie })), 200);
  await box.stop();
});

Deno.test("Attack: nobody makes themselves more than they are", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const { id } = box.store.users.findByUsername("receptionist")!;
  const attempts: [string, string, unknown][] = [
    ["PATCH", `/api/users/${id}`, { role: "admin" }],
    ["POST", "/api/users", { username: "mallory", role: "admin", password: PASSWORD }],
    ["POST", "/api/tokens", { name: "x", role: "admin", readOnly: false }],
    ["PATCH", "/api/settings", { SONODESK_ADMISSION: "open" }],
    ["POST", "/api/pairing", { minutes: 10 }],
    ["POST", "/api/audit/1/undo", {}],
  ];
  for (const [method, path, body] of attempts) {
    assert.equal(await statusOf(box.fetch(path, { cookie, method, body })), 403, `${method} ${path}`);
  }
  // fields that are not for the asker are not taken over
  await statusOf(
    box.fetch("/api/session/pin", { cookie, method: "PUT", body: { pin: "4711", password: PASSWORD, role: "admin" } }),
  );
  assert.equal(box.store.users.find(id)!.role, "receptionist");
  assert.equal(await statusOf(box.fetch("/api/setup", { body: { code: "0000-0000" } })), 409, "set up already");
  await box.stop();
});

Deno.test("Attack: a changed role ends the sessions that had the old one, locked ones too", async () => {
  const box = await TestBox.start();
  const admin = await box.signIn("admin");
  const cookie = await box.signIn("doctor");
  const { id } = box.store.users.findByUsername("doctor")!;
  await statusOf(box.fetch("/api/session/lock", { cookie, method: "POST" }));
  const body = { role: "receptionist" };
  assert.equal(await statusOf(box.fetch(`/api/users/${id}`, { cookie: admin, method: "PATCH", body })), 200);
  const answer = await box.fetch("/api/session", { cookie });
  assert.equal((await answer.json()).locked, undefined);
  await box.stop();
});

Deno.test("Attack: oversized bodies are refused by every writing route, before they are read", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const body = JSON.stringify({ name: "x".repeat(70_000) });
  for (const path of ["/api/machines", "/api/users", "/api/tokens", "/api/session", "/api/session/unlock"]) {
    assert.equal(await statusOf(box.fetch(path, { cookie, body })), 413, path);
  }
  await box.stop();
});

Deno.test("Attack: a body that does not come is given up, and others are served meanwhile", async () => {
  const { readJson } = await import("../../src/web/body.ts");
  const v = await import("valibot");
  const never = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const request = new Request("http://box/", {
    method: "POST",
    body: never,
    headers: { "content-type": "application/json" },
  });
  await assert.rejects(readJson(request, v.object({}), 20), { status: 408 });

  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const slow = await Deno.connect({ hostname: "127.0.0.1", port: box.port });
  await slow.write(new TextEncoder().encode(
    `POST /api/machines HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: ${cookie}\r\n` +
      `content-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
  ));
  assert.equal(await statusOf(box.fetch("/api/machines", { cookie })), 200);
  slow.close();
  await box.stop();
});

Deno.test("Attack: errors and lists hold no hash, PIN, token or password", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("admin");
  const setPin = { cookie, method: "PUT", body: { pin: "4711", password: PASSWORD } };
  await statusOf(box.fetch("/api/session/pin", setPin));
  for (const path of ["/api/users", "/api/audit", "/api/settings", "/api/tokens", "/api/session", "/api/box"]) {
    const text = await (await box.fetch(path, { cookie })).text();
    assert.equal(/scrypt:|4711|Hash/.test(text), false, path);
    if (path !== "/api/box") assert.equal(text.includes(PASSWORD), false, path);
  }
  assert.equal(/4711|scrypt:/.test(box.lines.join()), false);
  await box.stop();
});
