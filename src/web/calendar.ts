import { localDate } from "../dicom/date_time.ts";

/** Today on the clinic's wall clock, YYYY-MM-DD. */
export function today(): string {
  return localDate(new Date());
}

/** The minute on the clinic's wall clock, HH:MM:00. */
export function timeNow(): string {
  return `${new Date().toTimeString().slice(0, 5)}:00`;
}
