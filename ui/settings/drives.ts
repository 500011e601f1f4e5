import type { Drive } from "../../src/host/drives.ts";
import { inWords } from "../shared/bytes.ts";
import { html } from "../shared/html.ts";
import { text } from "../shared/text.ts";

/** The disks of the computer, and how each says that it is. */
export function Drives({ drives }: { drives: readonly Drive[] }) {
  return html`
    <section class="card" aria-labelledby="drives-title">
      <div>
        <h2 id="drives-title">${text.computer.drives}</h2>
        <p class="lead">${text.computer.drivesLead}</p>
      </div>
      ${drives.length === 0 && html`<p>${text.computer.drivesUnknown}</p>`}
      <ul class="machines">
        ${drives.map((drive) => html`<${DriveRow} key=${drive.device} drive=${drive} />`)}
      </ul>
    </section>
  `;
}

function DriveRow({ drive }: { drive: Drive }) {
  const { use, name, model, kind, size, troubles } = drive;
  const what = [text.computer.driveKinds[kind], inWords(size)].join(", ");
  const told = toldOf(drive);
  return html`
    <li>
      <div class="machine-who">
        <strong>${[text.computer.driveUses[use], name].filter(Boolean).join(": ")}</strong>
        <span>${[model, what].filter(Boolean).join(" · ")}</span>
        <span>${told.length > 0 ? told.join(" · ") : text.computer.driveSilent}</span>
        ${troubles.map((trouble) =>
          html`<span class="problem" key=${trouble}>${text.computer.driveTroubles[trouble]}</span>`
        )}
      </div>
    </li>
  `;
}

/** What it has told, in words: a count of nothing is none, except where it is all that is told. */
function toldOf({ tells, kind, hours, lifeUsed, temperature, reallocated, pending, mediaErrors }: Drive): string[] {
  const { computer } = text;
  const life = lifeUsed === undefined
    ? []
    : [computer.driveLife(kind === "emmc" && lifeUsed < 100 ? `${lifeUsed}–${lifeUsed + 10}` : String(lifeUsed))];
  const counts = [
    reallocated ? computer.driveReallocated(reallocated) : "",
    pending ? computer.drivePending(pending) : "",
    mediaErrors ? computer.driveErrors(mediaErrors) : "",
  ].filter(Boolean);
  return [
    ...life,
    ...(hours === undefined ? [] : [computer.driveOn(hours.toLocaleString("en-IN"))]),
    ...(temperature === undefined ? [] : [computer.driveTemperature(temperature)]),
    ...(counts.length === 0 && tells ? [computer.driveNoErrors] : counts),
  ];
}
