import assert from "node:assert/strict";
import { Status } from "../../src/dimse/command.ts";
import { Box } from "../support/box.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/*
 * Other programs on the box's own computer that read or write the store, or clean up where they should not.
 */

/** Runs SQL on a store in a process of its own, and again when told to go on. */
class OtherProgram implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;

  constructor(store: string, first: string, then: string) {
    const code = `
      import { DatabaseSync } from "node:sqlite";
      const store = new DatabaseSync(${JSON.stringify(store)});
      store.exec(${JSON.stringify(first)});
      console.log("ready");
      await Deno.stdin.read(new Uint8Array(1));
      store.exec(${JSON.stringify(then)});
      store.close();`;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", "--no-lock", code],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.getReader();
  }

  async ready(): Promise<void> {
    const { value } = await this.#output.read();
    assert.equal(new TextDecoder().decode(value).trim(), "ready");
  }

  async goOn(): Promise<void> {
    await this.#input.write(new Uint8Array(1));
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended by itself
    }
    await this.#output.cancel();
    await this.#input.abort().catch(() => {}); // nobody reads it any more
    await this.#process.status;
  }
}

Deno.test("a program that holds the store's write lock: images wait for it, and everything else is answered", async () => {
  await using box = await Box.start();
  await using other = new OtherProgram(
    `${box.folder}/sonodesk.sqlite`,
    "BEGIN IMMEDIATE; CREATE TABLE strange (x)",
    "ROLLBACK",
  );
  await other.ready();
  let answered: Awaited<ReturnType<typeof send>> | undefined;
  const sent = send(box.storagePort, ultrasoundObject()).then((answer) => answered = answer);
  const until = performance.now() + 2000;
  let longest = 0;
  while (performance.now() < until) {
    const asked = performance.now();
    const answer = await fetch(`http://127.0.0.1:${box.appliance.ports.webPort}/healthz`);
    await answer.body?.cancel();
    longest = Math.max(longest, performance.now() - asked);
  }
  assert.ok(longest < 1500, `the page was answered after ${Math.round(longest)} ms at most`);
  assert.equal(answered, undefined, "what cannot be written down is not acknowledged");
  await other.goOn();
  await sent;
  assert.equal(answered!.status, Status.SUCCESS);
});

Deno.test("a write lock that does not end: images are refused with A700, so that the machine sends them again", async () => {
  await using box = await Box.start();
  await using other = new OtherProgram(`${box.folder}/sonodesk.sqlite`, "BEGIN IMMEDIATE", "ROLLBACK");
  await other.ready();
  const object = ultrasoundObject();
  assert.equal((await send(box.storagePort, object)).status, Status.OUT_OF_RESOURCES);
  await other.goOn();
  assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
});

Deno.test("a program that reads the store for long: its log shrinks again when that has ended", async () => {
  await using box = await Box.start();
  const log = `${box.folder}/sonodesk.sqlite-wal`;
  await using other = new OtherProgram(
    `${box.folder}/sonodesk.sqlite`,
    "BEGIN; SELECT count(*) FROM settings",
    "COMMIT",
  );
  await other.ready();
  const text = "x".repeat(500_000);
  const write = (n: number) =>
    box.store.transaction(() => box.store.audit.add("test", "noted", `event ${n}`, { text: `${n} ${text}` }));
  for (let n = 0; Deno.statSync(log).size < 80_000_000; n++) write(n);
  await other.goOn();
  for (let n = 0; n < 60; n++) write(n);
  const { size } = Deno.statSync(log);
  assert.ok(size <= 34_000_000, `the log has ${size} bytes`);
});

Deno.test("the folder for what comes in is removed while the box runs: the next image is stored", async () => {
  await using box = await Box.start();
  await Deno.remove(`${box.folder}/archive/incoming`, { recursive: true });
  const object = ultrasoundObject();
  assert.equal((await send(box.storagePort, object)).status, Status.SUCCESS);
  const { path } = box.store.instances.find(object.sopInstanceUid)!;
  assert.ok(Deno.statSync(`${box.folder}/archive/${path}`).isFile);
});
