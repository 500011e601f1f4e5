import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { ensureTimeZone } from "../../src/host/time_zone.ts";
import { Store } from "../../src/store/store.ts";
import { BoxCertificates } from "../../src/certificates/certificates.ts";
import { Program } from "../support/program.ts";

const DAY = 86_400_000;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-wrong-clock-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const year of [1970, 2010, 2031]) {
  Deno.test(`a certificate authority made while the clock showed ${year} is good today, and stays`, () =>
    inFolder(async (folder) => {
      const names = ["sonodesk.local"];
      const made = await BoxCertificates.open(folder, names, new Date(Date.UTC(year, 5, 1)));
      const before = made.info.fingerprint;
      assert.equal(await made.follow(names, { now: new Date(), isTimeConfirmed: true }), true, "the box's own is new");
      assert.equal(made.info.fingerprint, before, "devices that trust the authority go on");
      const { validFromDate, validToDate } = new X509Certificate(made.authority);
      assert.ok(validFromDate < new Date() && validToDate > new Date(Date.now() + 3000 * DAY));
    }));
}

Deno.test("an authority that a wrong clock has made of no use, and one that ends, make room once the time is sure", () =>
  inFolder(async (folder) => {
    const names = ["sonodesk.local"];
    const now = new Date();
    const first = await BoxCertificates.open(folder, names, now);
    const old = first.info.fingerprint;
    const nearlyOver = new Date(first.authorityEnds.getTime() - 30 * DAY);
    await first.follow(names, { now: nearlyOver, isTimeConfirmed: false });
    assert.equal(first.info.fingerprint, old, "the clock may be wrong: no device must learn to trust another for that");
    assert.equal(await first.follow(names, { now: nearlyOver, isTimeConfirmed: true }), true);
    assert.notEqual(first.info.fingerprint, old);
    assert.ok(first.authorityEnds.getTime() > nearlyOver.getTime() + 3000 * DAY);
    const again = await BoxCertificates.open(folder, names, { now: nearlyOver, isTimeConfirmed: true });
    assert.equal(again.info.fingerprint, first.info.fingerprint);
  }));

Deno.test("a session that was made while the clock was 400 days ahead is none once it is right", () =>
  inFolder(async (folder) => {
    await Promise.resolve();
    const RealDate = Date;
    const store = new Store(`${folder}/store.sqlite`);
    try {
      const user = store.users.add({ username: "asha", displayName: "", role: "admin", passwordHash: "x" });
      const ahead = () => RealDate.now() + 400 * DAY;
      globalThis.Date = new Proxy(RealDate, {
        construct: (real, given) => Reflect.construct(real, given.length === 0 ? [ahead()] : given),
        get: (real, name) => name === "now" ? ahead : Reflect.get(real, name),
      });
      store.sessions.add("ahead", user.id, new Date(Date.now() + DAY).toISOString());
      assert.ok(store.sessions.find("ahead"));
      globalThis.Date = RealDate;
      assert.equal(store.sessions.find("ahead"), undefined);
      store.sessions.add("now", user.id, new Date(Date.now() + DAY).toISOString());
      assert.ok(store.sessions.find("now"));
    } finally {
      globalThis.Date = RealDate;
      store.close();
    }
  }));

Deno.test("TZ with a typo is refused, and an empty one is the system's own zone, or UTC with a word", async () => {
  await using typo = new Program(["start"], { TZ: "Asia/Kolkatta" });
  assert.equal(await typo.ended(), 1);
  assert.match(typo.text, /Cannot use TZ=Asia\/Kolkatta: it must be a time zone such as Asia\/Kolkata/);
  await inFolder(async (folder) => {
    await Deno.symlink("/usr/share/zoneinfo/Asia/Kolkata", `${folder}/localtime`);
    const before = Deno.env.get("TZ");
    try {
      Deno.env.set("TZ", "");
      ensureTimeZone(`${folder}/localtime`);
      assert.equal(Deno.env.get("TZ"), "Asia/Kolkata");
      Deno.env.set("TZ", "");
      await Deno.writeTextFile(`${folder}/timezone`, "Europe/Berlin\n");
      ensureTimeZone(`${folder}/none`, `${folder}/timezone`);
      assert.equal(Deno.env.get("TZ"), "Europe/Berlin");
      Deno.env.set("TZ", "");
      ensureTimeZone(`${folder}/none`, `${folder}/nor this`);
      assert.equal(Intl.DateTimeFormat().resolvedOptions().timeZone, "UTC", "a zone that browsers know");
    } finally {
      if (before === undefined) {
        Deno.env.set("TZ", "UTC");
        Deno.env.delete("TZ");
      } else Deno.env.set("TZ", before);
    }
  });
});

Deno.test("A box started with TZ= tells its pages a time zone that they know", async () => {
  await using box = new Program(["start"], { TZ: "" });
  const [, port] = await box.printed(/is ready: .*page (\d+)/);
  const { timeZone, now, today } = await (await fetch(`http://127.0.0.1:${port}/api/box`)).json();
  assert.doesNotThrow(() => new Intl.DateTimeFormat("en", { timeZone }));
  assert.notEqual(timeZone, "Etc/Unknown");
  assert.ok(Math.abs(Date.parse(now) - Date.now()) < 60_000);
  assert.match(today, /^\d{4}-\d{2}-\d{2}$/);
});
