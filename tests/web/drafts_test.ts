import assert from "node:assert/strict";
import { TestBox } from "../support/web_box.ts";

const put = (box: TestBox, cookie: string, values: unknown, name = "walk-in") =>
  box.fetch(`/api/drafts/${name}`, { cookie, method: "PUT", body: { values } });
const get = async (box: TestBox, cookie: string, name = "walk-in") =>
  (await (await box.fetch(`/api/drafts/${name}`, { cookie })).json() as { values: unknown }).values;

Deno.test("Drafts: what somebody typed is there again for them, in any session, and for nobody else", async () => {
  const box = await TestBox.start();
  const [asha, again] = [await box.signIn("receptionist"), await box.signIn("receptionist")];
  const joseph = await box.signIn("doctor");
  assert.equal(await get(box, asha), null);
  assert.equal((await put(box, asha, { firstName: "Gita" })).status, 200);
  await put(box, asha, { firstName: "Gita", phone: "98" });
  assert.deepEqual(await get(box, again), { firstName: "Gita", phone: "98" });
  assert.equal(await get(box, joseph), null);
  await put(box, joseph, null);
  assert.deepEqual(await get(box, asha), { firstName: "Gita", phone: "98" });
  await put(box, again, { note: "fasting", about: "A-1" }, "note"); // each window has its own
  await put(box, again, null);
  assert.equal(await get(box, asha), null);
  assert.deepEqual(await get(box, asha, "note"), { note: "fasting", about: "A-1" });
  await box.stop();
});

Deno.test("Drafts: they have bounds, and end after a day", async () => {
  const box = await TestBox.start();
  const cookie = await box.signIn("receptionist");
  for (
    const [values, name] of [
      [{ a: "x".repeat(1001) }],
      [Object.fromEntries(Array.from({ length: 41 }, (_, n) => [`f${n}`, ""]))],
      [{ a: 1 }],
      [{ a: "x" }, "other"],
    ] as const
  ) {
    const answer = await put(box, cookie, values, name);
    assert.equal(answer.status, 400, JSON.stringify(values).slice(0, 60));
    await answer.body?.cancel();
  }
  assert.equal(await get(box, cookie), null);
  await put(box, cookie, { firstName: "Gita" });
  const { id } = box.store.users.findByUsername("receptionist")!;
  assert.equal(box.store.drafts.find(id, "walk-in"), '{"firstName":"Gita"}');
  const { now } = Date;
  try {
    Date.now = () => now() + 86_400_001;
    assert.equal(box.store.drafts.find(id, "walk-in"), undefined);
  } finally {
    Date.now = now;
  }
  await box.stop();
});
