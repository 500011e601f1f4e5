import assert from "node:assert/strict";
import { rolesOf } from "../../src/web/authorisation.ts";
import type { Route } from "../../src/web/route.ts";
import { ROUTES } from "../../src/web/routes.ts";
import { ROLES } from "../../src/store/users.ts";
import { TestBox } from "../support/web_box.ts";

Deno.test("Access: every route answers each role as the table says, and nobody else", async (t) => {
  const box = await TestBox.start();
  const machine = box.store.machines.add({
    aeTitle: "US-2",
    name: "Voluson",
    room: "2",
    address: "127.0.0.1",
    port: 104,
    modality: "US",
    admitted: true,
  });
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const uid = await box.receive({
    studyInstanceUid: appointment.studyInstanceUid,
    patientId: "P-1",
    patientName: "Rao^Asha",
  });
  const cookies = new Map<string, string>();
  for (const role of ROLES) cookies.set(role, await box.signIn(role));

  const fill = ({ path }: Route) => {
    const id = path.includes("machines") ? machine.id : path.includes("users") ? "nobody" : appointment.id;
    const file: Record<string, string> = {
      "/kiosk/*": "/kiosk/main.ts",
      "/settings/*": "/settings/main.ts",
      "/print/*": "/print/main.ts",
      "/rooms/*": "/rooms/main.ts",
      "/shared/*": "/shared/api.ts",
      "/vendor/*": "/vendor/preact.ts",
    };
    return file[path] ??
      path.replace(":uid", path.includes("studies") ? appointment.studyInstanceUid : uid).replace(":id", id)
        .replace(":n", "1").replace(":frames", "1").replace("/bulkdata/*", "/bulkdata/7FE00010")
        .replace(":study", appointment.studyInstanceUid).replace(":series", `${appointment.studyInstanceUid}.1`)
        .replace(":instance", uid);
  };

  for (const route of ROUTES as readonly Route[]) {
    const { name, method, who } = route;
    // signing in and out, and locking, is walked in session_test.ts, and would end the sessions used here
    if (["POST /api/session", "DELETE /api/session", "POST /api/session/lock"].includes(name)) continue;
    await t.step(name, async () => {
      const path = fill(route);
      const ask = async (cookie?: string) => {
        const stopped = new AbortController();
        const body = ["GET", "OPTIONS", "DELETE"].includes(method) ? undefined : {};
        const answer = await box.fetch(path, { method, cookie, body, signal: stopped.signal });
        if (name === "GET /api/events") stopped.abort();
        else await answer.arrayBuffer();
        return answer.status;
      };
      const open = who === "anyone" || who === "signed in, or from this box";
      assert.equal([401, 403].includes(await ask()), !open, "without a login");
      if (!open) assert.equal(await ask(`sonodesk_session=${"A".repeat(43)}`), 401, "with a made-up cookie");
      for (const role of ROLES) {
        const allowed = open || rolesOf(who)!.includes(role);
        const status = await ask(cookies.get(role));
        if (allowed) assert.notEqual(status, 403, role);
        else assert.equal(status, 403, role);
        assert.notEqual(status, 401, role);
        assert.notEqual(status, 500, role);
        if (/^\/(kiosk|settings|print|shared|vendor)\b|^\/$/.test(path)) assert.equal(status, 200, path);
      }
    });
  }
  await box.stop();
});

Deno.test("Access: measurements are not in what a receptionist gets", async () => {
  const box = await TestBox.start();
  const appointment = box.book({ id: "P-1", firstName: "Asha", lastName: "Rao" });
  const study = { studyInstanceUid: appointment.studyInstanceUid, patientId: "P-1", patientName: "Rao^Asha" };
  const report = await box.receive(study, { frames: 0 });
  box.store.measurements.replace(study.studyInstanceUid, report, [
    {
      name: "Biparietal Diameter",
      code: "LN:11820-8",
      value: "42.1",
      unit: "mm",
      site: "",
      laterality: "",
      context: {},
    },
  ]);
  const read = async (role: "receptionist" | "doctor") => {
    const answer = await box.fetch(`/api/studies/${study.studyInstanceUid}`, { cookie: await box.signIn(role) });
    return await answer.json();
  };
  assert.equal((await read("doctor")).measurements[0].value, "42.1");
  assert.deepEqual((await read("receptionist")).measurements, []);
  await box.stop();
});
