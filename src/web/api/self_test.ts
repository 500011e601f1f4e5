import type { Finding } from "../contract/box.ts";
import { json, route } from "../route.ts";

/** The box looks at itself, as `sonodesk self-test` and `sonodesk doctor` do. Nothing of it stays. */
export const selfTestRoutes = [
  route("POST /api/self-test", {
    who: "admin",
    summary: "The box calls itself as a machine does, and looks at its files, ports, clock and backup",
    answer: json<Finding[]>(),
    programs: ["fleet"],
  }, ({ selfTest }) => selfTest()),
];
