import assert from "node:assert/strict";
import dcmjsDimse from "dcmjs-dimse";
import { readConfig } from "../src/settings/config.ts";
import { knownCharsets } from "../src/dicom/charset.ts";
import { IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME } from "../src/dicom/file_meta.ts";
import { STORAGE_CLASSES } from "../src/dicom/sop_class.ts";
import { TRANSFER_SYNTAXES } from "../src/dicom/transfer_syntax.ts";
import { Status } from "../src/dimse/command.ts";
import { ROUTES } from "../src/web/routes.ts";
import { MOST_CANDIDATES } from "../src/services/catalogue_query.ts";
import { ANSWERS } from "../src/web/dicomweb/refusal.ts";
import { StoreFailure } from "../src/web/api/dicomweb_store.ts";
import { pixelMediaType } from "../src/dicom/transfer_syntax.ts";
import { MOST_RESULTS, USUAL_RESULTS } from "../src/web/dicomweb/query_parameters.ts";
import { FailureReason } from "../src/services/commitment_reports.ts";
import { DEFAULT_BOUNDS } from "../src/dimse/guard.ts";
import { LONGEST_VALUE, MOST_VALUES } from "../src/dicom/matching.ts";
import { LONGEST_IDENTIFIER } from "../src/services/worklist.ts";
import { APPLICATION_CONTEXT, MAX_PDU_LENGTH } from "../src/dimse/pdu.ts";
import { Requestor } from "../src/dimse/requestor.ts";
import { Box } from "./support/box.ts";
import { remote } from "./support/sender.ts";

const statement = await Deno.readTextFile(new URL("../appliance/CONFORMANCE.md", import.meta.url));

/** The rows of the table with this first heading, cells trimmed. */
function table(heading: string): string[][] {
  const lines = statement.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${heading}`));
  assert.notEqual(start, -1, `the statement has no table "${heading}"`);
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith("|")) break;
    rows.push(line.split("|").slice(1, -1).map((cell) => cell.trim()));
  }
  return rows;
}

Deno.test("conformance statement: storage classes and transfer syntaxes are those of the code", () => {
  assert.deepEqual(table("Storage SOP class"), [...STORAGE_CLASSES].map(([uid, name]) => [name, uid, "SCP"]));
  assert.deepEqual(table("Transfer syntax"), TRANSFER_SYNTAXES.map(({ name, uid }) => [name, uid]));
});

/** SOP classes of PS3.6 that dcmjs-dimse does not list, and that a box might be thought to serve. */
const OTHER_CLASSES = [
  "1.2.840.10008.5.1.4.34.6.1", // Unified Procedure Step, push
  "1.2.840.10008.5.1.4.34.6.3", // and pull
  "1.2.840.10008.5.1.4.33", // Instance Availability Notification
  "1.2.840.10008.5.1.4.32.1", // General Purpose Worklist
  "1.2.840.10008.5.1.4.1.2.3.1", // patient and study only, find
  "1.2.840.10008.5.1.4.1.2.4.2", // Composite Instance Root Retrieve, move
  "1.2.840.10008.5.1.4.37.1", // Relevant Patient Information, general
  "1.2.840.10008.5.1.4.38.2", // Hanging Protocol, find
  "1.2.840.10008.1.20.2", // Storage Commitment Pull Model
  "1.2.840.10008.3.1.2.3.5", // Modality Performed Procedure Step Notification
  "1.2.840.10008.5.1.1.9", // Basic Grayscale Print Management
  "1.2.840.10008.1.40", // Procedural Event Logging
];

Deno.test("conformance statement: the box agrees to the SOP classes and transfer syntaxes that it names, and to no others", async () => {
  const services = table("SOP class of a service").map(([, uid]) => uid!);
  const { SopClass, StorageClass, TransferSyntax } = dcmjsDimse.constants as unknown as Record<
    string,
    Record<string, string>
  >;
  const classes = new Set([
    ...Object.values(SopClass!),
    ...Object.values(StorageClass!),
    ...OTHER_CLASSES,
    ...services,
  ]);
  const syntaxes = new Set([...Object.values(TransferSyntax!), ...TRANSFER_SYNTAXES.map(({ uid }) => uid)]);
  const isStorage = (uid: string) => uid.startsWith("1.2.840.10008.5.1.4.1.1.");
  await using box = await Box.start();

  const agreed: string[] = [];
  const proposed = [...classes].filter((uid) => !syntaxes.has(uid));
  for (let start = 0; start < proposed.length; start += 100) {
    const contexts = proposed.slice(start, start + 100).map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [TRANSFER_SYNTAXES[0]!.uid],
    }));
    const requestor = await Requestor.connect(remote(box.storagePort), contexts);
    agreed.push(...contexts.map(({ abstractSyntax }) => abstractSyntax).filter((uid) => requestor.accepted(uid)[0]));
    await requestor.release();
  }
  assert.deepEqual(agreed.sort(), proposed.filter((uid) => isStorage(uid) || services.includes(uid)).sort());

  const [ultrasound] = STORAGE_CLASSES.keys();
  const each = [...syntaxes].map((uid) => ({ abstractSyntax: ultrasound!, transferSyntaxes: [uid] }));
  const requestor = await Requestor.connect(remote(box.storagePort), each);
  const taken = requestor.accepted(ultrasound!).map(({ transferSyntax }) => transferSyntax.uid);
  await requestor.release();
  assert.deepEqual(taken.sort(), table("Transfer syntax").map(([, uid]) => uid!).sort());
});

Deno.test("conformance statement: character sets are those of the code", () => {
  assert.deepEqual(table("Specific Character Set").flat().sort(), knownCharsets().sort());
});

Deno.test("conformance statement: limits are those of the code", () => {
  const config = readConfig({});
  const limits = Object.fromEntries(table("Item"));
  assert.deepEqual(limits, {
    "Application context": APPLICATION_CONTEXT,
    "Implementation class UID": IMPLEMENTATION_CLASS_UID,
    "Implementation version name": IMPLEMENTATION_VERSION_NAME,
    "Largest PDU received": String(MAX_PDU_LENGTH),
    "Associations at once": String(config.associations),
    "Associations at once from one address": String(config.associationsPerAddress),
    "Asynchronous operations": "one at a time",
    "Time to the first PDU (ARTIM)": `${DEFAULT_BOUNDS.firstPdu / 1000} s`,
    "Silence between two PDUs": `${config.idleSeconds} s`,
    "Time for one PDU to be complete": `${DEFAULT_BOUNDS.onePdu / 1000} s`,
    "Longest A-ASSOCIATE-RQ": "1 MiB",
    "Largest object": `${config.largestObject / 1024 ** 3} GiB`,
  });
  assert.equal(DEFAULT_BOUNDS.associations, config.associations);
  assert.equal(DEFAULT_BOUNDS.associationsPerAddress, config.associationsPerAddress);
});

Deno.test("conformance statement: failure reasons of storage commitment are those of the code", () => {
  const reasons = Object.values(FailureReason).filter((reason) => reason !== FailureReason.COMMITTED);
  assert.deepEqual(
    table("Failure Reason").map(([reason]) => reason),
    reasons.map((reason) => reason.toString(16).padStart(4, "0").toUpperCase()),
  );
});

Deno.test("conformance statement: every status in it is one the code knows", () => {
  const codes = [...Object.values(Status), ...Object.values(FailureReason), ...Object.values(StoreFailure)];
  const known = new Set(codes.map((code) => code.toString(16).padStart(4, "0").toUpperCase()));
  const named = [...statement.matchAll(/^\| ([0-9A-F]{4}) +\|/gm)].map(([, status]) => status!);
  assert.ok(named.length >= 10);
  for (const status of named) assert.ok(known.has(status), status);
});

/** Services by section, with the files that answer for them. */
const ANSWERING: Record<string, string[]> = {
  "3.1": ["worklist.ts"],
  "3.2": ["storage.ts"],
  "3.3": ["procedure_step.ts"],
  "3.6": ["query_retrieve.ts", "query.ts"],
};

Deno.test("conformance statement: each service's table has the statuses that its code gives, and no others", async () => {
  for (const [section, files] of Object.entries(ANSWERING)) {
    const given = new Set<string>(["0110"]); // of every service: what it did not foresee
    for (const file of files) {
      const source = await Deno.readTextFile(new URL(`../src/services/${file}`, import.meta.url));
      for (const [, name] of source.matchAll(/\bStatus\.([A-Z_]+)/g)) {
        given.add(Status[name as keyof typeof Status].toString(16).padStart(4, "0").toUpperCase());
      }
    }
    const text = statement.slice(statement.indexOf(`### ${section} `)).split(/\n### /)[0]!;
    const named = [...text.matchAll(/^\| ([0-9A-F]{4}) +\|/gm)].map(([, status]) => status!);
    assert.deepEqual(named.sort(), [...given].sort(), section);
  }
});

Deno.test("conformance statement: the bounds of a worklist query are those of the code", () => {
  const prose = statement.replaceAll(/\s+/g, " ");
  assert.ok(prose.includes(`an identifier beyond ${LONGEST_IDENTIFIER / 1024} KiB`));
  assert.ok(prose.includes(`a value beyond ${LONGEST_VALUE} characters`));
  assert.ok(prose.includes(`a key with more than ${MOST_VALUES} values`));
  assert.ok(prose.includes(`for ${readConfig({}).worklistDays} days (\`SONODESK_WORKLIST_DAYS\`)`));
});

Deno.test("conformance statement: DICOMweb's resources, failure reasons, media types and limits are those of the code", () => {
  const resources = ROUTES.map(({ name }) => name).filter((name) => name.includes(" /dicom-web"));
  assert.deepEqual(
    table("DICOMweb resource").map(([resource]) => resource!.replaceAll("`", "").replace(/ |$/, " /dicom-web")),
    resources,
  );
  assert.deepEqual(
    table("Failure Reason of STOW-RS").map(([reason]) => reason),
    Object.values(StoreFailure).map((reason) => reason.toString(16).padStart(4, "0").toUpperCase()),
  );
  assert.deepEqual(
    table("DIMSE status").slice(1),
    [...ANSWERS].sort(([a], [b]) => a - b).map((
      [status, [answer]],
    ) => [status.toString(16).padStart(4, "0").toUpperCase(), String(answer)]),
  );
  const frames = TRANSFER_SYNTAXES.filter(({ uid }) => !pixelMediaType(uid).startsWith("video/"));
  for (const [type, syntaxes] of table("Media type of frames")) {
    const uids = frames.filter(({ uid }) => `\`${pixelMediaType(uid)}\`` === type).map(({ uid }) => uid);
    if (type === "`application/octet-stream`") {
      assert.deepEqual(uids, TRANSFER_SYNTAXES.filter(({ encapsulated }) => !encapsulated).map(({ uid }) => uid));
      continue;
    }
    const [first = "", ...others] = syntaxes!.match(/1[\d.]+\d|\.\d+/g)!;
    const written = [first, ...others.map((last) => first.replace(/\.\d+$/, last))];
    assert.deepEqual(written, uids, type);
  }
  const kinds = new Set(frames.map(({ uid }) => pixelMediaType(uid)));
  assert.equal(table("Media type of frames").length, kinds.size);
  const prose = statement.replaceAll(/\s+/g, " ");
  assert.ok(prose.includes(`\`limit\` is ${USUAL_RESULTS} if not given and ${MOST_RESULTS} at most`));
  assert.ok(prose.includes(`looks at ${MOST_CANDIDATES} candidates`));
  assert.ok(prose.includes(`a query looks at ${MOST_CANDIDATES}, of studies the newest`));
});
