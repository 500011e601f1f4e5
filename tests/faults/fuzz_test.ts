import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Store } from "../../src/store/store.ts";
import { Status } from "../../src/dimse/command.ts";
import { PduType } from "../../src/dimse/pdu.ts";
import { writePData, writeReleaseRequest } from "../../src/dimse/write_pdu.ts";
import { DEFAULT_BOUNDS } from "../../src/dimse/guard.ts";
import { RequestFailed } from "../../src/dimse/requestor.ts";
import { BoxProcess } from "../support/box_process.ts";
import { DicomWebClient, tokenFor } from "../support/dicomweb_client.ts";
import { fixtures, readObject } from "../support/samples.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { STORE_REQUEST, storeCommand } from "../support/store_by_hand.ts";
import { until } from "../support/until.ts";

/** How long each fuzzer goes on, seconds; without it a short form of so many runs. */
const SECONDS = Deno.env.get("SONODESK_FUZZ_SECONDS");
/** Resident memory of the box's own process, megabytes: a load that does not end leaves it here. */
const MOST_MEMORY = 600;

function runs(seed: number, few: number): { seed: number; numRuns: number } {
  return SECONDS === undefined ? { seed, numRuns: few } : {
    ...{ seed, numRuns: 1e9, interruptAfterTimeLimit: Number(SECONDS) * 1000, markInterruptAsFailure: false },
  };
}

/** A box of its own and its token; at the end it is the same process, works, and has not grown. */
async function fuzzed(name: string, fuzz: (box: BoxProcess, web: DicomWebClient, seed: number) => Promise<number>) {
  const seed = Number(Deno.env.get("SONODESK_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`SONODESK_SEED=${seed}`);
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-fuzz-" });
  try {
    const store = new Store(`${folder}/sonodesk.sqlite`);
    const token = tokenFor(store, { role: "admin" });
    store.close();
    await using box = await BoxProcess.start(folder);
    const count = await fuzz(box, new DicomWebClient(box.webPort, token), seed);
    // who was just cut off leaves its place a moment later
    const after = `after ${name} with seed ${seed}`;
    await until(`${after}: the places of those who have gone are given back`, () => isPlaceFree(box));
    await until(`${after}: an object is taken`, () => isTaken(box));
    assert.ok(Deno.statSync(`/proc/${box.pid}`).isDirectory, "it is the same process still");
    console.log(`${count} ${name}, memory at most ${Math.round(box.peakMemory)} MB`);
    assert.ok(box.peakMemory < MOST_MEMORY, `${box.peakMemory} MB`);
    await until("no half files are left", () => [...Deno.readDirSync(`${folder}/archive/incoming`)].length === 0);
    assert.equal(await box.stop(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function isTaken(box: BoxProcess): Promise<boolean> {
  try {
    return (await send(box.storagePort, ultrasoundObject())).status === Status.SUCCESS;
  } catch (error) {
    if (error instanceof RequestFailed && /busy/.test(error.message)) return false;
    throw error;
  }
}

/** Whether one address has as many associations as it may. */
async function isPlaceFree(box: BoxProcess): Promise<boolean> {
  const peers = await Promise.all(
    Array.from({ length: DEFAULT_BOUNDS.associationsPerAddress }, () => ScriptedPeer.connect(box.storagePort)),
  );
  const answers = [];
  for (const peer of peers) {
    try {
      await peer.send(STORE_REQUEST);
      answers.push((await peer.pdu())?.type);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)) throw error;
      answers.push(undefined);
    }
  }
  for (const peer of peers) peer.close();
  return answers.every((type) => type === PduType.ASSOCIATE_AC);
}

interface Mutation {
  changes: { at: number; byte: number }[];
  cut: number | undefined;
  noise: Uint8Array;
  where: number;
}

function mutationOf(length: number): fc.Arbitrary<Mutation> {
  return fc.record({
    changes: fc.array(fc.record({ at: fc.nat(length - 1), byte: fc.nat(255) }), { maxLength: 8 }),
    cut: fc.option(fc.nat(length), { nil: undefined }),
    noise: fc.uint8Array({ maxLength: 64 }),
    where: fc.nat(length),
  });
}

function mutate(original: Uint8Array, { changes, cut, noise, where }: Mutation): Buffer {
  const bytes = Buffer.from(original);
  for (const { at, byte } of changes) bytes[at] = byte;
  return Buffer.concat([bytes.subarray(0, where), noise, bytes.subarray(where)]).subarray(0, cut);
}

Deno.test("fuzz: random and mutated PDU streams never end or grow the box, and leave no association open", () =>
  fuzzed("PDU streams", async (box, _, seed) => {
    const object = ultrasoundObject();
    const talk = Buffer.concat([
      STORE_REQUEST,
      writePData(1, true, storeCommand(object.sopInstanceUid), 16384),
      writePData(1, false, object.data, 16384),
      writeReleaseRequest(),
    ]);
    // a PDU of each type and of any content, alone or after a good request
    const random = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 8 }), fc.uint8Array({ maxLength: 200 }))
      .map(([associates, type, body]) => {
        const header = Buffer.from([type, 0, 0, 0, 0, body.length]);
        return Buffer.concat([associates ? STORE_REQUEST : Buffer.alloc(0), header, body]);
      });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutationOf(talk.length), random), fc.boolean(), async (what, toWorklist) => {
        count += 1;
        const stream = what instanceof Uint8Array ? what : mutate(talk, what);
        const peer = await ScriptedPeer.connect(toWorklist ? box.worklistPort : box.storagePort);
        try {
          await peer.send(stream);
        } catch (error) {
          if (!(error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset)) throw error;
        } finally {
          peer.close();
        }
      }),
      runs(seed, 500),
    );
    return count;
  }));

/** Objects of every kind that the fixtures have: each transfer syntax, clips, reports. */
const objects = fixtures().map(({ path }) => readObject(path)).filter(({ data }) => data.length < 500_000);

Deno.test("fuzz: mutated objects by C-STORE are taken or refused, and what is taken is drawn, described or set aside", () =>
  fuzzed("objects", async (box, web, seed) => {
    let count = 0;
    const mutated = fc.nat(objects.length - 1).chain((at) =>
      fc.tuple(fc.constant(at), mutationOf(objects[at]!.data.length))
    );
    await fc.assert(
      fc.asyncProperty(mutated, async ([at, mutation]) => {
        count += 1;
        const object = { ...objects[at]!, data: mutate(objects[at]!.data, mutation) };
        const { sopInstanceUid } = ultrasoundObject();
        // mostly under the UID that its bytes have, so that it is taken
        try {
          await send(box.storagePort, count % 4 === 0 ? { ...object, sopInstanceUid } : object);
        } catch (error) {
          if (!(error instanceof RequestFailed)) throw error;
        }
        if (count % 10 !== 0) return;
        const answer = await web.fetch(
          `/instances?limit=20&SOPInstanceUID=${object.sopInstanceUid}`,
          "application/json",
        );
        assert.ok([200, 204].includes(answer.status), `${answer.status}`);
        const [found] = answer.status === 200 ? await answer.json() : [];
        const [study, series] = ["0020000D", "0020000E"].map((tag) => found?.[tag]?.Value?.[0]);
        if (study === undefined) return;
        const where = `/studies/${study}/series/${series}/instances/${object.sopInstanceUid}`;
        for (const path of ["/metadata", "/rendered", "/frames/1"]) {
          const { status, body } = await web.fetch(where + path);
          await body?.cancel();
          assert.ok(status !== 500, `${path}: ${status}`);
        }
      }),
      runs(seed, 150),
    );
    return count;
  }));

Deno.test("fuzz: mutated STOW bodies have an answer, and never 500", () =>
  fuzzed("STOW bodies", async (_, web, seed) => {
    let count = 0;
    const files = fixtures().map(({ path }) => Deno.readFileSync(path)).filter(({ length }) => length < 500_000);
    const bodies = files.map((file) =>
      Buffer.concat([
        Buffer.from("--limit\r\nContent-Type: application/dicom\r\n\r\n"),
        file,
        Buffer.from("\r\n--limit--\r\n"),
      ])
    );
    const mutated = fc.nat(bodies.length - 1).chain((at) => fc.tuple(fc.constant(at), mutationOf(bodies[at]!.length)));
    await fc.assert(
      fc.asyncProperty(mutated, async ([at, mutation]) => {
        count += 1;
        const answer = await web.fetch("/studies", "application/dicom+json", {
          method: "POST",
          headers: { "content-type": `multipart/related; type="application/dicom"; boundary=limit` },
          body: new Uint8Array(mutate(bodies[at]!, mutation)),
        });
        const said = await answer.text();
        assert.ok([200, 202, 400, 409, 415].includes(answer.status), `${answer.status} ${said}`);
      }),
      runs(seed, 150),
    );
    return count;
  }));
