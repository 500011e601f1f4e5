import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Store } from "../../src/store/store.ts";

/** Tables that stay small, and lists that a statement brings along. */
const SMALL = new Set(["json_each", "destinations", "CONSTANT"]);

/** Partial indexes of the few rows that something is to be done about. */
const SELECTIVE = /^outbox_|_damaged$|_unread$/;

/** Notes each statement that is prepared while it works. */
function prepared(work: () => void): string[] {
  const { prepare } = DatabaseSync.prototype;
  const statements: string[] = [];
  DatabaseSync.prototype.prepare = function (sql) {
    statements.push(sql);
    return prepare.call(this, sql);
  };
  try {
    work();
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
  return statements;
}

/**
 * What a statement reads from end to end. Along an index that is in the order asked for, only so much is read as a limit
 * takes.
 */
function scansIn(database: DatabaseSync, sql: string): string[] {
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail));
  const made = steps.flatMap((step) => /^(?:CO-ROUTINE|MATERIALIZE) (\S+)/.exec(step)?.[1] ?? []);
  const isLimited = /LIMIT/.test(sql) && !steps.some((step) => /TEMP B-TREE FOR (ORDER|GROUP) BY/.test(step));
  return steps.filter((step) => {
    const [, table, index] = /^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?/.exec(step) ?? [];
    if (table === undefined || SMALL.has(table) || made.includes(table)) return false;
    return index === undefined || !(isLimited || SELECTIVE.test(index));
  });
}

Deno.test("Store: what runs for each object, each query or each page reads no whole table", async () => {
  const folder = await Deno.makeTempDir({ prefix: "sonodesk-plans-" });
  const store = new Store(`${folder}/sonodesk.sqlite`);
  const database = new DatabaseSync(`${folder}/sonodesk.sqlite`);
  const now = new Date();
  const time = now.toISOString();
  const day = time.slice(0, 10);
  const work: Record<string, () => unknown> = {
    "an appointment": () => store.appointments.find("1"),
    "a day": () => store.appointments.onDay(day),
    "the board of a day": () => store.appointments.onBoard(day),
    "a number that is typed": () => store.appointments.byAccessionNumber("SD26", 10),
    "a search": () => store.personSearch.find("priya sharma 98765", 20),
    "people without keys": () => store.personKeys.keepRest(),
    "visits": () => store.visits.ofPatient(["1"], ["1.2"], 200),
    "days of visits": () => store.visits.daysOf(["1"], day),
    "a calendar": () => store.visits.perDay(day, day),
    "what is under way to the clinic": () => store.outbox.isUnderWay("appointment:1", "appointment changed", time),
    "by accession number": () => store.appointments.findByAccessionNumber("1"),
    "by study": () => store.appointments.findByStudyInstanceUid("1.2"),
    "of a patient": () => store.appointments.ofPatientOn("1", day),
    "to complete": () => store.appointments.quietSince(time),
    "of the clinic": () => store.clinicBookings.inClinic(day, day),
    "worklist of a day": () => store.worklistItems.between(day, day, time),
    "worklist items": () => store.worklistItems.latest(30),
    "studies of a day": () => store.studies.list({ date: day }),
    "studies of a patient": () => store.studies.list({ patientId: "1" }),
    "studies by accession number": () => store.studies.list({ accessionNumber: "1" }),
    "studies of an appointment": () => store.studies.list({ appointmentId: "1" }),
    "studies of appointments": () => store.studies.list({ appointmentDate: day }),
    "unmatched studies": () => store.studies.list({ unmatched: true }),
    "an object": () => store.instances.find("1.2"),
    "its versions": () => store.instanceFiles.versions("1.2"),
    "its measurements": () => store.measurements.ofStudy("1.2"),
    "files to verify": () => [...store.instanceFiles.files()],
    "files to remove": () => [...store.instanceFiles.removable(time)],
    "damage": () => store.instanceFiles.damagedCount(),
    "unread reports": () => store.instances.unread(),
    "steps of an appointment": () => store.procedureSteps.ofAppointment("1"),
    "unscheduled steps": () => store.procedureSteps.unscheduled(now, 50),
    "last step of a machine": () => store.procedureSteps.lastOf("US1"),
    "events to tell": () => store.outbox.nextBatch({ events: 500, characters: 1000 }),
    "how many": () => store.outbox.counts(),
    "parked": () => store.outbox.parked(),
    "an event's state": () => store.outbox.state("appointment:1", "appointment booked"),
    "try again": () => store.outbox.release("study:1.2"),
    "patients were added": () => store.outbox.releaseNeedingPatient(),
    "objects to forward": () => store.destinations.ready("1", 100),
    "a destination's queue": () => store.destinations.queueLength("1"),
    "what it has": () => store.destinations.committed("1", ["1.2"]),
    "audit of a day": () => store.audit.list({ date: day }, 100),
    "who is in the audit": () => store.audit.known(),
    "queries of a machine": () => store.worklistQueries.latest("US1", 100),
    ...Object.fromEntries(
      [
        { studyInstanceUids: ["1.2"] },
        { patientIds: ["1"] },
        { fromDay: day, toDay: day },
        { studyInstanceUids: ["1.2"], seriesInstanceUids: ["1.2.3"] },
        { studyInstanceUids: ["1.2"], seriesInstanceUids: ["1.2.3"], sopInstanceUids: ["1.2.3.4"] },
        { sopInstanceUids: ["1.2.3.4"] },
      ].map((filter) => [`catalogue by ${Object.keys(filter)}`, () => {
        store.catalogue.patients(filter);
        store.catalogue.studies(filter);
        store.catalogue.series(filter);
        store.catalogue.instances(filter);
      }]),
    ),
  };
  for (const [name, run] of Object.entries(work)) {
    const statements = prepared(run).filter((sql) => /^\s*(SELECT|WITH|UPDATE|DELETE)/.test(sql));
    for (const sql of statements) assert.deepEqual(scansIn(database, sql), [], `${name}: ${sql}`);
  }
  assert.notDeepEqual(scansIn(database, "SELECT * FROM studies WHERE description = $x"), [], "a scan is seen");
  database.close();
  store.close();
  await Deno.remove(folder, { recursive: true });
});
