import { setTimeout } from "node:timers/promises";
import { ClinicBox } from "../clinic/clinic_box.ts";
import { FlaskClinic } from "../clinic/flask_clinic.ts";
import { PostgresServer } from "../clinic/postgres_server.ts";
import { median, milliseconds, table } from "./measure.ts";

/** Of a large clinic: bookings in the days that are read, as many patients, and logins. */
const BOOKINGS = 20_000;
const LOGINS = 5_000;
/** How long the clinic is watched, seconds. */
const MINUTE = 60;
const BUSY = 30;
/** Changes of patients a second while it is busy. */
const CHANGES = 10;
const IMPORTED = 200_000;

/** What the box asks of the clinic's PostgreSQL, by `pg_stat_statements`, and how soon it has a new booking. */
export async function benchClinic(): Promise<void> {
  await using server = await PostgresServer.start({
    lines: ["shared_preload_libraries = 'pg_stat_statements'", "max_wal_size = '2GB'"],
  });
  await using clinic = await FlaskClinic.create(server);
  const { sql } = clinic;
  await sql`CREATE EXTENSION pg_stat_statements`;
  await clinic.bookMany(BOOKINGS);
  await addLogins(LOGINS, "staff");
  await sql`ANALYZE`;
  await using box = await ClinicBox.start({ url: clinic.url, readEvery: undefined! });
  await box.until("all is read", () => box.store.patients.find(`M${BOOKINGS}`), 300);

  const rows = [];
  for (
    const [what, seconds, meanwhile] of [
      ["nothing happens", MINUTE, () => setTimeout(MINUTE * 1000)],
      [`${CHANGES} patients a second are changed`, BUSY, changePatients],
    ] as const
  ) {
    await sql`SELECT pg_stat_statements_reset()`;
    await meanwhile();
    const [asked] = await sql<[{ calls: number; time: number; read: number }]>`
      SELECT sum(calls)::int AS calls, sum(total_exec_time + total_plan_time) AS time, sum(rows)::int AS read
      FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = 'sonodesk'`;
    rows.push({
      while: what,
      "statements a minute": (asked.calls * 60 / seconds).toFixed(0),
      "rows a minute": (asked.read * 60 / seconds).toFixed(0),
      "of one processor": `${(asked.time / seconds / 10).toFixed(1)} %`,
    });
  }
  table(`What the box asks of PostgreSQL, ${BOOKINGS} bookings in the days that are read, ${LOGINS} logins`, rows);
  const costs = await sql`SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS statement, calls::int,
      round(total_exec_time::numeric) AS total, round(mean_exec_time::numeric, 1) AS each
    FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = 'sonodesk'
    ORDER BY total_exec_time DESC LIMIT 5`;
  for (const cost of costs) console.log(JSON.stringify(cost));

  const quiet = await timesUntilSeen(10);
  const importing = addLogins(IMPORTED, "imported");
  const beside = await timesUntilSeen(10);
  await importing;
  const after = await timesUntilSeen(5);
  table("From a booking in the clinic's program to the box", [
    seen("nothing else happens", quiet),
    seen(`${IMPORTED} logins are imported`, beside),
    seen("right after that", after),
  ]);

  async function addLogins(count: number, name: string): Promise<void> {
    for (let from = 1; from <= count; from += 1000) {
      await sql`INSERT INTO users (username, password_hash, role)
        SELECT ${name}::text || n, 'pbkdf2:sha256:1000$salt$' || md5(n::text), 'receptionist'
        FROM generate_series(${from}::int, ${Math.min(count, from + 999)}::int) n`;
    }
  }

  async function changePatients(): Promise<void> {
    for (let n = 1; n <= BUSY * CHANGES; n++) {
      await sql`UPDATE patients SET phone = ${String(n)} WHERE id = ${`M${n}`}`;
      await setTimeout(1000 / CHANGES);
    }
  }

  async function timesUntilSeen(count: number): Promise<number[]> {
    const times = [];
    for (let n = 0; n < count; n++) {
      const started = performance.now();
      const id = await clinic.book({ time: "09:00" });
      await box.until("the booking is here", () => box.store.appointments.find(id), 120);
      times.push(performance.now() - started);
      await setTimeout(500);
    }
    return times;
  }
}

function seen(what: string, times: readonly number[]) {
  return { while: what, median: milliseconds(median(times)), slowest: milliseconds(Math.max(...times)) };
}
