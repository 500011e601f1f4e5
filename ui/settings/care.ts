// @ts-nocheck: not typed yet
import { ask } from "../shared/api.ts";
import { whyNot } from "../shared/deed.ts";
import { clockTime, dayInShort, dayOf } from "../shared/format.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { said } from "../shared/said.ts";
import { text } from "../shared/text.ts";

/** How often a task under way is looked at, milliseconds. */
const LOOK_EVERY = 2000;

/** How the backup, or the verification of all files, went last; and a button that begins it now. */
export function Care({ task }: { task: "backup" | "verification" }) {
  const [care, setCare] = useState(undefined);
  const [problem, setProblem] = useState("");
  const state = care?.[task];
  const running = state?.runningSince != null;

  async function look(begin) {
    try {
      setCare(await (begin ? ask(`/api/care/${task}`, { method: "POST" }) : ask("/api/care")));
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
    return () => clearInterval(timer);
  }, [running]);

  return html`
    <div class="care" aria-busy=${care === undefined && problem === ""}>
      <div>
        ${state && html`
          <p class=${`verified ${running ? "" : TONES[standingOf(task, state.last)]}`} role="status">
            ${running ? icons.disk() : standingOf(task, state.last) === "well" ? icons.check() : icons.alert()}
            <span>${running ? text.care[task].running(clockTime(state.runningSince)) : lastOf(task, state.last)}</span>
          </p>
          ${!running && state.last?.failedAt && html`<p class="lead">${said(state.last.why)}</p>`}
        `}
        <p class="problem" role="alert">${problem}</p>
      </div>
      <button class="button tall" disabled=${running || care === undefined} onClick=${() => look(true)}>
        ${text.care[task].begin}
      </button>
    </div>
  `;
}

const TONES = { never: "is-warning", well: "is-ok", failed: "is-failing" };

function standingOf(task, last): "never" | "well" | "failed" {
  if (last === null || (task === "backup" && last.at === null && last.failedAt === null)) return "never";
  const well = task === "backup" ? last.failedAt === null && last.missing === 0 : last.damaged === 0;
  return well ? "well" : "failed";
}

function lastOf(task, last) {
  if (standingOf(task, last) === "never") return text.care[task].none;
  const words = text.care[task];
  const when = (at) => `${dayInShort(dayOf(new Date(at)))} ${clockTime(at)}`;
  if (task === "verification") {
    return last.damaged === 0
      ? words.well(when(last.at), last.files)
      : words.damaged(when(last.at), last.files, last.damaged);
  }
  if (last.failedAt !== null) return words.failed(when(last.failedAt), last.at === null ? "" : when(last.at));
  return last.missing === 0
    ? words.well(when(last.at), last.objects)
    : words.missing(when(last.at), last.objects, last.missing);
}
