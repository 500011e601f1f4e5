import assert from "node:assert/strict";
import { alertChannels, Alerts } from "../../src/operations/alerts.ts";
import type { HealthReport, HealthStatus } from "../../src/operations/health_report.ts";
import { readConfig } from "../../src/settings/config.ts";
import { Store } from "../../src/store/store.ts";

Deno.test("Alerts: told once when it lasts, again until it is heard, and when all is well again; not anew after a start", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-alerts-" });
  const store = new Store(`${folder}/sonodesk.sqlite`);
  const heard: { box: string; status: string; changed: { name: string; status: string }[] }[] = [];
  let answer = 200;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const body = await request.json();
    if (answer === 200) heard.push(body);
    return new Response("", { status: answer });
  });
  try {
    let backup: HealthStatus = "ok";
    const health = (): HealthReport => ({
      status: backup,
      checks: [{ name: "backup", status: backup, detail: "The last backup failed", since: "2026-11-29T02:00:00.000Z" }],
    });
    const alertUrl = `http://127.0.0.1:${server.addr.port}/?token=secret`;
    const made = () =>
      new Alerts({
        ...{ settings: store.settings, health, name: () => "Sunrise Clinic" },
        channels: () => alertChannels({ ...readConfig({}), alertUrl }),
      });
    const alerts = made();
    const looks = async (count: number, of = alerts) => {
      for (let n = 0; n < count; n++) await of.look();
    };
    await looks(3);
    assert.equal(heard.length, 0, "all is well");
    backup = "warning";
    await looks(1);
    backup = "ok";
    await looks(2);
    assert.equal(heard.length, 0, "it did not last");
    backup = "warning";
    answer = 500;
    await looks(3);
    answer = 200;
    await looks(3);
    assert.deepEqual(heard.map(({ box, status, changed }) => [box, status, changed.map(({ name }) => name)]), [
      ["Sunrise Clinic", "warning", ["backup"]],
    ]);
    await looks(3, made());
    assert.equal(heard.length, 1, "who knows is not told anew after a start");
    backup = "ok";
    await looks(2);
    assert.deepEqual(heard[1]!.changed.map(({ name, status }) => [name, status]), [["backup", "ok"]]);
  } finally {
    await server.shutdown();
    store.close();
    await Deno.remove(folder, { recursive: true });
  }
});
