/** Today on the clinic's wall clock, YYYY-MM-DD. */
export function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** The minute on the clinic's wall clock, HH:MM:00. */
export function timeNow(): string {
  const now = new Date();
  return `${two(now.getHours())}:${two(now.getMinutes())}:00`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
