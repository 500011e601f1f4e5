import * as v from "valibot";
import { SETTINGS_OUT_OR_IN } from "../authorisation.ts";
import { SETTINGS } from "../../settings/config.ts";
import { readJson } from "../body.ts";
import { filledLongString } from "../fields.ts";
import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";
import { conflict, Problem } from "../problem.ts";
import { confirmBySecondAdmin } from "../second_admin.ts";
import { isFromThisBox } from "../security.ts";
import type { Setting, Storage } from "../contract/box.ts";

/** By the setting's name; null takes back what was stored. */
export const SettingsBody = v.record(
  v.string(),
  v.nullable(v.pipe(v.string("must be text"), v.maxLength(200, "must be at most 200 characters long"))),
  "must be an object of settings by their names",
);

export const PairingBody = v.object({
  minutes: v.optional(
    v.pipe(
      v.number("must be a number from 1 to 60"),
      v.integer("must be a number from 1 to 60"),
      v.minValue(1, "must be a number from 1 to 60"),
      v.maxValue(60, "must be a number from 1 to 60"),
    ),
    10,
  ),
});

export const ScreenBody = v.object({
  pixelsPerMillimetre: v.optional(v.nullable(
    v.pipe(
      v.number("must be a number from 2 to 20"),
      v.minValue(2, "must be a number from 2 to 20"),
      v.maxValue(20, "must be a number from 2 to 20"),
    ),
  )),
  machineId: v.optional(v.nullable(filledLongString)),
});

/** How the settings table has the density of the box's own panel, and the machine of the room it stands in. */
export const PIXELS_PER_MILLIMETRE = "pixels per millimetre";
export const SCREEN_MACHINE = "machine of the screen";

/** What is set of the box as a whole, who may be paired, and the room on its disk. */
export function settingRoutes({ store, settings, space, passwords }: Parts): Routes<
  | "GET /api/settings"
  | "PATCH /api/settings"
  | "POST /api/pairing"
  | "DELETE /api/pairing"
  | "PUT /api/screen"
  | "GET /api/storage"
> {
  return {
    "GET /api/settings": (context) =>
      context.json(settings.list() satisfies Setting[], 200, { "cache-control": "no-store" }),

    "PATCH /api/settings": async (context) => {
      const body = await readJson(context.req.raw, SettingsBody);
      const by = userOf(context).username;
      const forPeople = Object.keys(body).find((name) => SETTINGS_OUT_OR_IN.has(name));
      if (forPeople !== undefined && context.get("signedIn")?.program) {
        throw new Problem(403, "Not allowed", "Cannot do this with a token: it is for people", {
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
      return context.json(settings.list() satisfies Setting[]);
    },

    "POST /api/pairing": async (context) => {
      const { minutes } = await readJson(context.req.raw, PairingBody);
      const pairingUntil = store.transaction(() => {
        const until = settings.openPairing(minutes);
        store.audit.add(userOf(context).username, "pairing opened", "machines", { until });
        return until;
      });
      return context.json({ pairingUntil });
    },

    "DELETE /api/pairing": (context) => {
      store.transaction(() => {
        settings.openPairing(0);
        store.audit.add(userOf(context).username, "pairing closed", "machines");
      });
      return context.body(null, 204);
    },

    "PUT /api/screen": async (context) => {
      if (!isFromThisBox(context)) {
        throw new Problem(403, "Another screen", "Cannot keep this of the screen: it is not the box's own");
      }
      const { pixelsPerMillimetre, machineId } = await readJson(context.req.raw, ScreenBody);
      store.transaction(() => {
        if (machineId === null) store.settings.remove(SCREEN_MACHINE);
        else if (machineId !== undefined) store.settings.set(SCREEN_MACHINE, machineId);
        if (pixelsPerMillimetre === undefined) return;
        const before = store.settings.get(PIXELS_PER_MILLIMETRE) ?? null;
        if (pixelsPerMillimetre === null) store.settings.remove(PIXELS_PER_MILLIMETRE);
        else store.settings.set(PIXELS_PER_MILLIMETRE, String(pixelsPerMillimetre));
        store.audit.add(userOf(context).username, "screen measured", "kiosk", { before, after: pixelsPerMillimetre });
      });
      return context.json({ pixelsPerMillimetre, machineId });
    },

    "GET /api/storage": (context) => {
      const totals = store.instanceFiles.totals();
      return context.json({ ...space(), ...totals } satisfies Storage, 200, { "cache-control": "no-store" });
    },
  };
}

/** @throws Problem 409 where nobody could confirm: it could never be taken back */
function ensureTwoAdmins(store: Parts["store"]): void {
  const admins = store.users.all().filter(({ role, disabled }) => role === "admin" && !disabled);
  if (admins.length < 2) {
    throw conflict("Cannot ask for a second admin: there is only one, add another first");
  }
}
