import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { writeFileMeta } from "../../src/dicom/file_meta.ts";
import { Box } from "../support/box.ts";
import { GDCM_PYTHON, isFile, peerTest, run } from "../support/peers.ts";
import { fixtures, readObject } from "../support/samples.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

/** Longer than GDCM takes for anything, seconds: it has waited for ever where command and data set shared a PDU. */
const PATIENCE = "60";
const TITLES = ["--call", "STORESCP", "--aetitle", "GDCM"];

/**
 * gdcmscu with arguments, to its end, and what it printed. Version 3.0.21 is ended by an exception of its own once its
 * release has been answered, with DCMTK's storescp too: what it did counts.
 */
async function gdcmscu(port: string, ...args: string[]): Promise<string> {
  const { code, text } = await run("timeout", [PATIENCE, "gdcmscu", ...TITLES, "127.0.0.1", port, ...args]);
  const isReleased = code === 134 && text.includes("ProtocolStream as nullptr is invalid");
  assert.ok(code === 0 || isReleased, `${code}: ${text}`);
  return text;
}

/** Waits until the box has seen so many associations of GDCM's, and each was released. */
async function released(box: Box, count: number): Promise<void> {
  const all = await box.until("the associations have ended", () => {
    const ended = box.store.associations.list({ aeTitle: "GDCM" }, 100);
    return ended.length === count && ended;
  });
  assert.deepEqual(new Set(all.map(({ outcome }) => outcome)), new Set(["released"]));
  assert.ok(all.every(({ operations }) => operations === 1));
}

peerTest("gdcmscu echoes on both ports", ["gdcmscu"], async () => {
  await using box = await Box.start();
  for (const port of [box.worklistPort, box.storagePort]) await gdcmscu(port, "--echo");
  await released(box, 2);
  assert.notEqual(box.store.machines.findByAeTitle("GDCM")!.lastEchoAt, null);
});

peerTest(
  "gdcmscu sends objects as it has them, and finds their studies without waiting for ever",
  ["gdcmscu"],
  async () => {
    await using box = await Box.start();
    box.store.machines.add({ aeTitle: "GDCM", name: "GDCM", admitted: true }); // who asks for studies must be known
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-gdcm-" });
    try {
      const object = ultrasoundObject({ patientName: "Sharma^Priya", patientId: "P1" });
      const meta = writeFileMeta({ ...object, sourceAeTitle: "GDCM" });
      await Deno.writeFile(`${folder}/one.dcm`, Buffer.concat([meta, object.data]));
      for (const { name, path } of fixtures()) await Deno.copyFile(path, `${folder}/${name}`);
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      for (const name of names) await gdcmscu(box.storagePort, "--store", "-i", `${folder}/${name}`);
      await released(box, names.length);
      for (const name of names) {
        const { sopInstanceUid } = readObject(`${folder}/${name}`);
        assert.equal(box.store.instances.find(sopInstanceUid)?.receivedFrom, "GDCM", name);
      }
      const found = await gdcmscu(
        ...[
          box.worklistPort,
          "-D",
          "--find",
          "--studyroot",
          "--study",
          "--key",
          "10,10=Sharma*",
          "--key",
          "10,20=",
        ] as const,
      );
      // it ends before it prints what was found: of the debugging there are the statuses of the answers
      assert.match(found, /^\(0000,0900\) .* 65280 /m);
      await released(box, names.length + 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test({
  name: "GDCM asks for the worklist and gets each patient who was sent, and those alone whom it asks for",
  ignore: !Object.keys(GDCM_PYTHON).every(isFile),
  fn: async () => {
    await using box = await Box.start();
    const { id, accessionNumber } = box.send();
    box.send({ patient: { id: "P2", firstName: "Asha", lastName: "Rao", birthDate: "", gender: "", phone: "" } });
    const ask = async (...keys: string[]) => {
      const script = new URL("gdcm/worklist.py", import.meta.url).pathname;
      const { code, text } = await run("timeout", [
        ...[PATIENCE, "/usr/bin/python3", script, box.worklistPort],
        ...["8,50=", "10,20=", ...keys],
      ]);
      assert.equal(code, 0, text);
      return text;
    };
    const all = await ask("10,10=");
    assert.match(all, /^2 answers/);
    for (const word of ["Sharma^Priya", "Rao^Asha", accessionNumber]) assert.ok(all.includes(word), all);
    const one = await ask("10,10=Sharma*");
    assert.match(one, /^1 answers/);
    assert.ok(one.includes("Sharma^Priya") && !one.includes("Rao^Asha"), one);
    assert.equal(box.store.appointments.get(id).status, "seen by machine");
  },
});
