import { text } from "./text.js";

/** A machine's room as people say it: "2" is "Room 2", and "Room 2" and "Upstairs" are that. @param {string} room */
export function roomInWords(room) {
  return /^\p{N}+$/u.test(room) ? text.chooseMachine.room(room) : room;
}
