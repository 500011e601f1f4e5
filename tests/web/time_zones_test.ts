import assert from "node:assert/strict";
import { readConfig } from "../../src/settings/config.ts";
import { currentZoneName, TIME_ZONES } from "../../src/settings/time_zones.ts";
import type { TimeZone } from "../../src/web/contract/box.ts";
import { TestBox } from "../support/web_box.ts";

Deno.test("Time zones: each that JavaScript knows is in the list, and each of the list is taken by the setting", () => {
  const known = new Set(TIME_ZONES.flatMap(({ names }) => names));
  assert.deepEqual(Intl.supportedValuesOf("timeZone").filter((zone) => !known.has(zone)), []);
  for (const { name, names, country } of TIME_ZONES) {
    assert.equal(readConfig({ SONODESK_TIME_ZONE: name }).timeZone, name);
    for (const one of names) assert.doesNotThrow(() => readConfig({ SONODESK_TIME_ZONE: one }), one);
    if (name !== "UTC") assert.equal(readConfig({ SONODESK_COUNTRY: country }).country, country, name);
  }
});

Deno.test("Time zones: a former name is the zone's name of today, which every system has", () => {
  const today = { "Asia/Calcutta": "Asia/Kolkata", "Asia/Katmandu": "Asia/Kathmandu", "Europe/Kiev": "Europe/Kyiv" };
  for (const [former, name] of Object.entries(today)) assert.equal(currentZoneName(former), name);
  assert.equal(readConfig({ SONODESK_TIME_ZONE: "asia/kolkata" }).timeZone, "Asia/Kolkata");
  assert.equal(currentZoneName("Europe/Busingen"), "Europe/Busingen", "a zone of its own keeps its name");
  assert.throws(() => readConfig({ SONODESK_TIME_ZONE: "Asia/Kolkatta" }), /it must be a time zone such as/);
});

Deno.test("Time zones: on a system that has the names of today alone, SQLite's clock is the clinic's", async () => {
  const zones = await Deno.makeTempDir({ prefix: "sonodesk-zones-" });
  try {
    await Deno.mkdir(`${zones}/Asia`);
    await Deno.copyFile("/usr/share/zoneinfo/Asia/Kolkata", `${zones}/Asia/Kolkata`);
    const script = `
      import { readConfig } from "${new URL("../../src/settings/config.ts", import.meta.url)}";
      import { DatabaseSync } from "node:sqlite";
      Deno.env.set("TZ", readConfig({ SONODESK_TIME_ZONE: "Asia/Calcutta" }).timeZone);
      console.log(Object.values(new DatabaseSync(":memory:").prepare("SELECT datetime('2026-11-22 12:00', 'localtime')").get()).join());
    `;
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", script], env: { TZDIR: zones } })
      .output();
    assert.equal(new TextDecoder().decode(stdout).trim(), "2026-11-22 17:30:00");
  } finally {
    await Deno.remove(zones, { recursive: true });
  }
});

Deno.test("Time zones: the list is told before anybody has signed in, with India's by its city and both names", async () => {
  const box = await TestBox.start();
  const zones: TimeZone[] = await (await box.fetch("/api/time-zones")).json();
  const india = zones.filter(({ country }) => country === "IN");
  assert.equal(india.length, 1);
  assert.equal(india[0]!.name, "Asia/Kolkata");
  assert.ok(india[0]!.cities.includes("Delhi"));
  assert.deepEqual(india[0]!.names, ["Asia/Kolkata", "Asia/Calcutta"]);
  await box.stop();
});
