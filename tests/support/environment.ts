/** The environment of the tests without what is the tests' own, such as `SONODESK_ROUNDS`: a box knows its own names only. */
export function environmentForBox(): Record<string, string> {
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("SONODESK_")));
}
