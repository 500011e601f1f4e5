import assert from "node:assert/strict";
import { strFromU8, unzipSync } from "fflate";
import type { Drive } from "../../src/host/drives.ts";
import { driveVerdict } from "../../src/operations/drive_health.ts";
import { inEnglish } from "../../src/sentences.ts";
import { Box } from "../support/box.ts";
import { addPerson, PASSWORD } from "../support/scanned_study.ts";

const SOUND: Drive = {
  ...{ device: "sda", use: "box", name: "", model: "A disk", serial: "1", kind: "ssd", size: 1e11 },
  ...{ tells: true, troubles: [] },
};
const day = (number: number) => new Date(Date.UTC(2026, 10, number));

Deno.test("Disks in health: worn, low in reserve, unreadable sectors and heat are warnings; what is about to fail is failing", async () => {
  await using box = await Box.start();
  const verdict = (drive: Partial<Drive>) => {
    const { status, sentence } = driveVerdict([{ ...SOUND, ...drive }], box.store.settings, day(1))!;
    return `${status}: ${inEnglish(sentence)}`;
  };
  assert.match(verdict({}), /^ok: The disk says that it is sound/);
  assert.match(verdict({ tells: false }), /^ok: The disk does not say how it is/);
  assert.match(verdict({ lifeUsed: 79 }), /^ok/);
  assert.match(verdict({ lifeUsed: 80 }), /^warning: The disk A disk has used 80 % of its life/);
  assert.match(verdict({ pending: 1 }), /^warning: The disk A disk cannot read 1 of its sectors/);
  assert.match(verdict({ troubles: ["spare-low"] }), /^warning: .* few blocks left/);
  assert.match(verdict({ troubles: ["reserve-low"] }), /^warning: .* few blocks left/);
  assert.match(verdict({ troubles: ["hot"], temperature: 81 }), /^warning: .* too hot \(81 °C\)/);
  assert.match(verdict({ troubles: ["will-fail"], lifeUsed: 99 }), /^failing: .* will fail soon/);
  assert.match(verdict({ troubles: ["read-only"] }), /^failing: /);
  assert.match(verdict({ troubles: ["reserve-used-up"] }), /^failing: /);
  assert.match(
    verdict({ troubles: ["will-fail"], use: "backup", name: "BACKUP-1" }),
    /^warning: The disk BACKUP-1 says/,
    "without its backup disk the box works",
  );
  assert.equal(driveVerdict([], box.store.settings, day(1)), undefined);
});

Deno.test("Disks in health: errors are told when there are more than before, and for a month; nothing is written meanwhile", async () => {
  await using box = await Box.start();
  const { settings } = box.store;
  let written = 0;
  box.store.changes.subscribe(({ noun, id }) => void (noun === "setting" && id === "disk errors seen" && written++));
  const status = (date: Date, drive: Partial<Drive>) => driveVerdict([{ ...SOUND, ...drive }], settings, date)!.status;
  assert.equal(status(day(1), { mediaErrors: 0, reallocated: 0 }), "ok");
  assert.equal(written, 0);
  assert.equal(status(day(1), { mediaErrors: 2 }), "warning");
  assert.equal(status(day(20), { mediaErrors: 2 }), "warning");
  assert.equal(written, 1);
  assert.equal(status(day(31), { mediaErrors: 2 }), "ok", "none came for a month");
  assert.equal(status(day(32), { mediaErrors: 2, reallocated: 1 }), "warning");
  assert.equal(status(day(61), { mediaErrors: 2, reallocated: 1 }), "warning");
  assert.equal(status(day(62), { mediaErrors: 2, reallocated: 1 }), "ok");
  assert.equal(written, 2);
  assert.equal(status(day(62), { serial: "2", mediaErrors: 1 }), "warning", "another disk has its own count");
});

Deno.test("Disks in health: what the image says of them is in health, in the support file and in the metrics", async () => {
  const says = await Deno.makeTempDir({ prefix: "sonodesk-says-" });
  await Deno.mkdir(`${says}/drives`);
  await Deno.writeTextFile(
    `${says}/drives/mmcblk0.json`,
    '{"use":"box","kind":"MMC","model":"DG4032","preEol":"0x03"}',
  );
  await Deno.writeTextFile(`${says}/drives/sdb.json`, '{"use":"backup","name":"BACKUP-1"}');
  const smart = { smart_status: { passed: true }, endurance_used: { current_percent: 91 } };
  await Deno.writeTextFile(`${says}/drives/sdb.smart`, JSON.stringify(smart));
  await using box = await Box.start({ hostState: says });
  await addPerson(box, "owner", "admin");
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  const health = await fetch(`${address}/healthz`);
  assert.equal(health.status, 503);
  const { checks } = await health.json();
  const found = checks.find(({ name }: { name: string }) => name === "drives");
  assert.equal(found.status, "failing");
  assert.equal(found.coded.code, "drive-reserve-used-up");
  const login = await fetch(`${address}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "owner", password: PASSWORD }),
  });
  await login.body?.cancel();
  const headers = { cookie: login.headers.get("set-cookie")!.split(";")[0]! };
  const metrics = await (await fetch(`${address}/metrics`, { headers })).text();
  assert.match(metrics, /^sonodesk_drive_life_used_percent\{device="sdb",use="backup"\} 91$/m);
  assert.match(metrics, /^sonodesk_health\{part="drives"\} 2$/m);
  const zip = await fetch(`${address}/api/diagnostics`, { headers });
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  assert.match(strFromU8(files["drives.json"]!), /"reserve-used-up"/);
  await Deno.remove(says, { recursive: true });
});
