import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import { bytesSource } from "../../src/dicom/byte_source.ts";
import { MalformedDataset } from "../../src/dicom/malformed_dataset.ts";
import { inflate } from "../../src/objects/inflate.ts";
import { Status } from "../../src/dimse/command.ts";
import { Box } from "../support/box.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

const DEFLATED = "1.2.840.10008.1.2.1.99"; // Deflated Explicit VR Little Endian (PS3.5 A.5)

Deno.test("A deflated stream is read to its end, whatever its length and whatever makes it even", async () => {
  const lengths = new Set<number>();
  for (let length = 0; length < 60; length++) {
    const data = new Uint8Array(length).map((_, at) => at * 7919 >> 2);
    const deflated = deflateRawSync(data);
    lengths.add(deflated.length % 2);
    for (const padding of [0, 1, 2, 5000]) {
      const { bytes, whole } = await inflate(bytesSource(Buffer.concat([deflated, new Uint8Array(padding)])));
      assert.ok(whole && Buffer.from(bytes).equals(data), `${length} bytes, ${padding} after them`);
    }
    await assert.rejects(inflate(bytesSource(deflated.subarray(0, -1))), MalformedDataset);
  }
  assert.equal(lengths.size, 2, "odd and even ones");
});

Deno.test("Deflated images of odd and even length are stored, drawn and found whole", async () => {
  await using box = await Box.start();
  const parities = new Set<number>();
  // the identifiers of each object are its own, so that the length of what comes out is chance
  for (let pixels = 64 * 64; parities.size < 2 || pixels < 64 * 72; pixels += 64) {
    assert.ok(pixels < 64 * 200, "odd and even ones");
    const object = ultrasoundObject({ pixels });
    const deflated = deflateRawSync(object.data);
    parities.add(deflated.length % 2);
    const data = new Uint8Array(Buffer.concat([deflated, new Uint8Array(deflated.length % 2)]));
    assert.equal(
      (await send(box.storagePort, { ...object, transferSyntaxUid: DEFLATED, data })).status,
      Status.SUCCESS,
    );
    const instance = box.store.instances.find(object.sopInstanceUid)!;
    assert.equal(instance.frames, 1);
  }
  assert.deepEqual((await box.appliance.archive.checkIntegrity()).damaged, []);
});
