import assert from "node:assert/strict";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { Store } from "../../src/store/store.ts";
import { Box } from "./box.ts";
import { send } from "./sender.ts";
import { ultrasoundObject } from "./ultrasound_object.ts";

/** A data folder with objects of these sizes in it, of a box that has stopped. Returns their bytes by UID. */
export async function filledData(data: string, sizes: readonly number[]): Promise<Map<string, Uint8Array>> {
  await Deno.mkdir(data, { recursive: true });
  const box = await Box.start({ data });
  const sent = new Map<string, Uint8Array>();
  for (const [shade, pixels] of sizes.entries()) {
    const object = ultrasoundObject({ shade, pixels: Math.ceil(pixels / 64) * 64 });
    assert.equal((await send(box.storagePort, object)).status, 0);
    sent.set(object.sopInstanceUid, object.data);
  }
  await box.appliance.stop();
  return sent;
}

/** Every one of them is in a data folder, with the bytes that were sent. */
export function assertHolds(data: string, objects: Map<string, Uint8Array>): void {
  const store = new Store(`${data}/sonodesk.sqlite`);
  try {
    for (const [uid, bytes] of objects) {
      const file = Deno.readFileSync(`${data}/archive/${store.instances.find(uid)!.path}`);
      assert.deepEqual(file.subarray(readFileMeta(file).dataOffset), bytes, uid);
    }
  } finally {
    store.close();
  }
}
