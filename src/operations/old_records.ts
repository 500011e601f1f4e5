import type { Store } from "../store/store.ts";

/** For how long it is kept what was forwarded, and what machines were told is safe, milliseconds; and how many at most. */
const SENT_KEPT = 30 * 86_400_000;
const MOST_COMMITMENTS = 20_000;
/** For how long the steps of machines are kept, milliseconds, and how many at most. */
const STEPS_KEPT = 400 * 86_400_000;
const MOST_STEPS = 50_000;

/** Forgets what is not kept for ever, by the date. */
export function forgetOldRecords(store: Store, now: Date): void {
  const longAgo = new Date(now.getTime() - SENT_KEPT);
  store.destinations.forgetSent(longAgo);
  store.forwardCommitments.forget(longAgo);
  store.commitments.forget(longAgo, MOST_COMMITMENTS);
  store.procedureSteps.forget(new Date(now.getTime() - STEPS_KEPT), MOST_STEPS);
}
