import { api } from "../shared/api.ts";
import { useAction } from "../shared/action.ts";
import { dayAndTime } from "../shared/format.ts";
import { html } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { inWords } from "../shared/bytes.ts";
import { useLive } from "./live.ts";

/** How often the page looks again by itself, milliseconds. */
const LOOK_EVERY = 30_000;

/** Objects that the box does not draw or read any more: what happened, their files, and a tap that tries them again. */
export function SetAside() {
  const { found, problem, reload } = useLive(() => api("GET /api/set-aside"), { noun: "set aside", every: LOOK_EVERY });
  const { busy, problem: refused, act } = useAction();
  if (problem === "" && (found === undefined || found.length === 0)) return null;
  const again = (uid: string) =>
    act(async () => {
      await api("POST /api/set-aside/:uid/try-again", { uid });
      await reload();
    });
  return html`
    <section class="card" aria-labelledby="set-aside-title">
      <div>
        <h2 id="set-aside-title">${text.setAside.title}</h2>
        <p class="lead">${text.setAside.lead}</p>
      </div>
      <p class="problem" role="alert">${problem || refused}</p>
      <ul class="origins">
        ${(found ?? []).map((object) =>
          html`
            <li key=${`${object.sopInstanceUid} ${object.part}`} class="is-asked">
              <span>
                ${text.setAside.what[object.part]}: ${text.setAside.how[object.how](object.ends, dayAndTime(object.at))}
                <br />
                <small>
                  ${text.setAside.from(object.receivedFrom, dayAndTime(object.receivedAt), inWords(object.size))}
                  ${" "}<code>${object.sopInstanceUid}</code>
                </small>
              </span>
              <span class="machine-actions">
                <button class="button primary" disabled=${busy} onClick=${() => again(object.sopInstanceUid)}>
                  ${text.setAside.again}
                </button>
                <a class="button" href=${`/api/instances/${object.sopInstanceUid}/file`} download>
                  ${icons.save()}${text.setAside.save}
                </a>
              </span>
            </li>
          `
        )}
      </ul>
    </section>
  `;
}
