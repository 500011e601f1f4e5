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
import { peerTest } from "../support/peers.ts";
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
