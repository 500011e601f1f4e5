import type { Store } from "../store/store.ts";
import { hashPassword } from "./password.ts";
import { weaknessOf } from "./password_strength.ts";

/**
 * Creates the first admin where there is none; one that exists is left as they are, so that a password changed on
 * the settings page stays changed.
 *
 * An easily guessed password is taken nevertheless: whoever set up the box's environment is not there to be asked.
 *
 * @param warn is told of that
 * @returns whether an admin was created
 * @throws Error when the name or the password is empty, or the name belongs to somebody in another role
 */
export async function ensureAdmin(
  store: Store,
  username: string,
  password: string,
  warn: (message: string) => void = () => {},
): Promise<boolean> {
  if (store.users.all().some((user) => user.role === "admin" && !user.disabled)) return false;
  if (username.trim() === "" || password === "") {
    throw new Error("Cannot create the first admin: the user name and the password must not be empty, set both");
  }
  if (store.users.findByUsername(username.trim())) {
    throw new Error("Cannot create the first admin: the user name belongs to somebody else, choose another");
  }
  const passwordHash = await hashPassword(password);
  const user = store.users.add({ username: username.trim(), displayName: "", role: "admin", passwordHash });
  store.audit.add("box", "user added", user.username, { role: "admin" });
  if (await weaknessOf(password, [username]) !== null) {
    warn(
      "The first admin's password from SONODESK_ADMIN_PASSWORD is easily guessed: change it in the settings, People",
    );
  }
  return true;
}
