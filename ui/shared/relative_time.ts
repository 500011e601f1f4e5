import { boxNow } from "./clock.ts";
import { text } from "./text.ts";

/** How long ago, in words. @param at ISO 8601 */
export function relativeTime(at: string): string {
  const minutes = Math.max(0, Math.floor((boxNow() - Date.parse(at)) / 60_000));
  if (minutes < 1) return text.health.agoNow;
  if (minutes < 60) return text.health.agoMinutes(minutes);
  if (minutes < 48 * 60) return text.health.agoHours(Math.floor(minutes / 60));
  return text.health.agoDays(Math.floor(minutes / 1440));
}
