import { say } from "../../sentences.ts";
import { notFound } from "../problem.ts";
import { json, route } from "../route.ts";
import type { SetAside } from "../contract/studies.ts";

/** Objects that ended the program that draws, again and again: the box leaves them until a person says otherwise. */
export const setAsideRoutes = [
  route("GET /api/set-aside", {
    who: "admin",
    summary: "Objects that the box does not draw or read any more, and why",
    answer: json<SetAside[]>(),
  }, ({ store }) => store.drawingAttempts.setAside()),

  route("POST /api/set-aside/:uid/try-again", {
    who: "admin",
    summary: "Draw and read an object again that was set aside",
  }, ({ store, params: { uid }, by }) => {
    if (!store.drawingAttempts.forget(uid)) {
      throw notFound(say("not-set-aside"));
    }
    store.audit.add(by, "object tried again", uid);
  }),
];
