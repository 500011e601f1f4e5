import assert from "node:assert/strict";
import { strFromU8, unzipSync } from "fflate";
import { Tag } from "../../src/dicom/dictionary.ts";
import { everything } from "../../src/dicom/worklist_answer.ts";
import { Status } from "../../src/dimse/command.ts";
import { keptJournal, kernelMessages } from "../../src/host/kernel_messages.ts";
import { startLogging } from "../../src/logging.ts";
import { Box } from "../support/box.ts";
import { addPerson, PASSWORD } from "../support/scanned_study.ts";
import { send } from "../support/sender.ts";
import { ask as askWorklist, associate } from "../support/worklist_client.ts";
import { ultrasoundObject } from "../support/ultrasound_object.ts";

async function signedIn(address: string, username: string): Promise<string> {
  const login = await fetch(`${address}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: PASSWORD }),
  });
  await login.body?.cancel();
  return login.headers.get("set-cookie")!.split(";")[0]!;
}

Deno.test("Diagnostics: one zip for support, without a patient or a secret, for admins only", async () => {
  await startLogging("warning", "text");
  await using box = await Box.start({ adminPassword: "a-secret", clinicDatabaseUrl: "postgres://u:a-secret@h/d" });
  await addPerson(box, "owner", "admin");
  await addPerson(box, "anna", "doctor");
  box.send({
    patient: { id: "SD-1001", firstName: "Priya", lastName: "Sharma", birthDate: "", gender: "", phone: "" },
  });
  await send(box.storagePort, ultrasoundObject({ patientId: "SD-1001", patientName: "Sharma^Priya" }));
  const { peer } = await associate(box, "US1");
  await askWorklist(peer, everything().setText(Tag.PatientBirthDate, "DA", "17.5.1990"));
  assert.equal((await peer.message()).command.number("Status"), Status.DATA_SET_DOES_NOT_MATCH);
  peer.close();
  box.store.settings.set("SONODESK_BACKUP_PASSPHRASE", "a-secret");
  await box.until("the journal is written", () => box.store.associations.latest(2).length === 2);
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  const ask = async (username: string) =>
    await fetch(`${address}/api/diagnostics`, { headers: { cookie: await signedIn(address, username) } });

  const refused = await ask("anna");
  await refused.body?.cancel();
  assert.equal(refused.status, 403);
  const answer = await ask("owner");
  assert.equal(answer.headers.get("content-type"), "application/zip");
  assert.match(answer.headers.get("content-disposition")!, /attachment; filename="sonodesk-diagnostics-.+\.zip"/);
  const zip = unzipSync(new Uint8Array(await answer.arrayBuffer()));
  const files = Object.fromEntries(Object.entries(zip).map(([name, bytes]) => [name, strFromU8(bytes)]));
  assert.deepEqual(Object.keys(files).sort(), [
    ...[
      "about.json",
      "associations.json",
      "disk.json",
      "drives.json",
      "health.json",
      "kernel.txt",
      "log.jsonl",
      "machines.json",
    ],
    ...["oddities.json"],
    ...["settings.json", "silences.json", "store.json"],
  ]);
  const all = Object.values(files).join("\n");
  for (const word of ["Priya", "Sharma", "SD-1001", "17.5.1990", "a-secret"]) assert.ok(!all.includes(word), word);
  const settings = JSON.parse(files["settings.json"]!) as { name: string; value: string }[];
  assert.equal(settings.find(({ name }) => name === "SONODESK_BACKUP_PASSPHRASE")!.value, "(set)");
  assert.match(files["about.json"]!, /"version": "\d/);
  assert.match(files["log.jsonl"]!, /PatientBirthDate is no value or range/);
  assert.equal(JSON.parse(files["associations.json"]!)[1].aeTitle, "TESTSCU");
  assert.equal(JSON.parse(files["store.json"]!).rows.instances, 1);
  assert.match(JSON.parse(files["store.json"]!).migrations[0].appliedAt, /^\d{4}-/);
  assert.ok(JSON.parse(files["health.json"]!).checks.length > 4);
  assert.notEqual(files["kernel.txt"], "");
});

Deno.test("Diagnostics: the kernel's messages come from where they are kept for the box; why not, where they are not", () => {
  const folder = Deno.makeTempDirSync({ prefix: "sonodesk-kernel-" });
  const file = `${folder}/messages`;
  try {
    Deno.writeTextFileSync(file, "[1.0] one\n[2.0] two\n[3.0] three\n");
    assert.equal(kernelMessages(3, file), "[2.0] two\n[3.0] three\n");
    assert.equal(keptJournal(file), undefined, "nobody has kept one");
    Deno.writeTextFileSync(`${folder}/journal`, "the box restarted\n");
    assert.equal(keptJournal(file), "the box restarted\n");
    assert.equal(keptJournal(undefined), undefined);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  assert.match(kernelMessages(3, file), /cannot be read here/);
});
