import * as v from "valibot";
import { readJson } from "../body.ts";
import type { Computer } from "../computer.ts";
import { type Parts, type Routes, userOf } from "../parts.ts";
import { conflict, notUnderstood } from "../problem.ts";
import { givenPassword } from "./session.ts";

export const ResetBody = v.object({
  password: givenPassword,
  name: v.pipe(v.string("must be text"), v.trim(), v.maxLength(200, "must be at most 200 characters long")),
});

/** The computer itself, where it is the box's own. */
export function computerRoutes(
  { store, box, computer, passwords, log }: Parts,
): Routes<"GET /api/computer" | "POST /api/computer/reset"> {
  function own(): Computer {
    if (computer) return computer;
    throw conflict("Cannot change this computer: the box is a package of its operating system, do it there");
  }

  return {
    "GET /api/computer": (context) =>
      context.json({ possible: computer !== undefined, ...computer?.state() }, 200, { "cache-control": "no-store" }),

    "POST /api/computer/reset": async (context) => {
      const { password, name } = await readJson(context.req.raw, ResetBody);
      const computer = own();
      if (name !== box().name.trim()) {
        throw notUnderstood("Cannot reset the box: this is not its name, type it as it stands above the settings", {
          fields: [{ field: "name", problem: "is another" }],
        });
      }
      await passwords.again(context, password, "Cannot reset the box: the password is wrong");
      const { username } = userOf(context);
      store.audit.add(username, "reset asked for", "box");
      log.warn("everything is erased, and the box restarts as it came");
      await computer.reset();
      return context.json({ state: "resetting" }, 202);
    },
  };
}
