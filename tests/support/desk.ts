import { addPerson, PASSWORD } from "./scanned_study.ts";
import type { Role } from "../../src/store/users.ts";
import type { Box } from "./box.ts";

/** Somebody who is signed in at a box. */
export interface Desk {
  ask: (path: string, options?: RequestInit) => Promise<Response>;
  /** The answer's JSON. @throws when the box refuses */
  // deno-lint-ignore no-explicit-any -- what a test looks at in it, it names
  json: (path: string) => Promise<any>;
  post: (path: string, body: unknown, method?: string) => Promise<Response>;
}

/** Signs a new person in. */
export async function signIn(box: Box, role: Role): Promise<Desk> {
  await addPerson(box, role, role);
  const address = `http://127.0.0.1:${box.appliance.ports.webPort}`;
  const session = await fetch(`${address}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: role, password: PASSWORD }),
  });
  await session.body?.cancel();
  const cookie = session.headers.get("set-cookie")!.split(";")[0]!;
  const ask = (path: string, options: RequestInit = {}) =>
    fetch(address + path, { ...options, headers: { cookie, ...options.headers } });
  return {
    ask,
    json: async (path) => {
      const answer = await ask(path);
      if (!answer.ok) throw new Error(`${path} was answered ${answer.status}: ${await answer.text()}`);
      return await answer.json();
    },
    post: (path, body, method = "POST") =>
      ask(path, { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  };
}
