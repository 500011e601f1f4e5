import assert from "node:assert/strict";
import { PURPOSES } from "../../src/store/api_tokens.ts";
import { SETTINGS_OUT_OR_IN } from "../../src/web/authorisation.ts";
import { isForPeople, type Route } from "../../src/web/route.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { SETTINGS } from "../../src/settings/config.ts";
import { TestBox } from "../support/web_box.ts";

async function withTokens(
  test: (
    box: TestBox,
    make: (more: object) => Promise<(path: string, options?: object) => Promise<number>>,
  ) => Promise<void>,
): Promise<void> {
  const box = await TestBox.start();
  try {
    const cookie = await box.signIn("admin");
    await test(box, async (more) => {
      const answer = await box.fetch("/api/tokens", { cookie, body: { name: "program", role: "admin", ...more } });
      const made = await answer.json();
      assert.equal(answer.status, 201, JSON.stringify(made));
      return async (path, options = {}) => {
        const { status, body } = await box.fetch(path, {
          headers: { authorization: `Bearer ${made.token}` },
          ...options,
        });
        await body?.cancel();
        return status;
      };
    });
  } finally {
    await box.stop();
  }
}

const routes: readonly Route[] = ROUTES;

const ELSEWHERE = "postgresql://me:secret@203.0.113.9:5432/mine";

Deno.test("an admin's write token makes nobody an admin: the clinic's database, and what else leads out or in, is for people", () =>
  withTokens(async (_box, make) => {
    for (const purpose of [undefined, ...PURPOSES]) {
      const ask = await make({ readOnly: purpose === "reading", ...(purpose && { purpose }) });
      assert.equal(await ask("/api/clinic", { method: "PUT", body: { url: ELSEWHERE } }), 403);
      for (const { name, method, path } of routes.filter(({ outOrIn }) => outOrIn)) {
        assert.equal(await ask(path, { method, body: {} }), 403, `${purpose}: ${name}`);
      }
      for (const name of SETTINGS_OUT_OR_IN) {
        assert.equal(
          await ask("/api/settings", { method: "PATCH", body: { [name]: "on" } }),
          403,
          `${purpose}: ${name}`,
        );
      }
    }
  }));

Deno.test("every write of the table is for people, or for a purpose that somebody has chosen", () => {
  const known = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
  for (const name of SETTINGS_OUT_OR_IN) assert.ok(known.has(name), name);
  const admins = routes.filter(({ method, who }) => method !== "GET" && who === "admin");
  // what looks after a box, and leads nothing out and nobody in
  const forFleet = admins.filter((route) => !isForPeople(route));
  assert.deepEqual(forFleet.map(({ name }) => name).sort(), [
    "PATCH /api/settings",
    "POST /api/alerts/test", // to the addresses that people have set
    "POST /api/care/:task",
    "POST /api/clinic/compare",
    "POST /api/clinic/mapping/sql", // answers with a text alone
    "POST /api/clinic/queue/:aggregate/retry",
    "POST /api/clinic/tell-again",
    "POST /api/clinic/webhook/messages/:id/again", // to the address that people have set
    "POST /api/clinic/webhook/test",
    "POST /api/destinations/:id/retry",
    "POST /api/destinations/:id/verify",
    "POST /api/machines/:id/verify",
    "POST /api/self-test",
    "POST /api/set-aside/:uid/try-again",
    "PUT /api/computer/screen",
  ]);
});

Deno.test("a token does what it was made for: bookings, images, looking after the box, or reading", () =>
  withTokens(async (_box, make) => {
    const day = "/api/appointments?date=2026-11-29";
    const booking = { method: "POST", body: {} };
    const bookings = await make({ purpose: "bookings", readOnly: false });
    assert.equal(await bookings(day), 200);
    assert.equal(await bookings("/api/appointments", booking), 400, "let in, and its body looked at");
    for (const path of ["/dicom-web/studies", "/api/studies?date=2026-11-29", "/api/settings", "/api/audit"]) {
      assert.equal(await bookings(path), 403, path);
    }
    const images = await make({ purpose: "images", readOnly: false });
    assert.ok([200, 204].includes(await images("/dicom-web/studies")));
    for (const path of [day, "/api/settings", "/api/users"]) assert.equal(await images(path), 403, path);
    assert.equal(await images("/api/appointments", booking), 403);
    const fleet = await make({ purpose: "fleet", readOnly: false });
    for (const path of ["/api/settings", "/metrics", "/api/machines"]) assert.equal(await fleet(path), 200, path);
    assert.equal(await fleet("/api/settings", { method: "PATCH", body: { SONODESK_NAME: "Sunrise" } }), 200);
    for (const path of [day, "/dicom-web/studies", "/api/patients?q=asha"]) assert.equal(await fleet(path), 403, path);
    const reading = await make({ purpose: "reading", readOnly: true });
    assert.equal(await reading(day), 200);
    assert.equal(await reading("/api/appointments", booking), 403);
  }));

Deno.test("a token that is bound to an address is none from another, and one that has ended is none", () =>
  withTokens(async (_box, make) => {
    assert.equal(await (await make({ address: "127.0.0.1" }))("/api/machines"), 200);
    assert.equal(await (await make({ address: "192.0.2.7" }))("/api/machines"), 401);
    assert.equal(await (await make({ lastDay: "2020-01-01" }))("/api/machines"), 401);
    await assert.rejects(make({ address: "not an address" }));
  }));

Deno.test("where the settings ask for a second admin: nothing leads out or in until another admin has confirmed it", async () => {
  const box = await TestBox.start();
  try {
    const cookie = await box.signIn("admin");
    const set = (value: string, headers = {}) =>
      box.fetch("/api/settings", { cookie, headers, method: "PATCH", body: { SONODESK_SECOND_ADMIN: value } });
    const alone = await set("on");
    assert.deepEqual([alone.status, (await alone.json()).detail.split(":")[0]], [409, "Cannot ask for a second admin"]);
    box.addUser("meera", "admin");
    const user = await box.fetch("/api/users", {
      cookie,
      body: { username: "ravi", displayName: "Ravi", role: "admin", password: "ravi's long password" },
    });
    assert.equal(user.status, 201, await user.text());
    const statusOf = async (answer: Promise<Response>) => {
      const { status, body } = await answer;
      await body?.cancel();
      return status;
    };
    assert.equal(await statusOf(set("on")), 200);
    const url = { method: "PUT", cookie, body: { url: ELSEWHERE } };
    const refused = await box.fetch("/api/clinic", url);
    assert.deepEqual([refused.status, (await refused.json()).secondAdmin], [403, true]);
    const by = (username: string, password: string) => ({
      "x-confirmed-by": btoa(JSON.stringify({ username, password })),
    });
    assert.equal(await statusOf(box.fetch("/api/clinic", { ...url, headers: by("ravi", "wrong password") })), 403);
    assert.equal(await statusOf(set("off")), 403, "and it is not switched off alone either");
    const ravi = by("ravi", "ravi's long password");
    assert.equal(await statusOf(box.fetch("/api/clinic", { ...url, headers: { "x-confirmed-by": "rubbish" } })), 400);
    assert.notEqual(await statusOf(box.fetch("/api/clinic", { ...url, headers: ravi })), 403);
    assert.equal(await statusOf(set("off", ravi)), 200);
  } finally {
    await box.stop();
  }
});
