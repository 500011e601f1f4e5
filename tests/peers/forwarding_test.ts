import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readableDataset } from "../../src/dicom/dataset_json.ts";
import { Tag } from "../../src/dicom/dictionary.ts";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { readDataset } from "../../src/dicom/read_dataset.ts";
import { transferSyntaxOf } from "../../src/dicom/transfer_syntax.ts";
import { TestAuthority } from "../support/authority.ts";
import { Box } from "../support/box.ts";
import { OrthancPeer } from "../support/orthanc.ts";
import { peerTest, run } from "../support/peers.ts";
import { fixtures, readObject } from "../support/samples.ts";
import { PeerServer } from "../support/servers.ts";
import { send } from "../support/sender.ts";

const DESTINATION = { name: "PACS", aeTitle: "PACS", address: "127.0.0.1", tls: false, enabled: true, rules: [] };

/** What a box has sent on, all of it. */
async function forwarded(box: Box, id: string): Promise<void> {
  await box.until("everything is sent on", () => box.store.destinations.queueLength(id).sent === fixtures().length);
}

/** The data sets in a folder that storescp has written, by SOP Instance UID, with their transfer syntaxes. */
function written(folder: string) {
  return new Map(
    [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => {
      const { sopInstanceUid, transferSyntaxUid, data } = readObject(`${folder}/${name}`);
      return [sopInstanceUid, { transferSyntaxUid, data: Buffer.from(data) }];
    }),
  );
}

peerTest("storescp gets every fixture with its own bytes and transfer syntax", ["storescp"], async () => {
  await using box = await Box.start();
  await using pacs = await PeerServer.start("storescp", (port, folder) => ["+xa", "+B", "-od", folder, port]);
  const { id } = box.store.destinations.add({ ...DESTINATION, port: Number(pacs.port) });
  const objects = fixtures().map(({ path }) => readObject(path));
  for (const object of objects) await send(box.storagePort, object);
  await forwarded(box, id);
  const there = written(pacs.folder);
  assert.equal(there.size, objects.length);
  for (const { sopInstanceUid, transferSyntaxUid, data } of objects) {
    assert.equal(there.get(sopInstanceUid)!.transferSyntaxUid, transferSyntaxUid);
    assert.ok(there.get(sopInstanceUid)!.data.equals(data), sopInstanceUid);
  }
});

peerTest("storescp over TLS with certificates on both sides; one that is not trusted gets nothing", [
  "storescp",
  "openssl",
], async () => {
  await using authority = await TestAuthority.make();
  await using stranger = await TestAuthority.make();
  const [own, theirs, wrong] = [
    await authority.certify("box"),
    await authority.certify("pacs"),
    await stranger.certify("stranger"),
  ];
  await using box = await Box.start({
    dicomTlsKey: own.key,
    dicomTlsCertificate: own.cert,
    dicomTlsAuthorities: authority.cert,
  });
  const start = ({ key, cert }: { key: string; cert: string }) =>
    PeerServer.start(
      "storescp",
      (port, folder) => ["+tls", key, cert, "+cf", authority.cert, "+xa", "+B", "-od", folder, port],
    );
  await using pacs = await start(theirs);
  await using impostor = await start(wrong);
  const tls = { ...DESTINATION, tls: true };
  const good = box.store.destinations.add({ ...tls, port: Number(pacs.port) });
  const bad = box.store.destinations.add({ ...tls, name: "impostor", port: Number(impostor.port) });
  for (const { path } of fixtures()) await send(box.storagePort, readObject(path));
  await forwarded(box, good.id);
  assert.equal(written(pacs.folder).size, fixtures().length);
  const why = await box.until(
    "the impostor is found out",
    () => box.store.destinations.find(bad.id)!.lastError || false,
  );
  assert.match(why, /certificate/i);
  assert.equal(written(impostor.folder).size, 0);
});

peerTest("Orthanc gets every fixture in its own transfer syntax", ["Orthanc"], async () => {
  await using box = await Box.start();
  await using orthanc = await OrthancPeer.start(box.storagePort);
  const { id } = box.store.destinations.add({ ...DESTINATION, aeTitle: "ORTHANC", port: orthanc.port });
  const objects = fixtures().map(({ path }) => readObject(path));
  for (const object of objects) await send(box.storagePort, object);
  await forwarded(box, id);
  const instances: string[] = await orthanc.get("/instances");
  assert.equal(instances.length, objects.length);
  for (const instance of instances) {
    const bytes = await orthanc.bytes(`/instances/${instance}/file`);
    const { meta, dataOffset } = readFileMeta(bytes);
    const object = objects.find(({ sopInstanceUid }) => sopInstanceUid === meta.sopInstanceUid)!;
    assert.equal(meta.transferSyntaxUid, object.transferSyntaxUid);
    // Orthanc writes lengths of sequences its own way: what it has is compared, not how it is written
    const syntax = transferSyntaxOf(meta.transferSyntaxUid)!;
    const until = { until: Tag.PixelData };
    const [there, here] = [bytes.subarray(dataOffset), object.data].map((data) =>
      readableDataset(readDataset(data, syntax, until).dataset)
    );
    assert.deepEqual(there, here);
  }
});

/** Pixel Data and what is said of it, of a file. */
function pixelsOf(path: string) {
  const { data, transferSyntaxUid } = readObject(path);
  const { dataset } = readDataset(data, transferSyntaxOf(transferSyntaxUid)!);
  return { dataset, transferSyntaxUid, pixels: dataset.bytes("PixelData") };
}

peerTest("storescp that takes nothing compressed gets every fixture decompressed, and the box keeps its own", [
  "storescp",
  "dcmdrle",
  "dcmdjpeg",
], async (t) => {
  for (const [option, syntax] of [["+xe", "1.2.840.10008.1.2.1"], ["+xi", "1.2.840.10008.1.2"]] as const) {
    await t.step(option, async () => {
      await using box = await Box.start();
      await using pacs = await PeerServer.start("storescp", (port, folder) => [option, "-od", folder, port]);
      const { id } = box.store.destinations.add({ ...DESTINATION, port: Number(pacs.port) });
      for (const { path } of fixtures()) await send(box.storagePort, readObject(path));
      await forwarded(box, id);
      const files = [...Deno.readDirSync(pacs.folder)].map(({ name }) => pixelsOf(`${pacs.folder}/${name}`));
      assert.equal(files.length, fixtures().length);
      for (const { path, name } of fixtures()) {
        const { sopInstanceUid, transferSyntaxUid, data } = readObject(path);
        const { path: stored, dataOffset } = box.store.instances.find(sopInstanceUid)!;
        assert.deepEqual(Deno.readFileSync(box.appliance.archive.pathOf(stored)).subarray(dataOffset), data);
        const there = files.find(({ dataset }) => dataset.text("SOPInstanceUID") === sopInstanceUid)!;
        assert.equal(there.transferSyntaxUid === transferSyntaxUid || there.transferSyntaxUid === syntax, true, name);
        if (!transferSyntaxOf(transferSyntaxUid)!.encapsulated) continue;
        assert.equal(there.transferSyntaxUid, syntax);
        // what DCMTK's own decoders make of the same file
        const isRle = transferSyntaxUid === "1.2.840.10008.1.2.5";
        const decoded = `${box.folder}/decoded.dcm`;
        const { code, text } = await run(isRle ? "dcmdrle" : "dcmdjpeg", [path, decoded]);
        assert.equal(code, 0, text);
        const expected = pixelsOf(decoded);
        for (const keyword of ["Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "NumberOfFrames"] as const) {
          assert.equal(there.dataset.number(keyword), expected.dataset.number(keyword), `${name} ${keyword}`);
        }
        assert.equal(there.pixels!.length, expected.pixels!.length, name);
        const planar = expected.dataset.number("PlanarConfiguration") === 1;
        if (isRle && !planar) assert.ok(Buffer.from(there.pixels!).equals(expected.pixels!), name);
        if (isRle) continue;
        // JPEG's decoders round as they like
        let furthest = 0;
        for (let at = 0; at < there.pixels!.length; at++) {
          furthest = Math.max(furthest, Math.abs(there.pixels![at]! - expected.pixels![at]!));
        }
        assert.ok(furthest <= 8, `${name} differs by ${furthest}`);
        assert.equal(there.dataset.text("LossyImageCompression"), "01");
        assert.equal(there.dataset.text("PhotometricInterpretation"), "RGB");
      }
    });
  }
});

peerTest("Orthanc answers for what it got, on associations of its own, also where strangers are kept out", [
  "Orthanc",
], async () => {
  await using box = await Box.start({ admission: "closed" });
  box.store.machines.add({ aeTitle: "TESTSCU", name: "US", address: "127.0.0.1", port: null, admitted: true });
  await using orthanc = await OrthancPeer.start(box.storagePort);
  const { id } = box.store.destinations.add({ ...DESTINATION, aeTitle: "ORTHANC", port: orthanc.port });
  for (const { path } of fixtures()) await send(box.storagePort, readObject(path));
  await box.until(
    "Orthanc answers for everything",
    () => box.store.destinations.queueLength(id).committed === fixtures().length,
  );
  assert.equal(box.store.destinations.find(id)!.commits, true);
  assert.equal(box.store.machines.findByAeTitle("ORTHANC"), undefined, "a destination is no machine");
});
