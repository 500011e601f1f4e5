// Beside the OHIF viewer, which knows nothing of the box's login: who is not signed in is led to the box's own page, and
// after as long without a touch as on any page of the box it locks.
import { api, Refusal } from "./api.ts";
import { whenIdle } from "./idle.ts";
import { remembered, TO_BE_LOCKED } from "./remembered.ts";

function leave() {
  document.body.replaceChildren(); // a patient may be on it, and the other page takes a moment to come
  location.replace("/");
}

/** Where the box does not answer, it is told by the page that comes. */
function lock() {
  end();
  remembered.setItem(TO_BE_LOCKED, "yes");
  api("POST /api/session/lock").then(() => remembered.removeItem(TO_BE_LOCKED), () => {}).finally(leave);
}

let end = () => {};
try {
  await api("GET /api/session");
  const { lockSeconds = 0 } = await api("GET /api/box");
  if (remembered.getItem(TO_BE_LOCKED) !== null) lock();
  else end = whenIdle(lockSeconds, lock);
} catch (refusal) {
  if (refusal instanceof Refusal && refusal.status === 401) leave();
  else throw refusal;
}
