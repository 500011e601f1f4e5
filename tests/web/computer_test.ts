import assert from "node:assert/strict";
import { ImageComputer } from "../../src/operations/image_computer.ts";
import { BOX, PASSWORD, TestBox } from "./test_box.ts";

async function withBox(test: (box: TestBox, cookie: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-computer-" });
  const box = await TestBox.start({ computer: new ImageComputer(`${folder}/wishes`, `${folder}/says`) });
  try {
    await test(box, await box.signIn("admin"), folder);
  } finally {
    await box.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** The wishes that lie there, by name. */
function wishes(folder: string): Record<string, string> {
  try {
    const names = [...Deno.readDirSync(`${folder}/wishes`)].map(({ name }) => name);
    return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(`${folder}/wishes/${name}`)]));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

async function answer(response: Response): Promise<{ status: number; detail?: string }> {
  return { status: response.status, ...await response.json() };
}

Deno.test("Computer: the box is reset by an admin's password and its name, and by nothing less", () =>
  withBox(async (box, cookie, folder) => {
    const reset = async (body: unknown, more: object = {}) =>
      answer(await box.fetch("/api/computer/reset", { cookie, body, ...more }));
    assert.equal((await reset({})).status, 400);
    assert.equal((await reset({ name: BOX.name })).status, 400);
    assert.match((await reset({ name: "Another clinic", password: PASSWORD })).detail!, /not its name/);
    const wrong = await reset({ name: BOX.name, password: "a guess" });
    assert.equal(wrong.status, 403);
    assert.match(wrong.detail!, /the password is wrong/);
    const asDoctor = await reset({ name: BOX.name, password: PASSWORD }, { cookie: await box.signIn("doctor") });
    assert.equal(asDoctor.status, 403);
    assert.deepEqual(wishes(folder), {});

    assert.equal((await reset({ name: BOX.name, password: PASSWORD })).status, 202);
    assert.deepEqual(wishes(folder), { reset: "erase=everything\n" });
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["wishes"]);
    assert.ok(box.store.audit.list({}, 20).some(({ action }) => action === "reset asked for"));
  }));

Deno.test("Computer: who guesses the password for a reset is slowed down", () =>
  withBox(async (box, cookie) => {
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) {
      const body = { name: BOX.name, password: `guess ${n}` };
      statuses.push((await answer(await box.fetch("/api/computer/reset", { cookie, body }))).status);
    }
    assert.ok(statuses.includes(429), statuses.join());
  }));

Deno.test("Computer: a box that is a package of its system says so", async () => {
  const box = await TestBox.start();
  try {
    const cookie = await box.signIn("admin");
    assert.equal((await (await box.fetch("/api/computer", { cookie })).json()).possible, false);
    const body = { name: BOX.name, password: PASSWORD };
    const { status, detail } = await answer(await box.fetch("/api/computer/reset", { cookie, body }));
    assert.equal(status, 409);
    assert.match(detail!, /do it there/);
  } finally {
    await box.stop();
  }
});
