import assert from "node:assert/strict";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { Box } from "../support/box.ts";
import { peerTest, run } from "../support/peers.ts";
import { fixtures, readObject, samples } from "../support/samples.ts";
import { send } from "../support/sender.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/** The data set of a stored object, as the archive holds it. */
function storedData(box: Box, sopInstanceUid: string): Uint8Array {
  const instance = box.store.instances.find(sopInstanceUid);
  assert.ok(instance, `${sopInstanceUid} is not in the store`);
  const bytes = Deno.readFileSync(box.appliance.archive.pathOf(instance.path));
  assert.equal(bytes.length, instance.size);
  return bytes.subarray(readFileMeta(bytes).dataOffset);
}

peerTest("storescu sends every fixture, and each is stored as it was sent", ["storescu", "dcmconv"], async () => {
  await using box = await Box.start();
  for (const { name, path } of fixtures()) {
    const { transferSyntaxUid } = readObject(path);
    // storescu writes sequences anew, with their lengths; so does dcmconv
    const rewritten = `${box.folder}/${name}`;
    await run("dcmconv", [path, rewritten]);
    const object = readObject(rewritten);
    const proposal = ["-R", ...syntaxOption(transferSyntaxUid)];
    const { code, text } = await run("storescu", ["-v", ...proposal, "127.0.0.1", box.storagePort, rewritten]);
    assert.equal(code, 0, `${name}: ${text}`);
    assert.match(text, /Received Store Response \(Success\)/, name);
    assert.deepEqual(storedData(box, object.sopInstanceUid), object.data, name);
  }
});

Deno.test("every ultrasound sample is stored byte for byte in its own transfer syntax", async () => {
  await using box = await Box.start();
  for (const { name, path } of [...samples("us"), ...samples("sr"), ...fixtures()]) {
    const object = readObject(path);
    const { status, comment } = await send(box.storagePort, object);
    assert.equal(status, 0, `${name}: ${comment}`);
    assert.deepEqual(storedData(box, object.sopInstanceUid), object.data, name);
  }
});

Deno.test("a stored file is a Part 10 file with the meta information of its object", async () => {
  await using box = await Box.start();
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const instance = box.store.instances.find(object.sopInstanceUid)!;
  const { meta } = readFileMeta(Deno.readFileSync(box.appliance.archive.pathOf(instance.path)));
  assert.deepEqual(meta, {
    sopClassUid: object.sopClassUid,
    sopInstanceUid: object.sopInstanceUid,
    transferSyntaxUid: object.transferSyntaxUid,
    sourceAeTitle: "TESTSCU",
  });
});

peerTest("a stored file is readable by dcmdump", ["dcmdump"], async () => {
  await using box = await Box.start();
  const object = ultrasoundObject({ patientName: "García^José" });
  await send(box.storagePort, object);
  const instance = box.store.instances.find(object.sopInstanceUid)!;
  const { code, text } = await run("dcmdump", ["+M", box.appliance.archive.pathOf(instance.path)]);
  assert.equal(code, 0, text);
  assert.match(text, /SourceApplicationEntityTitle/);
  assert.match(text, new RegExp(object.sopInstanceUid.replaceAll(".", "\\.")));
});

/** storescu proposes what it is told: the option for each transfer syntax that needs one. */
function syntaxOption(uid: string): string[] {
  const options: Record<string, string> = {
    "1.2.840.10008.1.2": "-xi",
    "1.2.840.10008.1.2.1": "-xe",
    "1.2.840.10008.1.2.2": "-xb",
    "1.2.840.10008.1.2.4.50": "-xy",
    "1.2.840.10008.1.2.5": "-xr",
  };
  return options[uid] === undefined ? [] : [options[uid]];
}
