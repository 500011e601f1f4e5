import type { ClinicAddress } from "./address.ts";
import { ClinicSession } from "./session.ts";

/** How long one question may take, milliseconds. */
const ASKED_WITHIN = 10_000;

/**
 * Signs in at a clinic's database, asks one question and leaves.
 *
 * @throws ClinicFailure with what is wrong, the first thing first
 */
export async function signIn(address: ClinicAddress): Promise<void> {
  const session = new ClinicSession(address);
  try {
    await session.run(ASKED_WITHIN, (sql) => sql.unsafe("SELECT 1"));
  } finally {
    session.close();
  }
}
