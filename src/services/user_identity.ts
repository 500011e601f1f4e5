import type { Store } from "../store/store.ts";
import { Rejection, type UserIdentity } from "../dimse/pdu.ts";
import type { Refused } from "../dimse/association.ts";

/** User-Identity-Type (PS3.7 Table D.3-14) of those that the box can check. */
const USERNAME = 1;
const USERNAME_AND_PASSCODE = 2;

/** Whether a passcode is the one that was hashed. */
export type VerifyPasscode = (passcode: string, hash: string) => Promise<boolean>;

/**
 * Whether a peer is who it says it is (PS3.7 D.3.3.7). Where the box has no accounts it does not take part in this,
 * and passes over what a peer says; where it has, a wrong identity is refused, whoever shows it.
 *
 * @param needed whether this peer must show one
 * @returns "verified" for an identity that is known, undefined where none was looked at, else the refusal
 */
export async function checkIdentity(
  store: Store,
  identity: UserIdentity | undefined,
  needed: boolean,
  verify: VerifyPasscode,
): Promise<"verified" | Refused | undefined> {
  const accounts = store.dicomAccounts.all();
  const checkable = identity?.type === USERNAME || identity?.type === USERNAME_AND_PASSCODE;
  if (!needed && (accounts.length === 0 || !checkable)) return undefined;
  if (identity === undefined || !checkable) {
    return refused(
      identity === undefined ? "it shows no user identity" : `identities of type ${identity.type} are not known`,
    );
  }
  const [username, passcode] = [identity.primary, identity.secondary].map((bytes) => new TextDecoder().decode(bytes));
  const account = accounts.find((one) => one.username === username);
  if (account === undefined) return refused("its user name is none of the accounts");
  if (account.passcodeHash === null) return "verified";
  if (identity.type === USERNAME) return refused("its account has a passcode, and it shows none");
  return await verify(passcode!, account.passcodeHash) ? "verified" : refused("its passcode is wrong");
}

function refused(why: string): Refused {
  return { rejection: Rejection.NO_REASON, why };
}
