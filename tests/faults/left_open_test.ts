import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { BoxCertificates } from "../../src/certificates/certificates.ts";
import { BoxProcess } from "../support/box_process.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { TestBox } from "../support/web_box.ts";
import { LoginLimits } from "../../src/web/login_limits.ts";
import { PasswordChecks } from "../../src/web/password_checks.ts";
import type { WebContext } from "../../src/web/context.ts";
import { RequestCounts } from "../../src/web/request_counts.ts";
import { Store } from "../../src/store/store.ts";

/** The modes of everything in a folder that lets others in. */
function openToOthers(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    const mode = Deno.lstatSync(path).mode! & 0o777;
    const own = (mode & 0o077) === 0 ? [] : [`${path} ${mode.toString(8)}`];
    return isDirectory ? [...own, ...openToOthers(path)] : own;
  });
}

Deno.test("what a box writes is for its own user: files 0600, folders 0700, also what was open before", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-modes-" });
  try {
    const data = `${folder}/data`;
    {
      await using box = await BoxProcess.start(data);
      assert.equal((await send(box.storagePort, ultrasoundObject())).status, 0);
      await box.stop();
    }
    assert.equal(Deno.statSync(data).mode! & 0o777, 0o700);
    // the certificate is public; it is behind its folder
    const isSecret = (line: string) => !/certificates\/(authority|box)\.crt 644/.test(line);
    assert.deepEqual(openToOthers(data).filter(isSecret), []);
    Deno.chmodSync(data, 0o755);
    Deno.chmodSync(`${data}/sonodesk.sqlite`, 0o644);
    await using box = await BoxProcess.start(data);
    assert.equal(Deno.statSync(data).mode! & 0o777, 0o700);
    assert.equal(Deno.statSync(`${data}/sonodesk.sqlite`).mode! & 0o777, 0o600);
    await box.stop();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("right passwords that were refused for lack of time are no wrong ones: the owner is let in after all", async () => {
  const store = new Store(":memory:");
  const limits = new LoginLimits();
  const checks = new PasswordChecks(store, limits, new RequestCounts());
  const context = { env: { address: "192.0.2.9" } } as unknown as WebContext;
  const held = Promise.withResolvers<void>();
  const busy = [1, 2, 3, 4].map(() => checks.inTurn(() => held.promise));
  for (let tries = 0; tries < 20; tries++) {
    await assert.rejects(checks.find("owner", "right", context), /many people are signing in/);
  }
  held.resolve();
  await Promise.all(busy);
  assert.equal(limits.begin("owner", "192.0.2.9"), 0, "nothing was counted");
  store.close();
});

Deno.test("who has come by HTTPS is told to come by it only, for a while; plain HTTP is never told", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-https-" });
  const certificates = await BoxCertificates.open(folder, ["localhost", "127.0.0.1"]);
  const box = await TestBox.start({ https: { certificates } });
  const client = Deno.createHttpClient({ caCerts: [new X509Certificate(certificates.authority).toString()] });
  try {
    const secure = await fetch(`https://127.0.0.1:${box.port}/`, { client } as RequestInit);
    assert.match(secure.headers.get("strict-transport-security")!, /^max-age=\d{6,}$/);
    await secure.body?.cancel();
    const plain = await box.fetch("/");
    assert.equal(plain.headers.get("strict-transport-security"), null);
    await plain.body?.cancel();
  } finally {
    client.close();
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
