import assert from "node:assert/strict";
import { newUid } from "../../src/dicom/uid.ts";
import { Box } from "../support/box.ts";
import { OrthancPeer } from "../support/orthanc.ts";
import { peerTest } from "../support/peers.ts";
import { send } from "../support/sender.ts";
import { ULTRASOUND_IMAGE, ultrasoundObject } from "../support/ultrasound_object.ts";

peerTest("Orthanc asks for commitment, and has the report on an association of the box's", ["Orthanc"], async () => {
  await using box = await Box.start();
  await using orthanc = await OrthancPeer.start(box.storagePort);
  box.store.machines.add({
    ...{ aeTitle: "ORTHANC", name: "Orthanc", address: "127.0.0.1", port: orthanc.port, admitted: true },
  });
  const object = ultrasoundObject();
  await send(box.storagePort, object);
  const absent = newUid();
  const { ID } = await orthanc.post("/modalities/box/storage-commitment", {
    DicomInstances: [[ULTRASOUND_IMAGE, object.sopInstanceUid], [ULTRASOUND_IMAGE, absent]],
  });
  await box.until("the report is given", () => box.store.commitments.latest().get("ORTHANC")?.reportedAt ?? undefined);
  const report = await orthanc.get(`/storage-commitment/${ID}`);
  assert.equal(report.Status, "Failure");
  // deno-lint-ignore no-explicit-any
  assert.deepEqual(report.Success.map((one: any) => one.SOPInstanceUID), [object.sopInstanceUid]);
  // deno-lint-ignore no-explicit-any
  assert.deepEqual(report.Failures.map((one: any) => [one.SOPInstanceUID, one.FailureReason]), [[absent, 0x112]]);
  const { committed, objects } = box.store.commitments.latest().get("ORTHANC")!;
  assert.deepEqual([committed, objects], [1, 2]);
});
