import type { RenderAnswer } from "./render_protocol.ts";

/** What an object says was measured cannot be read: too large, against the rules, or too slow. */
export class NotReadable extends Error {
  /** As the class is called. */
  override name = "NotReadable";
  /** Whether it lies in the file, so that reading it again is in vain. */
  readonly forGood: boolean;

  /** It cannot be read. @param reason for the log */
  constructor(reason: string, forGood: boolean) {
    super(reason);
    this.forGood = forGood;
  }
}

/** The object that was asked about. */
interface Named {
  sopInstanceUid: string;
}

/** Why a report was not read. */
export function unreadOf(file: Named, answer: RenderAnswer): Error {
  if (answer.kind === "unreadable") return new NotReadable(answer.reason, answer.forGood);
  // a person may say that it is to be tried again
  if (answer.kind === "setAside") return new NotReadable(answer.reason, false);
  // the renderer itself failed over it: perhaps only now
  if (answer.kind === "failure" && !answer.missing) return new NotReadable(answer.message, false);
  return failureOf(file, answer);
}

/** Why there is no answer about an object: its file is gone, or the renderer failed. */
export function failureOf(file: Named, answer: RenderAnswer): Error {
  if (answer.kind !== "failure") {
    return new Error(`Cannot draw ${file.sopInstanceUid}: the renderer answered otherwise`);
  }
  return answer.missing
    ? new Deno.errors.NotFound(
      `Cannot draw ${file.sopInstanceUid}: its file is not there, look into the archive folder`,
    )
    : new Error(`Cannot draw ${file.sopInstanceUid}: ${answer.message}, download the object instead`);
}
