import assert from "node:assert/strict";
import { StreamLimits } from "../../src/web/stream_limits.ts";
import type { WebContext } from "../../src/web/context.ts";

const BOUNDS = { perSession: 2, perUser: 3, perAddress: 4, all: 5, reading: 60_000 };

/** A request as the limits look at it. */
function asking(session: string, user: string, address: string): WebContext {
  return { env: { address }, get: () => ({ tokenHash: session, user: { id: user } }) } as unknown as WebContext;
}

Deno.test("answers under way are bounded by session, user, address and in all, and the refusal says by which", async () => {
  const limits = new StreamLimits("downloads", BOUNDS);
  const answers: Response[] = [];
  const ask = async (...who: [string, string, string]) =>
    answers.push(await limits.within(asking(...who), () => new Response(new Uint8Array(10))));
  await ask("s1", "u1", "a1");
  await ask("s1", "u1", "a1");
  await assert.rejects(() => ask("s1", "u1", "a1"), { status: 429, message: /of this sign-in/ });
  await ask("s2", "u1", "a1");
  await assert.rejects(() => ask("s3", "u1", "a2"), { status: 429, message: /of this user/ });
  await ask("s4", "u2", "a1");
  await assert.rejects(() => ask("s5", "u3", "a1"), { status: 429, message: /of this address/ });
  await ask("s5", "u3", "a2");
  await assert.rejects(() => ask("s6", "u4", "a3"), { status: 429, message: /of the box/ });
  assert.equal((await answers[0]!.bytes()).length, 10);
  await answers[1]!.body!.cancel();
  assert.equal(limits.open, 3);
  for (const answer of answers.slice(2)) await answer.body!.cancel();
});

Deno.test("an answer that nobody reads on is given up, and what it is made from is closed", async () => {
  const limits = new StreamLimits("downloads", { ...BOUNDS, reading: 50 });
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => close(),
  });
  const answer = await limits.within(asking("s", "u", "a"), () => new Response(body));
  const reader = answer.body!.getReader();
  await reader.read();
  await closed;
  assert.equal(limits.open, 0);
  await assert.rejects(() => reader.read(), /nobody read on/);
  // what fails, or has nothing to send, takes no place
  await assert.rejects(() => limits.within(asking("s", "u", "a"), () => Promise.reject(new Error("no"))), /no/);
  await limits.within(asking("s", "u", "a"), () => new Response(null, { status: 304 }));
  assert.equal(limits.open, 0);
});
