import assert from "node:assert/strict";
import { type Caller, caller, healthOf } from "../main_job.ts";
import type { VirtualComputer } from "./virtual_computer.ts";

/** Firmware, kernel and a browser in software take their time, and more on a machine with other work. Seconds. */
export const PATIENCE = 900;
export const ADMIN = { username: "owner", password: "long enough for a test" };

/** Waits until the box is well. */
export async function well(computer: VirtualComputer): Promise<void> {
  const { status } = await healthOf(`http://127.0.0.1:${computer.ports.http}`, PATIENCE);
  assert.notEqual(status, "failing");
}

/** Sets a new box up with the code that it prints, over HTTPS that is trusted by its certificate; any machine may call. */
export async function setUp(computer: VirtualComputer): Promise<Caller> {
  await well(computer);
  const [, code] = await computer.prints(/Its setup code is (\d{4}-\d{4})/, PATIENCE);
  const call = await overHttps(computer);
  const clinic = { clinicName: "Sunrise Clinic", timeZone: "UTC", language: "en" };
  await (await call("POST", "/api/setup", { ...ADMIN, ...clinic, code })).body?.cancel();
  await (await call("PATCH", "/api/settings", { SONODESK_ADMISSION: "open" })).body?.cancel();
  return call;
}

/** Signs in on a box that has been set up; on one that is `failing` too, where the test knows of it. */
export async function signIn(computer: VirtualComputer, options: { failing?: boolean } = {}): Promise<Caller> {
  if (!options.failing) await well(computer);
  const call = await overHttps(computer);
  await (await call("POST", "/api/session", ADMIN)).body?.cancel();
  return call;
}

/** Uploads an update that is installed without asking. */
export async function sendUpdate(call: Caller, bundle: string): Promise<void> {
  const { status } = await call("PUT", "/api/update?install=yes", new Blob([await Deno.readFile(bundle)]));
  assert.equal(status, 202);
}

/** Waits until the box has said how an update went. */
export async function outcome(call: Caller): Promise<{ state: string; detail: string }> {
  const end = performance.now() + PATIENCE * 1000;
  for (;;) {
    const { state, detail } = await (await call("GET", "/api/update")).json();
    if (!["none", "fetching", "checking", "installing", "trying"].includes(state)) return { state, detail };
    assert.ok(performance.now() < end, `the update is still ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Calls that trust the certificate which the box shows now. */
export async function overHttps(computer: VirtualComputer): Promise<Caller> {
  const der = await (await fetch(`http://127.0.0.1:${computer.ports.http}/certificate.crt`)).bytes();
  const lines = der.toBase64().match(/.{1,64}/g)!;
  const pem = ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
  return caller(`https://127.0.0.1:${computer.ports.https}`, Deno.createHttpClient({ caCerts: [pem] }));
}

/** Waits until a backup has been made, which nothing may have kept from. */
export async function backedUp(call: Caller): Promise<void> {
  const end = performance.now() + PATIENCE * 1000;
  for (;;) {
    const { backup } = await (await call("GET", "/api/care")).json();
    if (backup.last?.at) return;
    assert.ok(!backup.last?.failedAt && performance.now() < end, JSON.stringify(backup));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What the box is once it answers. */
export function kindOf(computer: VirtualComputer): Promise<"rescue" | "first start" | "works"> {
  return untilDone("it answers", async () => {
    const call = await overHttps(computer);
    const rescue = await call("GET", "/api/rescue").catch((error) => error as Error);
    if (rescue instanceof Response) {
      await rescue.body?.cancel();
      return "rescue";
    }
    return (await (await call("GET", "/api/box")).json()).setup === undefined ? "works" : "first start";
  });
}

/** Tries again until it neither fails nor is refused. */
export async function untilDone<T>(what: string, look: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE * 1000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > end) throw new Error(`Waited in vain until ${what}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Steps of a test of which each needs those before it: after one that failed they would only wait in vain. */
export function stepsOf(t: Deno.TestContext): (name: string, work: () => Promise<void>) => Promise<void> {
  return async (name, work) => {
    if (!await t.step(name, work)) throw new Error(`What follows needs: ${name}`);
  };
}
