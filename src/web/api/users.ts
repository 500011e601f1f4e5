import * as v from "valibot";
import { message } from "../messages.ts";
import { say } from "../../sentences.ts";
import { ROLES, type User, USERS } from "../../store/users.ts";
import { choice, filledLine, longString, trueOrFalse } from "../fields.ts";
import { hashPassword } from "../password.ts";
import { ensureStrong } from "../password_strength.ts";
import { conflict, notFound } from "../problem.ts";
import { json, route } from "../route.ts";
import type { User as UserAnswer } from "../contract/people.ts";

export const password = v.pipe(
  v.string(message("field-no-text")),
  v.minLength(8, message("field-password-short", { least: 8 })),
  v.maxLength(1000, message("field-too-long", { most: 1000 })),
);
const role = choice(ROLES);

const NewUserBody = v.object({
  username: filledLine(64),
  displayName: v.optional(longString, ""),
  role,
  password,
});

export const ChangedUserBody = v.partial(v.object({
  displayName: longString,
  role,
  disabled: trueOrFalse,
  password,
}));

/** Who may sign in, and as what. A change of role, password or access ends that person's sessions. */
export const userRoutes = [
  route(
    "GET /api/users",
    { who: "admin", summary: "Who may sign in", answer: json<UserAnswer[]>() },
    ({ store }) => store.users.all().map(withSource),
  ),

  route("POST /api/users", {
    who: "admin",
    summary: "Add a person",
    body: NewUserBody,
    answer: json<UserAnswer>(),
    status: 201,
    outOrIn: true,
  }, async ({ store, settings, body: { password, ...fields }, by }) => {
    await ensureStrong(password, [fields.username, fields.displayName, settings.current.name]);
    const passwordHash = await hashPassword(password);
    const user = store.transaction(() => {
      if (store.users.findByUsername(fields.username)) {
        throw conflict(say("user-name-taken"));
      }
      const added = store.users.add({ ...fields, passwordHash });
      store.audit.add(by, "user added", `user ${added.id}`, { after: shown(added) });
      return added;
    });
    return withSource(user);
  }),

  route("PATCH /api/users/:id", {
    who: "admin",
    summary: "Change a person",
    body: ChangedUserBody,
    answer: json<UserAnswer>(),
    outOrIn: true,
  }, async ({ store, settings, events, params: { id }, body: { password, ...changed }, by }) => {
    if (password !== undefined) {
      const { username = "", displayName = "" } = { ...store.users.find(id), ...changed };
      await ensureStrong(password, [username, displayName, settings.current.name]);
    }
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    const after = store.transaction(() => {
      const before = store.users.find(id);
      if (!before) throw notFound(say("no-user"));
      if (before.source === "clinic") {
        throw conflict(say("user-of-the-clinic"));
      }
      const after = store.users.change(id, changed)!;
      if (!store.users.all().some((user) => user.role === "admin" && !user.disabled)) {
        throw conflict(say("last-admin"));
      }
      if (passwordHash !== undefined) store.users.setPasswordHash(id, passwordHash);
      if (passwordHash !== undefined || after.role !== before.role || after.disabled) {
        store.sessions.removeOfUser(id);
      }
      store.audit.add(by, "user changed", `user ${id}`, {
        before: shown(before),
        after: shown(after),
        passwordChanged: passwordHash !== undefined,
      });
      return after;
    });
    events.recheck();
    return withSource(after);
  }),
];

/** As an admin sees a user: one whose source is the clinic cannot be changed at the box. */
function withSource(user: User): UserAnswer {
  return { ...shown(user), source: user.source };
}

/** A user without the hash of their password, which leaves the store only to be checked. */
export function shown(user: User) {
  return { id: user.id, ...USERS.fieldsOf(user) };
}
