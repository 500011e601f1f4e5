import { type Routes, userOf } from "../context.ts";
import type { Parts } from "../parts.ts";

/** One file without any patient, to be sent to whoever looks after the box. */
export function diagnosticsRoutes({ store, diagnostics }: Parts): Routes<"GET /api/diagnostics"> {
  return {
    "GET /api/diagnostics": (context) => {
      const zip = diagnostics();
      store.audit.add(userOf(context).username, "diagnostics taken", "box");
      const day = new Date().toISOString().slice(0, 10);
      return context.body(zip, 200, {
        "content-type": "application/zip",
        "content-disposition": `attachment; filename="sonodesk-diagnostics-${day}.zip"`,
        "cache-control": "no-store",
      });
    },
  };
}
