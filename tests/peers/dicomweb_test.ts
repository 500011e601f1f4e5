import assert from "node:assert/strict";
import { readFileMeta } from "../../src/dicom/file_meta.ts";
import { Box } from "../support/box.ts";
import { DicomWebClient } from "../support/dicomweb_client.ts";
import { OrthancPeer } from "../support/orthanc.ts";
import { peerTest, PLUGINS } from "../support/peers.ts";
import { fixtures, readObject } from "../support/samples.ts";
import { send } from "../support/sender.ts";

const PEERS = ["Orthanc", "libOrthancDicomWeb.so"] as const;

/** Orthanc as a DICOMweb client of a box, with a token of its own. */
function startOrthanc(box: Box): Promise<OrthancPeer> {
  const { address, token } = DicomWebClient.of(box);
  return OrthancPeer.start(box.storagePort, "ORTHANC", {
    Plugins: [`${PLUGINS}/libOrthancDicomWeb.so`],
    DicomWeb: {
      Enable: true,
      Servers: { box: { Url: `${address}/`, HttpHeaders: { Authorization: `Bearer ${token}` } } },
    },
  });
}

peerTest("Orthanc stores every fixture over the web, and the box has each byte", PEERS, async () => {
  await using box = await Box.start();
  await using orthanc = await startOrthanc(box);
  const ids: string[] = [];
  for (const { path } of fixtures()) ids.push((await orthanc.post("/instances", Deno.readFileSync(path))).ID);
  await orthanc.post("/dicom-web/servers/box/stow", { Resources: ids });
  assert.equal(box.store.instanceFiles.totals().count, ids.length);
  for (const id of ids) {
    const bytes = await orthanc.bytes(`/instances/${id}/file`);
    const { sopInstanceUid } = readFileMeta(bytes).meta;
    const { path } = box.store.instances.find(sopInstanceUid)!;
    assert.deepEqual(Deno.readFileSync(box.appliance.archive.pathOf(path)), bytes);
  }
});

peerTest("Orthanc searches the box over the web and retrieves every study", PEERS, async () => {
  await using box = await Box.start();
  const objects = fixtures().map(({ path }) => readObject(path));
  for (const object of objects) await send(box.storagePort, object);
  await using orthanc = await startOrthanc(box);
  const studies = await orthanc.post("/dicom-web/servers/box/qido", { Uri: "/studies" });
  assert.equal(studies.length, box.store.catalogue.studies({}).length);
  const { patientId } = box.store.catalogue.patients({})[0]!;
  const ofOne = await orthanc.post("/dicom-web/servers/box/qido", {
    Uri: "/studies",
    Arguments: { "00100020": patientId },
  });
  assert.equal(ofOne.length, box.store.catalogue.studies({ patientIds: [patientId] }).length);
  assert.equal(ofOne[0]["00100020"].Value, patientId);
  const uids = box.store.catalogue.studies({}).map(({ studyInstanceUid }) => ({ Study: studyInstanceUid }));
  await orthanc.post("/dicom-web/servers/box/retrieve", { Resources: uids });
  const instances: string[] = await orthanc.get("/instances");
  assert.equal(instances.length, objects.length);
  for (const id of instances) {
    const bytes = await orthanc.bytes(`/instances/${id}/file`);
    const { meta } = readFileMeta(bytes);
    const { path } = box.store.instances.find(meta.sopInstanceUid)!;
    assert.deepEqual(bytes, Deno.readFileSync(box.appliance.archive.pathOf(path)));
  }
});
