// runs alone: how long the box answers nobody is measured
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import { Dataset } from "../../src/dicom/dataset.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { MODALITY_PERFORMED_PROCEDURE_STEP } from "../../src/dicom/sop_class.ts";
import { EXPLICIT_LITTLE_ENDIAN } from "../../src/dicom/transfer_syntax.ts";
import { newUid } from "../../src/dicom/uid.ts";
import { CommandField, Status } from "../../src/dimse/command.ts";
import { Requestor } from "../../src/dimse/requestor.ts";
import { echo } from "../../src/services/echo_check.ts";
import { writeDataset } from "../../src/dicom/write_dataset.ts";
import { BoxProcess } from "../support/box_process.ts";
import { remote, send } from "../support/sender.ts";
import { answering, assertAnswering } from "../support/silence.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";
import { PATIENCE } from "../support/until.ts";

/** So many elements of no length, explicit little endian, of one group. */
function manyElements(count: number, group = 0x0077): Buffer {
  const bytes = Buffer.alloc(count * 8);
  for (let n = 0; n < count; n++) {
    bytes.writeUInt16LE(group, n * 8);
    bytes.writeUInt16LE(0x1000 + n % 0xe000, n * 8 + 2);
    bytes.write("LO", n * 8 + 4, "latin1");
  }
  return bytes;
}

async function metricsOf(box: BoxProcess): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${box.webPort}/metrics`)).text();
}

/** What the box is like while something goes on: how long the worst C-ECHO and the worst page took, milliseconds. */
async function whileAsked<T>(box: BoxProcess, work: Promise<T>): Promise<{ result: T; worst: number }> {
  let over = false;
  let worst = 0;
  const asking = (async () => {
    while (!over) {
      for (
        const ask of [
          () => echo(remote(box.worklistPort, "ECHO"), PATIENCE * 1000),
          async () => void await (await fetch(`http://127.0.0.1:${box.webPort}/healthz`)).body?.cancel(),
        ]
      ) {
        const started = performance.now();
        await ask();
        worst = Math.max(worst, performance.now() - started);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  try {
    return {
      result: await work,
      get worst() {
        return worst;
      },
    };
  } finally {
    over = true;
    await asking;
  }
}

async function started(): Promise<{ box: BoxProcess; folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-silence-" });
  const box = await BoxProcess.start(folder, {
    SONODESK_ASSOCIATIONS_PER_ADDRESS: "18",
    SONODESK_ADMIN_USERNAME: "admin",
    SONODESK_ADMIN_PASSWORD: "a long password",
  });
  return {
    box,
    folder,
    async [Symbol.asyncDispose]() {
      await box[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test(
  "data sets of millions of small elements by C-STORE: kept, and nobody waits",
  answering(async () => {
    await using running = await started();
    const { box } = running;
    for (const count of [1_000_000, 8_000_000]) {
      const object = ultrasoundObject();
      // before the pixels, as a machine's private attributes stand
      const [head, pixels] = beforePixels(object.data);
      const data = Buffer.concat([head, manyElements(count), pixels]);
      const { result, worst } = await whileAsked(box, send(box.storagePort, { ...object, data }));
      assert.equal(result.status, Status.SUCCESS, `${count} elements: ${result.comment}`);
      console.log(`${count} elements: the longest answer took ${Math.round(worst)} ms`);
    }
    // whose it is stands behind more elements than are looked at
    const object = ultrasoundObject();
    const { status, comment } = await send(box.storagePort, {
      ...object,
      data: Buffer.concat([manyElements(3_000_000, 0x0009), object.data]),
    });
    assert.equal(status, Status.CANNOT_UNDERSTAND);
    assert.match(comment, /more than 2000000 elements/);
    assertAnswering(await metricsOf(box), `under many elements, with ${Math.round(box.peakMemory)} MB at most`);
    assert.ok(box.peakMemory < 700, `${box.peakMemory} MB`);
  }),
);

Deno.test(
  "a deflated object by C-STORE that inflates to 800 MB: nobody waits",
  answering(async () => {
    await using running = await started();
    const { box } = running;
    const object = ultrasoundObject();
    const [head, pixels] = beforePixels(object.data);
    const many = manyElements(1_000_000);
    const data = deflateRawSync(Buffer.concat([head, ...Array.from({ length: 100 }, () => many), pixels]), {
      level: 1,
    });
    const transferSyntaxUid = "1.2.840.10008.1.2.1.99"; // deflated
    const { result, worst } = await whileAsked(box, send(box.storagePort, { ...object, transferSyntaxUid, data }));
    assert.equal(result.status, Status.SUCCESS, result.comment);
    console.log(`${data.length} bytes of it deflated: longest answer ${Math.round(worst)} ms`);
    assertAnswering(await metricsOf(box), "under it");
  }),
);

Deno.test(
  "sixteen procedure steps at once, of as many elements as are sent: refused, and nobody waits",
  answering(async () => {
    await using running = await started();
    const { box } = running;
    const attributes = (count: number) =>
      Buffer.concat([
        writeDataset(
          new Dataset().setText(Tag.Modality, "CS", "US").setText(Tag.PatientID, "LO", "P1")
            .setText(Tag.PerformedProcedureStepStatus, "CS", "IN PROGRESS"),
          EXPLICIT_LITTLE_ENDIAN,
        ),
        manyElements(count),
      ]);
    async function begin(data: Uint8Array): Promise<number> {
      const contexts = [{
        abstractSyntax: MODALITY_PERFORMED_PROCEDURE_STEP,
        transferSyntaxes: [EXPLICIT_LITTLE_ENDIAN.uid],
      }];
      const requestor = await Requestor.connect(remote(box.worklistPort, "US1"), contexts, {
        patience: PATIENCE * 1000,
      });
      const context = requestor.accepted(MODALITY_PERFORMED_PROCEDURE_STEP)[0]!;
      const command = new Dataset().setText(Tag.AffectedSOPClassUID, "UI", MODALITY_PERFORMED_PROCEDURE_STEP)
        .setText(Tag.AffectedSOPInstanceUID, "UI", newUid());
      const { command: response } = await requestor.request(context.id, CommandField.N_CREATE, command, data);
      await requestor.release();
      return response.number("Status")!;
    }
    assert.equal(await begin(attributes(25_000)), Status.SUCCESS);
    for (const count of [500_000, 900_000]) {
      const data = attributes(count);
      const { result } = await whileAsked(box, Promise.all(Array.from({ length: 16 }, () => begin(data))));
      assert.deepEqual(result, Array(16).fill(Status.PROCESSING_FAILURE));
    }
    assertAnswering(await metricsOf(box), `under procedure steps, with ${Math.round(box.peakMemory)} MB at most`);
    assert.ok(box.peakMemory < 700, `${box.peakMemory} MB`);
  }),
);

Deno.test(
  "eight machines store at once: nobody waits",
  answering(async () => {
    await using running = await started();
    const { box } = running;
    const pixels = new Uint8Array(1_500_000);
    const store = async () => {
      for (let n = 0; n < 20; n++) {
        const object = ultrasoundObject();
        const [head] = beforePixels(object.data);
        const data = Buffer.concat([
          head,
          writeDataset(new Dataset().add({ tag: Tag.PixelData, vr: "OB", value: pixels }), EXPLICIT_LITTLE_ENDIAN),
        ]);
        assert.equal((await send(box.storagePort, { ...object, data })).status, Status.SUCCESS);
      }
    };
    const { worst } = await whileAsked(box, Promise.all(Array.from({ length: 8 }, store)));
    console.log(`longest answer ${Math.round(worst)} ms`);
    assertAnswering(await metricsOf(box), "while eight store");
  }),
);

/** A data set before its pixel data, and the pixel data. */
function beforePixels(data: Uint8Array): [Buffer, Buffer] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const at = bytes.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  assert.ok(at > 0);
  return [bytes.subarray(0, at), bytes.subarray(at)];
}
