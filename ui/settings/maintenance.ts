import type { Sentence } from "../../src/web/contract/sentences.ts";
import type { MaintenanceStatus, MaintenanceTask } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { clockTime, dayAndTime } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { inWords } from "../shared/translate.ts";
import { text } from "../shared/text.ts";

/** How often a task under way is looked at, milliseconds. */
const LOOK_EVERY = 2000;

/** How the backup, its proof, the verification of all files, or their mending, went last; and a button that begins it now. */
export function Maintenance({ task, onEnded }: { task: MaintenanceTask; onEnded?: () => void }) {
  const [status, setStatus] = useState<MaintenanceStatus | undefined>(undefined);
  const [problem, setProblem] = useState("");
  const state = status && standOf(task, status);
  const running = state !== undefined && state.runningSince !== null;

  async function look(begin: boolean) {
    try {
      setStatus(await (begin ? api("POST /api/care/:task", { task }) : api("GET /api/care")));
      setProblem("");
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  }

  useEffect(() => {
    look(false);
  }, []);

  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => look(false), LOOK_EVERY);
    return () => {
      clearInterval(timer);
      onEnded?.();
    };
  }, [running]);

  // nothing is damaged, nor was
  if (task === "mend" && (status?.verification.last?.damaged ?? 0) === 0 && status?.mend.last == null && !running) {
    return null;
  }
  // there is nothing yet that could be proven
  if (task === "proof" && (status?.backup.last?.at ?? null) === null) return null;
  return html`
    <div class="maintenance" aria-busy=${status === undefined && problem === ""}>
      <div>
        ${state && html`
          <p class=${`verified ${running ? "" : TONES[state.standing]}`} role="status">
            ${running ? icons.disk() : state.standing === "well" ? icons.check() : icons.alert()}
            <span>${running ? text.maintenance[task].running(clockTime(state.runningSince)) : state.words}</span>
          </p>
          ${!running && state.why !== "" && html`<p class="lead">${inWords(state.coded ?? {}, state.why)}</p>`}
        `}
        <p class="problem" role="alert">${problem}</p>
      </div>
      <button class="button tall" disabled=${running || status === undefined} onClick=${() => look(true)}>
        ${text.maintenance[task].begin}
      </button>
    </div>
  `;
}

const TONES = { never: "is-warning", well: "is-ok", failed: "is-failing" };

/** How a task stands: since when it is under way, how it went last, in words, and why it failed. */
interface Stand {
  runningSince: string | null;
  standing: keyof typeof TONES;
  words: string;
  why: string;
  coded?: Sentence | undefined;
}

function standOf(task: MaintenanceTask, status: MaintenanceStatus): Stand {
  const { runningSince } = status[task];
  return {
    runningSince,
    why: "",
    ...(task === "backup"
      ? backupStand(status.backup)
      : task === "proof"
      ? proofStand(status.proof)
      : task === "mend"
      ? mendStand(status.mend)
      : verificationStand(status.verification)),
  };
}

function backupStand(
  { last }: MaintenanceStatus["backup"],
): Pick<Stand, "standing" | "words"> & { why?: string; coded?: Sentence | undefined } {
  const words = text.maintenance.backup;
  if (last === null || (last.at === null && last.failedAt === null)) return { standing: "never", words: words.none };
  if (last.failedAt !== null) {
    const good = last.at === null ? "" : dayAndTime(last.at);
    return {
      standing: "failed",
      words: words.failed(dayAndTime(last.failedAt), good),
      why: last.why,
      coded: last.coded,
    };
  }
  const at = dayAndTime(last.at ?? "");
  return last.missing === 0
    ? { standing: "well", words: words.well(at, last.objects) }
    : { standing: "failed", words: words.missing(at, last.objects, last.missing) };
}

function proofStand(
  { last }: MaintenanceStatus["proof"],
): Pick<Stand, "standing" | "words"> & { why?: string; coded?: Sentence | undefined } {
  const words = text.maintenance.proof;
  if (last === null) return { standing: "never", words: words.none };
  const at = dayAndTime(last.at);
  if (last.why === "") return { standing: "well", words: words.well(at, last.files, last.mended ?? 0) };
  return { standing: "failed", words: words.failed(at), why: last.why, coded: last.coded };
}

function mendStand(
  { last }: MaintenanceStatus["mend"],
): Pick<Stand, "standing" | "words"> & { why?: string; coded?: Sentence | undefined } {
  const words = text.maintenance.mend;
  if (last === null) return { standing: "never", words: words.none };
  const at = dayAndTime(last.at);
  return last.detail === ""
    ? { standing: "well", words: words.well(at, last.mended) }
    : { standing: "failed", words: words.failed(at, last.mended, last.left), why: last.detail, coded: last.coded };
}

function verificationStand({ last }: MaintenanceStatus["verification"]): Pick<Stand, "standing" | "words"> {
  const words = text.maintenance.verification;
  if (last === null) return { standing: "never", words: words.none };
  return last.damaged === 0
    ? { standing: "well", words: words.well(dayAndTime(last.at), last.files) }
    : { standing: "failed", words: words.damaged(dayAndTime(last.at), last.files, last.damaged) };
}
