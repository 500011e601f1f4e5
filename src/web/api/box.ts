import { today } from "../calendar.ts";
import { isFromThisBox } from "../security.ts";
import { json, route } from "../route.ts";
import type { Box, FixedField, SetUpField } from "../contract/box.ts";
import type { Parts } from "../parts.ts";

/** What the box is, and how machines reach it. Before a login only what the sign-in page shows. */
export const boxRoutes = [
  route("GET /api/box", {
    who: "anyone",
    summary: "The box: name, addresses, ports; less of it without a login",
    answer: json<Box>(),
    beforeSetup: true,
  }, ({ context, box, setup, settings }) => {
    const { demoLogin, pixelsPerMillimetre, screenMachineId, ...whole } = box();
    const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const clock = { timeZone, now: new Date().toISOString(), today: today() };
    const login = whole.demo && demoLogin ? { demoLogin } : {};
    const { name, hostName, addresses, version, demo, language, lockSeconds } = whole;
    const here = isFromThisBox(context);
    const fixed = setup.needed ? fixedFields(settings) : {};
    const asksFor = { ...(here && { code: setup.code }), ...(Object.keys(fixed).length > 0 && { fixed }) };
    const first = setup.needed ? { setup: asksFor } : {};
    const panel = here && pixelsPerMillimetre !== undefined ? { pixelsPerMillimetre } : {};
    const open = { ...login, ...clock, ...first, ...panel };
    return context.get("signedIn")
      ? { ...whole, ...open, ...(here && { screenMachineId }) }
      : { name, hostName, addresses, version, demo, language, lockSeconds, ...open };
  }),
];

/** The settings that the first start asks for, by its fields. */
const ASKED = { name: "clinicName", timeZone: "timeZone", country: "country", language: "language" } as const;

function fixedFields(settings: Parts["settings"]): Partial<Record<SetUpField, FixedField>> {
  const fixed = settings.list().filter(({ key, source }) => key in ASKED && source === "environment");
  return Object.fromEntries(fixed.map(({ key, name, value }) => [ASKED[key as keyof typeof ASKED], { name, value }]));
}
