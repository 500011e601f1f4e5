import assert from "node:assert/strict";
import { PASSWORD, TestBox } from "../support/web_box.ts";

const PIN = "4711";

async function withPin(): Promise<{ box: TestBox; cookie: string }> {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const set = await box.fetch("/api/session/pin", { cookie, method: "PUT", body: { pin: PIN, password: PASSWORD } });
  assert.equal((await set.json()).pin, true);
  return { box, cookie };
}

async function ask(box: TestBox, path: string, options: Parameters<TestBox["fetch"]>[1] = {}) {
  const answer = await box.fetch(path, options);
  const text = await answer.text();
  return {
    status: answer.status,
    json: text === "" ? undefined : JSON.parse(text),
    cookie: answer.headers.get("set-cookie")?.split(";")[0],
  };
}

Deno.test("Lock: a locked session is good for nothing but its PIN, which gives it a new token", async () => {
  const { box, cookie } = await withPin();
  const { status } = await ask(box, "/api/session/lock", { cookie, method: "POST" });
  assert.equal(status, 204);
  for (const path of ["/api/appointments", "/api/studies", "/api/session", "/api/events"]) {
    const refused = await ask(box, path, { cookie });
    assert.equal(refused.status, 401, path);
    assert.equal(refused.json.locked, true);
    assert.equal(refused.json.pin, true);
    assert.equal(refused.json.displayName, "receptionist");
  }
  const opened = await ask(box, "/api/session/unlock", { cookie, body: { pin: PIN } });
  assert.equal(opened.status, 200);
  assert.notEqual(opened.cookie, cookie);
  assert.equal((await ask(box, "/api/session", { cookie })).status, 401, "the token before is of no use");
  assert.equal((await ask(box, "/api/session", { cookie: opened.cookie })).json.username, "receptionist");
  await box.stop();
});

Deno.test("Lock: live events end when the page is locked", async () => {
  const { box, cookie } = await withPin();
  const live = await box.fetch("/api/events", { cookie });
  await ask(box, "/api/session/lock", { cookie, method: "POST" });
  assert.match(await live.text(), /event: hello/); // ends by itself
  await box.stop();
});

Deno.test("Lock: after five wrong PINs only the full login helps, also when they come at once", async () => {
  const { box, cookie } = await withPin();
  await ask(box, "/api/session/lock", { cookie, method: "POST" });
  const lefts: number[] = [];
  for (let n = 0; n < 5; n++) {
    const wrong = await ask(box, "/api/session/unlock", { cookie, body: { pin: `000${n}` } });
    assert.equal(wrong.status, 401);
    lefts.push(wrong.json.triesLeft);
  }
  assert.deepEqual(lefts, [4, 3, 2, 1, 0]);
  assert.equal((await ask(box, "/api/session/unlock", { cookie, body: { pin: PIN } })).status, 401);
  const refused = box.store.audit.list({ action: "PIN refused" }, 10);
  assert.equal(refused.length, 5);
  assert.equal(JSON.stringify(refused).includes("000"), false, "no PIN in the audit");

  const again = await box.signIn("receptionist");
  await ask(box, "/api/session/lock", { cookie: again, method: "POST" });
  const many = await Promise.all(
    Array.from({ length: 12 }, () => ask(box, "/api/session/unlock", { cookie: again, body: { pin: "0000" } })),
  );
  assert.ok(many.every(({ status }) => status === 401 || status === 503));
  await ask(box, "/api/session/unlock", { cookie: again, body: { pin: "0000" } });
  await box.stop();
});

Deno.test("Lock: a PIN needs the password, is not obvious, and helps only where somebody signed in", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("doctor");
  const set = (pin: string, password = PASSWORD) =>
    ask(box, "/api/session/pin", { cookie, method: "PUT", body: { pin, password } });
  for (const pin of ["1111", "1234", "9876", "12", "123456789", "12a4"]) {
    assert.equal((await set(pin)).status, 400, pin);
  }
  assert.equal((await set(PIN, "wrong")).status, 403);
  assert.equal((await set(PIN)).status, 200);
  assert.equal((await ask(box, "/api/session/unlock", { body: { pin: PIN } })).status, 401, "without the cookie");
  assert.equal((await ask(box, "/api/session/unlock", { cookie, body: { pin: PIN } })).status, 401, "not locked");
  const { pinHash } = box.store.users.findByUsername("doctor")!;
  assert.match(pinHash!, /^scrypt:/);
  assert.equal((await ask(box, "/api/session/pin", { cookie, method: "DELETE" })).json.pin, false);
  await ask(box, "/api/session/lock", { cookie, method: "POST" });
  assert.equal((await ask(box, "/api/session", { cookie })).json.pin, false);
  assert.equal((await ask(box, "/api/session/unlock", { cookie, body: { pin: PIN } })).status, 401);
  const login = await ask(box, "/api/session", { cookie, body: { username: "doctor", password: PASSWORD } });
  assert.equal(login.status, 200);
  assert.equal(box.store.sessions.find("x"), undefined);
  assert.equal((await ask(box, "/api/session", { cookie })).status, 401, "the locked session ended with the login");
  await box.stop();
});

Deno.test("Lock: a PIN opens the box's own screen only, until it is set to open every one", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  const pin = "4711";
  const own = { cookie, method: "PUT", body: { pin, password: PASSWORD } };
  assert.equal((await (await box.fetch("/api/session/pin", own)).json()).unlocksByPin, true);
  // as through a proxy on the box: another computer
  const headers = { "x-forwarded-for": "192.168.1.9" };
  assert.deepEqual(
    await (await box.fetch("/api/session", { cookie, headers })).json().then((
      { pin, unlocksByPin },
    ) => [pin, unlocksByPin]),
    [true, false],
  );
  await (await box.fetch("/api/session/lock", { cookie, method: "POST" })).body?.cancel();
  const elsewhere = await box.fetch("/api/session", { cookie, headers });
  assert.equal((await elsewhere.json()).pin, false);
  const refused = await box.fetch("/api/session/unlock", { cookie, headers, body: { pin } });
  assert.equal(refused.status, 401);
  assert.match((await refused.json()).detail, /name and password/);
  box.settings.change("SONODESK_PIN_UNLOCK", "anywhere");
  const opened = await box.fetch("/api/session/unlock", { cookie, headers, body: { pin } });
  assert.equal(opened.status, 200);
  assert.equal((await opened.json()).unlocksByPin, true);
  await box.stop();
});
