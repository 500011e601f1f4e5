import type { Parts, Routes } from "../parts.ts";

/** What the box is, and how machines reach it. Before a login only what the sign-in page shows. */
export function boxRoutes({ box }: Parts): Routes<"GET /api/box"> {
  return {
    "GET /api/box": (context) => {
      const { demoLogin, ...whole } = box();
      const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const clock = { timeZone, now: new Date().toISOString() };
      const login = whole.demo && demoLogin ? { demoLogin } : {};
      const { name, hostName, addresses, version, demo } = whole;
      return context.json(
        context.get("signedIn")
          ? { ...whole, ...login, ...clock }
          : { name, hostName, addresses, version, demo, ...login, ...clock },
        200,
        { "cache-control": "no-store" },
      );
    },
  };
}
