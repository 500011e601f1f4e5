/** The AE title with which the box calls itself. */
export const SELF_TEST_AE_TITLE = "SONODESK-TEST";

/** Tells the box's own calls from those of machines. */
export type IsSelfTest = (peer: { callingAeTitle: string; address: string }) => boolean;

/**
 * The box's own calls: under their title, and from the box itself. Whoever works on the box can read its files anyway.
 *
 * @param host the address the box listens on, from which it then also calls
 */
export function selfTestOn(host: string | undefined): IsSelfTest {
  return ({ callingAeTitle, address }) =>
    callingAeTitle === SELF_TEST_AE_TITLE && (address === host || address === "::1" || address.startsWith("127."));
}
