import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Box } from "../support/box.ts";
import { DicomWebClient, tokenFor } from "../support/dicomweb_client.ts";
import { type FetalSexObjects, lookedThrough, sendFetalSex, sentOf, TOLD } from "../support/fetal_sex_box.ts";
import { peerTest, run } from "../support/peers.ts";
import { readObject } from "../support/samples.ts";
import { freePort, PeerServer } from "../support/servers.ts";

const DESTINATION = { name: "PACS", aeTitle: "PACS", address: "127.0.0.1", tls: false, enabled: true, rules: [] };
const HELD = ["coded", "words", "image"] as const;
const FREE = ["harmless", "picture"] as const;

interface Exit {
  name: string;
  /** Everything that came out, as text. */
  text: string;
  /** The objects that came out; undefined where it is about no objects. */
  uids?: string[];
}

/** Everything that leaves a box by each of its exits. */
async function exits(box: Box, objects: FetalSexObjects, pacs: PeerServer, port: string): Promise<Exit[]> {
  const web = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  const authorization = `Bearer ${tokenFor(box.store, { role: "admin" })}`;
  const get = async (path: string) => {
    const answer = await fetch(web + path, { headers: { authorization } });
    return { status: answer.status, text: Buffer.from(await answer.bytes()).toString("utf8") };
  };
  const all = sentOf(objects);
  const found: Exit[] = [];
  const json = ["/api/studies", "/api/attention", "/api/appointments?date=2026-11-22", "/api/destinations"];
  for (const uid of objects.studyInstanceUids) {
    const study = `/api/studies/${uid}`;
    json.push(study, ...["measurements", "measurements.csv", "measurements.fhir.json"].map((one) => `${study}/${one}`));
  }
  for (const { sopInstanceUid } of all) {
    json.push(...["description", "report"].map((one) => `/api/instances/${sopInstanceUid}/${one}`));
  }
  for (const path of json) found.push({ name: path, text: (await get(path)).text });
  for (const part of ["file", "thumbnail", "frames/1"]) {
    const answers = await Promise.all(
      all.map(async ({ sopInstanceUid }) => ({
        sopInstanceUid,
        ...await get(`/api/instances/${sopInstanceUid}/${part}`),
      })),
    );
    const got = answers.filter(({ status }) => status === 200);
    const text = answers.map(({ text }) => text).join("\n");
    found.push({ name: part, text, ...(part === "file" && { uids: got.map(({ sopInstanceUid }) => sopInstanceUid) }) });
  }

  const waiting = box.store.outbox.nextBatch({ events: 10_000, characters: 1e9 });
  found.push({ name: "the clinic's database", text: JSON.stringify(waiting) });

  await box.until("what may leave is forwarded", () => {
    const { waiting, sent } = box.store.destinations.queueLength(box.store.destinations.all()[0]!.id);
    return waiting === 0 && sent > 0;
  });
  found.push(filesIn("forwarding", pacs.folder));

  for (const level of ["STUDY", "SERIES", "IMAGE"]) {
    const { text } = await run("findscu", [
      ...["-v", "-S", "-aet", "WS", "-k", `QueryRetrieveLevel=${level}`, "-k", "StudyInstanceUID"],
      ...["-k", "StudyDescription", "-k", "SeriesDescription", "-k", "SOPInstanceUID", "-k", "PatientName"],
      ...["127.0.0.1", box.storagePort],
    ]);
    found.push({ name: `C-FIND ${level}`, text: Buffer.from(text, "latin1").toString("utf8") });
  }
  for (const [program, args] of [["movescu", ["-aem", "WS", "+P", port, "+xa"]], ["getscu", []]] as const) {
    const folder = await Deno.makeTempDir({ prefix: "sonodesk-fetal-" });
    for (const uid of objects.studyInstanceUids) {
      await run(program, [
        ...["-S", "-aet", "WS", "+B", ...args, "-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${uid}`],
        ...["127.0.0.1", box.storagePort],
      ], { cwd: folder });
    }
    found.push(filesIn(program, folder));
    await Deno.remove(folder, { recursive: true });
  }

  const client = DicomWebClient.of(box);
  for (const path of ["/studies", "/series", "/instances"]) {
    found.push({ name: `QIDO-RS ${path}`, text: await (await client.fetch(path, "application/dicom+json")).text() });
  }
  for (const path of ["", "/metadata", "/rendered", "/thumbnail"]) {
    const accept = path === "/metadata" ? "application/dicom+json" : "*/*";
    const answers = await Promise.all(
      objects.studyInstanceUids.map((uid) => client.fetch(`/studies/${uid}${path}`, accept)),
    );
    const texts = await Promise.all(answers.map(async (answer) => Buffer.from(await answer.bytes()).toString("utf8")));
    const uids = path === ""
      ? all.filter(({ sopInstanceUid }) => texts.some((one) => one.includes(sopInstanceUid)))
      : [];
    found.push({
      name: `WADO-RS ${path}`,
      text: texts.join("\n"),
      ...(path === "" && { uids: uids.map(({ sopInstanceUid }) => sopInstanceUid) }),
    });
  }
  return found;
}

function filesIn(name: string, folder: string): Exit {
  const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => `${folder}/${name}`);
  return {
    name,
    text: files.map((path) => Buffer.from(Deno.readFileSync(path)).toString("utf8")).join("\n"),
    uids: files.map((path) => readObject(path).sopInstanceUid),
  };
}

/** A box in a country with a workstation that may ask, an archive, and these objects looked through. */
async function filled(country: string) {
  const port = freePort();
  const box = await Box.start({ country });
  const pacs = await PeerServer.start("storescp", (port, folder) => ["+xa", "+B", "-od", folder, port]);
  box.store.machines.add({
    ...{ aeTitle: "WS", name: "Workstation", address: "127.0.0.1" },
    admitted: true,
    port: Number(port),
  });
  box.store.destinations.add({ ...DESTINATION, port: Number(pacs.port), asTheyCame: true });
  const objects = await sendFetalSex(box);
  await lookedThrough(box, objects);
  return { box, pacs, objects, port, exits: () => exits(box, objects, pacs, port) };
}

/** The bytes that the box keeps of each object. */
function kept({ store, appliance }: Box, objects: FetalSexObjects): string[] {
  return sentOf(objects).map(({ sopInstanceUid }) => {
    const { path, dataOffset } = store.instances.find(sopInstanceUid)!;
    const bytes = Deno.readFileSync(appliance.archive.pathOf(path)).subarray(dataOffset);
    return createHash("sha256").update(bytes).digest("hex");
  });
}

const PROGRAMS = ["storescp", "findscu", "movescu", "getscu"] as const;

peerTest(
  "In India no exit of the box tells a fetus's sex, and what is harmless leaves by all of them",
  PROGRAMS,
  async () => {
    const { box, pacs, objects, exits } = await filled("IN");
    await using _box = box;
    await using _pacs = pacs;
    const sent = sentOf(objects).map(({ data }) => createHash("sha256").update(data).digest("hex"));
    assert.deepEqual(kept(box, objects), sent, "what is kept is what came");
    const free = FREE.map((name) => objects[name].sopInstanceUid).sort();
    for (const { name, text, uids } of await exits()) {
      assert.doesNotMatch(text, TOLD, name);
      if (uids !== undefined) assert.deepEqual(uids.sort(), free, name);
    }
    for (const name of HELD) {
      assert.equal(box.store.attention.keepsFromLeaving(objects[name].sopInstanceUid), true, name);
    }
    // what is not about the sex is there
    const values = (name: "coded" | "words" | "harmless") =>
      box.store.measurements.ofReport(objects[name].sopInstanceUid).map(({ value }) => value);
    assert.deepEqual(values("coded"), ["4.71"]);
    assert.deepEqual(values("words"), [], "until somebody has looked");
    assert.deepEqual(values("harmless"), ["4.74", "beta-hCG 1200"]);
    assert.deepEqual(kept(box, objects), sent);
  },
);

peerTest("Without a country everything leaves as it came", PROGRAMS, async () => {
  const { box, pacs, objects, exits } = await filled("");
  await using _box = box;
  await using _pacs = pacs;
  const all = sentOf(objects).map(({ sopInstanceUid }) => sopInstanceUid).sort();
  const found = new Map((await exits()).map((exit) => [exit.name, exit]));
  for (const { name, uids } of found.values()) if (uids !== undefined) assert.deepEqual(uids.sort(), all, name);
  for (
    const name of [
      ...["/api/studies", "forwarding", "movescu", "getscu", "C-FIND STUDY", "QIDO-RS /studies", "WADO-RS /metadata"],
      ...["file", "the clinic's database", `/api/instances/${objects.coded.sopInstanceUid}/report`],
    ]
  ) assert.match(found.get(name)!.text, TOLD, `${name}: the test would not notice`);
  assert.deepEqual(box.store.attention.all(100).filter(({ code }) => code.startsWith("fetal")), []);
});
