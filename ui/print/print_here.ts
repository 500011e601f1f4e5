import type { PrintJob } from "../../src/web/contract/printing.ts";
import { api, Refusal } from "../shared/api.ts";
import { whyNot } from "../shared/action.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/translate.ts";

/** How often it is asked how a sheet stands, milliseconds. */
const PACE = 700;

/**
 * Prints the page: on a desk by its browser's own dialog, on the box's own screen by the box, which says what became of
 * it.
 */
export function PrintButton({ studies }: { studies: readonly string[] }) {
  const [here, setHere] = useState(false);
  const [job, setJob] = useState<PrintJob | undefined>(undefined);
  const [problem, setProblem] = useState("");
  const busy = job !== undefined && job.state !== "printed" && job.state !== "failed";

  useEffect(() => {
    // until it is known, a browser has its dialog
    api("GET /api/printing").then(({ here }) => setHere(here), () => setHere(false));
  }, []);

  useEffect(() => {
    if (!job || !busy) return;
    const timer = setTimeout(async () => {
      try {
        setJob(await api("GET /api/print-jobs/:id", { id: job.id }));
      } catch (refusal) {
        if (refusal instanceof Refusal && refusal.status === 404) setJob(undefined);
        else setJob({ ...job }); // the box is asked again
        setProblem(whyNot(refusal));
      }
    }, PACE);
    return () => clearTimeout(timer);
  }, [job]);

  async function printHere() {
    setProblem("");
    setJob(undefined);
    try {
      const begun = await api("POST /api/print-jobs", { body: { studies: [...studies] } });
      setJob(begun);
      printAs(begun.id);
    } catch (refusal) {
      setProblem(whyNot(refusal));
    }
  }

  return html`
    <button class="button primary" disabled=${studies.length === 0 || busy} onClick=${here ? printHere : () => print()}>
      ${icons.printer()}${text.print.print}
    </button>
    ${(job !== undefined || problem !== "") && html`
      <p class=${`print-outcome is-${job?.state ?? "failed"}`} role="status">
        ${problem || (job && inWords(job.coded ?? {}, job.detail))}
      </p>
    `}
  `;
}

/** The browser names what it prints by the page's title: by that the box finds it. */
function printAs(id: string) {
  const { title } = document;
  document.title = id;
  addEventListener("afterprint", () => document.title = title, { once: true });
  print();
}
