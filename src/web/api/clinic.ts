import * as v from "valibot";
import { message } from "../messages.ts";
import { say, type Told } from "../../sentences.ts";
import type { Store } from "../../store/store.ts";
import type { ClinicDatabase } from "../clinic_database.ts";
import { provenAddress, readAddress } from "../../clinic/address.ts";
import { URL_SETTING } from "../../clinic/clinic_link.ts";
import { installSql } from "../../clinic/mapping/install_sql.ts";
import { takenMapping } from "../../clinic/mapping/mapping.ts";
import { ClinicFailure } from "../../clinic/failure.ts";
import { SettingFixed } from "../../settings/effective_settings.ts";
import { day } from "../fields.ts";
import { conflict, notFound, notUnderstood, Problem } from "../problem.ts";
import { file, json, route } from "../route.ts";
import type { Clinic, ClinicQueue, Missing } from "../contract/box.ts";

const address = v.pipe(
  v.string(message("field-no-text")),
  v.trim(),
  v.maxLength(2000, message("field-too-long", { most: 2000 })),
);

/** Null takes the stored address back. `fingerprint` is that of the server's certificate, which a person has confirmed. */
const ClinicBody = v.object({
  url: v.nullable(address),
  fingerprint: v.optional(v.pipe(
    v.string(message("field-no-text")),
    v.regex(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/, message("field-no-fingerprint")),
  )),
});
/** Without an address, the one that is set. */
const ClinicAddressBody = v.object({ url: v.optional(address) });

/** How long the page waits to hear what the database lacks, milliseconds: it shows all the rest without it. */
const MISSING_WITHIN = 3000;

async function whole(clinic: ClinicDatabase, store: Store): Promise<Clinic> {
  const status = clinic.status();
  const canBeAsked = status.state !== "off" && status.state !== "away";
  return {
    ...status,
    addressFrom: clinic.addressFrom,
    missing: canBeAsked ? await inTime(clinic.missing()) : null,
    scheduleProblems: store.scheduleProblems.all(),
  };
}

/**
 * An address that does not say how private it is: the server must prove who it is, by an authority or by the
 * certificate that a person has confirmed.
 *
 * @throws Problem 409 with the certificate to be confirmed, or where the server cannot prove anything
 */
async function proven(clinic: ClinicDatabase, url: string, fingerprint: string | undefined): Promise<string> {
  if (readAddress(url).says) return url;
  let proof: Awaited<ReturnType<typeof clinic.proof>>;
  try {
    proof = await clinic.proof(url);
  } catch (error) {
    if (error instanceof ClinicFailure && error.kind === "away") return provenAddress(url, fingerprint);
    throw error;
  }
  if (proof === "trusted") return provenAddress(url);
  if (proof === "plain") {
    throw conflict(
      say("clinic-plain"),
    );
  }
  if (proof.fingerprint === fingerprint) return provenAddress(url, fingerprint);
  const detail = say("clinic-certificate-to-confirm");
  throw new Problem(409, "Certificate to be confirmed", detail, { more: { certificate: proof } });
}

/** The link to the clinic's database: how it stands, what it lacks, and what waits to be told to it. */
export const clinicRoutes = [
  route("GET /api/clinic", {
    who: "admin",
    summary: "The clinic's database: how the link stands, what is missing there, unusable bookings",
    answer: json<Clinic>(),
    programs: ["fleet"],
  }, async ({ clinic, store }) => await whole(clinic, store)),

  route("PUT /api/clinic", {
    who: "admin",
    summary: "Set its address; null takes it back",
    body: ClinicBody,
    answer: json<Clinic>(),
    outOrIn: true,
  }, async ({ store, clinic, body: given, by }) => {
    if (clinic.addressFrom === "environment") {
      throw new SettingFixed(
        say("clinic-address-fixed", { name: URL_SETTING }),
      );
    }
    const after = given.url ? shownOf(given.url) : null;
    const url = given.url ? await proven(clinic, given.url, given.fingerprint) : null;
    store.transaction(() => {
      const stored = store.settings.get(URL_SETTING);
      if ((stored ?? null) === (url || null)) return;
      if (url) store.settings.set(URL_SETTING, url);
      else store.settings.remove(URL_SETTING);
      const before = stored ? shownIfReadable(stored) : null;
      store.audit.add(by, "clinic database changed", "clinic database", { before, after });
    });
    return await whole(clinic, store);
  }),

  route("POST /api/clinic/test", {
    who: "admin",
    summary: "Try an address, or the one that is set",
    body: ClinicAddressBody,
    answer: json<{ ok: boolean; missing: Missing[] } & Told>(),
    outOrIn: true,
  }, async ({ clinic, body: { url } }) => await clinic.test(url || undefined)),

  route(
    "GET /api/clinic/sql",
    {
      who: "admin",
      summary: "The SQL that makes a clinic's database fit",
      answer: file("text/plain"),
      programs: ["fleet"],
    },
    ({ context, store }) => context.text(installSql(takenMapping(store)), 200, { "cache-control": "no-store" }),
  ),

  route("POST /api/clinic/install", {
    who: "admin",
    summary: "Run that SQL, as a user who owns the tables",
    body: ClinicAddressBody,
    answer: json<Clinic>(),
    outOrIn: true,
  }, async ({ store, clinic, body: { url }, by }) => {
    const where = url ? shownOf(url) : clinic.status().address;
    await clinic.install(url || undefined);
    store.audit.add(by, "clinic database mended", "clinic database", { address: where });
    return await whole(clinic, store);
  }),

  route("POST /api/clinic/compare", {
    who: "admin",
    summary: "Compare what the database has with what it was told, and tell it again what it lacks",
    answer: json<Clinic>(),
    programs: ["fleet"],
  }, async ({ store, clinic, by }) => {
    clinic.compare();
    store.audit.add(by, "clinic database compared", "clinic database");
    return await whole(clinic, store);
  }),

  route("POST /api/clinic/tell-again", {
    who: "admin",
    summary: "Tell the database again of all that came since a day",
    body: v.object({ since: day }),
    answer: json<{ studies: number }>(),
  }, async ({ store, clinic, body: { since }, by }) => {
    const studies = await clinic.tellAgain(since);
    store.audit.add(by, "clinic database told again", "clinic database", { since, studies });
    return { studies };
  }),

  route("GET /api/clinic/queue", {
    who: "admin",
    summary: "What waits to be told to the clinic's database",
    answer: json<ClinicQueue>(),
    programs: ["fleet"],
  }, ({ clinic }) => clinic.queue()),

  route("POST /api/clinic/queue/:aggregate/retry", {
    who: "admin",
    summary: "Try again what waits for a person",
    answer: json<ClinicQueue>(),
    programs: ["fleet"],
  }, ({ store, clinic, params: { aggregate }, by }) => {
    store.transaction(() => {
      if (!clinic.retry(aggregate)) throw notFound(say("retry-not-waiting"));
      store.audit.add(by, "clinic queue tried again", aggregate);
    });
    return clinic.queue();
  }),
];

/** The address without its password. @throws Problem 400 when it is none */
function shownOf(url: string): string {
  try {
    return readAddress(url).shown;
  } catch (error) {
    throw notUnderstood((error as Error).message);
  }
}

/** What is stored may come from another version; an address that cannot be read is named without its text. */
function shownIfReadable(url: string): string {
  try {
    return readAddress(url).shown;
  } catch {
    return "an address that could not be read";
  }
}

/** What the database lacks; null where that is not known now, and `status` says why. */
async function inTime(missing: Promise<Missing[]>): Promise<Missing[] | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), MISSING_WITHIN));
  try {
    return await Promise.race([
      missing.catch((error) => {
        if (error instanceof ClinicFailure) return null;
        throw error;
      }),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
