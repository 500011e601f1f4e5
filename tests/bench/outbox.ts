import { ClinicBox } from "../clinic/clinic_box.ts";
import { FlaskClinic } from "../clinic/flask_clinic.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";

/** Events that four weeks without the clinic's database leave. */
const EVENTS = 20_000;

/** How fast the outbox is brought to a real PostgreSQL after weeks of outage, and how long this process is kept busy. */
export async function benchOutbox(): Promise<void> {
  await using server = await PostgresServer.start();
  await using clinic = await FlaskClinic.create(server);
  await using box = await ClinicBox.make({ url: clinic.url });
  for (let n = 0; box.store.outbox.counts().waiting < EVENTS; n++) {
    const { id, patient, studyInstanceUid } = box.walkIn({ firstName: `First${n}`, lastName: `Last${n}` });
    box.store.worklistItems.send(id, null, "reception");
    const who = { patientId: patient.id, patientName: `Last${n}^First${n}`, studyInstanceUid };
    await Promise.all(Array.from({ length: 25 }, (_, image) => box.receive(who, { number: image + 1 })));
  }
  const { waiting } = box.store.outbox.counts();
  let longest = 0;
  let last = performance.now();
  const ticking = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const started = performance.now();
  box.link.start();
  await box.untilDelivered(300);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(ticking);
  const [images] = await clinic.sql`SELECT count(*)::int AS count FROM dicom_images`;
  console.log(
    `outbox: ${waiting} events in ${seconds.toFixed(1)} s, ${Math.round(waiting / seconds)} events/s, ` +
      `${images!.count} images in the clinic; others waited at most ${Math.round(longest)} ms`,
  );
}
