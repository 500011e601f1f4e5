import type { AppointmentStatus } from "./appointment_status.ts";

/** What an appointment waits for, by what should have happened next. */
export type WaitCode =
  /** It was sent, and no machine has asked for it. */
  | "no-machine-asked"
  /** It is at a machine, of which no image has come. */
  | "no-image"
  /** Images came, and nobody says that it is done. */
  | "no-end";

/** That an appointment waits: since when, and from when on that is too long. Times are ISO 8601. */
export interface Wait {
  /** What it waits for. */
  code: WaitCode;
  /** ISO 8601. */
  since: string;
  /** From then on it is too long, ISO 8601. */
  lateAt: string;
}

/** Minutes after which waiting is too long. */
const MINUTES: Readonly<Record<WaitCode, number>> = { "no-machine-asked": 15, "no-image": 60, "no-end": 60 };

/** What the store knows of an appointment that waits. */
interface WaitFacts {
  status: AppointmentStatus;
  statusChangedAt: string;
  /** Of the booking, YYYY-MM-DD on the clinic's wall clock. */
  date: string;
  sentAt: string | null;
  seenAt: string | null;
  /** When its latest object came; null where none has. */
  lastImageAt: string | null;
}

/** What an appointment waits for; null where it waits for nothing, or nobody has begun with it. */
export function waitOf({ status, statusChangedAt, date, sentAt, seenAt, lastImageAt }: WaitFacts): Wait | null {
  switch (status) {
    case "sent": {
      // sent ahead, it waits from the morning of its day on
      const morning = new Date(`${date}T00:00:00`);
      const since = new Date(sentAt ?? statusChangedAt);
      return wait("no-machine-asked", (morning > since ? morning : since).toISOString());
    }
    case "seen by machine":
      return wait("no-image", seenAt ?? statusChangedAt);
    case "in progress":
      return lastImageAt === null ? wait("no-image", statusChangedAt) : wait("no-end", lastImageAt);
    case "images received":
      return wait("no-end", lastImageAt ?? statusChangedAt);
    default:
      return null;
  }
}

function wait(code: WaitCode, since: string): Wait {
  return { code, since, lateAt: new Date(Date.parse(since) + MINUTES[code] * 60_000).toISOString() };
}
