import { alertChannels, type AlertTest, testAlerts } from "../../operations/alerts.ts";
import { say } from "../../sentences.ts";
import { conflict } from "../problem.ts";
import { json, route } from "../route.ts";

/** Who is told outside when a part of the box is not well; who that is are settings. */
export const alertRoutes = [
  route("POST /api/alerts/test", {
    who: "admin",
    summary: "Send a test message to the address and the e-mail addresses that are told when something is not well",
    answer: json<AlertTest[]>(),
    programs: ["fleet"],
  }, async ({ settings, store, by }) => {
    const { current } = settings;
    if (alertChannels(current).length === 0) throw conflict(say("alert-to-nobody"));
    store.audit.add(by, "alerts tested", "box");
    return await testAlerts(current);
  }),
];
