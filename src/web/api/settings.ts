import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import { SETTINGS_OUT_OR_IN } from "../authorisation.ts";
import { SETTINGS } from "../../settings/config.ts";
import { filledLongString, wholeNumber } from "../fields.ts";
import type { Parts } from "../parts.ts";
import { conflict, Problem } from "../problem.ts";
import { confirmBySecondAdmin } from "../second_admin.ts";
import { isFromThisBox } from "../security.ts";
import { json, route } from "../route.ts";
import type { Setting, Storage } from "../contract/box.ts";

/** By the setting's name; null takes back what was stored. */
const SettingsBody = v.record(
  v.string(),
  v.nullable(v.pipe(v.string(message("field-no-text")), v.maxLength(200, message("field-too-long", { most: 200 })))),
);

const PairingBody = v.object({
  minutes: v.optional(wholeNumber(1, 60), 10),
});

const DENSITY = message("field-number", { least: 2, most: 20 });
const ScreenBody = v.object({
  pixelsPerMillimetre: v.optional(
    v.nullable(v.pipe(v.number(DENSITY), v.minValue(2, DENSITY), v.maxValue(20, DENSITY))),
  ),
  machineId: v.optional(v.nullable(filledLongString)),
});

/** How the settings table has the density of the box's own panel, and the machine of the room it stands in. */
export const PIXELS_PER_MILLIMETRE = "pixels per millimetre";
/** Under which it is stored which machine the box's own screen stands beside. */
export const SCREEN_MACHINE = "machine of the screen";

/** What is set of the box as a whole, who may be paired, and the room on its disk. */
export const settingRoutes = [
  route("GET /api/settings", {
    who: "admin",
    summary: "The settings, with where each comes from",
    answer: json<Setting[]>(),
    programs: ["fleet"],
  }, ({ settings }) => settings.list()),

  route("PATCH /api/settings", {
    who: "admin",
    summary: "Change settings by their names; null takes one back",
    body: SettingsBody,
    answer: json<Setting[]>(),
    programs: ["fleet"],
  }, async ({ context, store, settings, passwords, body, by }) => {
    const forPeople = Object.keys(body).find((name) => SETTINGS_OUT_OR_IN.has(name));
    if (forPeople !== undefined && context.get("signedIn")?.program) {
      throw new Problem(403, "Not allowed", say("token-is-for-people"), {
        more: { name: forPeople },
      });
    }
    if (forPeople !== undefined) {
      await confirmBySecondAdmin(context, forPeople, { settings, passwords, store });
      if (body[SETTINGS.secondAdmin.name] === "on") ensureTwoAdmins(store);
    }
    store.transaction(() => {
      const before: Record<string, string | null> = {};
      const after: Record<string, string | null> = {};
      for (const [name, value] of Object.entries(body)) {
        const change = settings.change(name, value);
        if (change.before === change.after) continue;
        before[name] = change.before;
        after[name] = change.after;
      }
      if (Object.keys(after).length > 0) store.audit.add(by, "setting changed", "settings", { before, after });
    });
    return settings.list();
  }),

  route("POST /api/pairing", {
    who: "admin",
    summary: "Open pairing for some minutes",
    body: PairingBody,
    answer: json<{ pairingUntil: string | null }>(),
    outOrIn: true,
  }, ({ store, settings, body: { minutes }, by }) => {
    const pairingUntil = store.transaction(() => {
      const until = settings.openPairing(minutes);
      store.audit.add(by, "pairing opened", "machines", { until });
      return until;
    });
    return { pairingUntil };
  }),

  route(
    "DELETE /api/pairing",
    { who: "admin", summary: "Close pairing", peopleOnly: true },
    ({ store, settings, by }) => {
      store.transaction(() => {
        settings.openPairing(0);
        store.audit.add(by, "pairing closed", "machines");
      });
    },
  ),

  route("PUT /api/screen", {
    who: "signed in",
    summary: "Keep the density of the box's own panel, and the machine it sends to",
    body: ScreenBody,
    answer: json<v.InferOutput<typeof ScreenBody>>(),
    peopleOnly: true,
  }, ({ context, store, body: { pixelsPerMillimetre, machineId }, by }) => {
    if (!isFromThisBox(context)) {
      throw new Problem(403, "Another screen", say("not-own-screen"));
    }
    store.transaction(() => {
      if (machineId === null) store.settings.remove(SCREEN_MACHINE);
      else if (machineId !== undefined) store.settings.set(SCREEN_MACHINE, machineId);
      if (pixelsPerMillimetre === undefined) return;
      const before = store.settings.get(PIXELS_PER_MILLIMETRE) ?? null;
      if (pixelsPerMillimetre === null) store.settings.remove(PIXELS_PER_MILLIMETRE);
      else store.settings.set(PIXELS_PER_MILLIMETRE, String(pixelsPerMillimetre));
      store.audit.add(by, "screen measured", "kiosk", { before, after: pixelsPerMillimetre });
    });
    return { pixelsPerMillimetre, machineId };
  }),

  route("GET /api/storage", {
    who: "admin",
    summary: "Room on the disk and what the images take, bytes",
    answer: json<Storage>(),
    programs: ["fleet"],
  }, ({ store, space }) => {
    const totals = store.instanceFiles.totals();
    return { ...space(), ...totals };
  }),
];

/** @throws Problem 409 where nobody could confirm: it could never be taken back */
function ensureTwoAdmins(store: Parts["store"]): void {
  const admins = store.users.all().filter(({ role, disabled }) => role === "admin" && !disabled);
  if (admins.length < 2) {
    throw conflict(say("second-admin-alone"));
  }
}
