import { today } from "../calendar.ts";
import { isFromThisBox } from "../security.ts";
import { json, route } from "../route.ts";
import type { Box } from "../contract/box.ts";

/** What the box is, and how machines reach it. Before a login only what the sign-in page shows. */
export const boxRoutes = [
  route("GET /api/box", {
    who: "anyone",
    summary: "The box: name, addresses, ports; less of it without a login",
    answer: json<Box>(),
    beforeSetup: true,
  }, ({ context, box, setup }) => {
    const { demoLogin, pixelsPerMillimetre, screenMachineId, ...whole } = box();
    const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const clock = { timeZone, now: new Date().toISOString(), today: today() };
    const login = whole.demo && demoLogin ? { demoLogin } : {};
    const { name, hostName, addresses, version, demo, language, lockSeconds } = whole;
    const here = isFromThisBox(context);
    const first = setup.needed ? { setup: here ? { code: setup.code } : {} } : {};
    const panel = here && pixelsPerMillimetre !== undefined ? { pixelsPerMillimetre } : {};
    const open = { ...login, ...clock, ...first, ...panel };
    return context.get("signedIn")
      ? { ...whole, ...open, ...(here && { screenMachineId }) }
      : { name, hostName, addresses, version, demo, language, lockSeconds, ...open };
  }),
];
