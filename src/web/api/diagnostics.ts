import { today } from "../calendar.ts";
import { file, route } from "../route.ts";

/** One file without any patient, to be sent to whoever looks after the box. */
export const diagnosticsRoutes = [
  route("GET /api/diagnostics", {
    who: "admin",
    summary: "What to send to support, without patients",
    answer: file("application/zip"),
    programs: ["fleet"],
  }, async ({ context, store, diagnostics, by }) => {
    const zip = await diagnostics();
    store.audit.add(by, "diagnostics taken", "box");
    return context.body(zip, 200, {
      "content-type": "application/zip",
      "content-disposition": `attachment; filename="sonodesk-diagnostics-${today()}.zip"`,
      "cache-control": "no-store",
    });
  }),
];
