import { ask, frameAddress } from "../shared/api.js";
import { fullName } from "../shared/format.js";
import { html, useEffect, useRef, useState } from "../shared/html.js";
import { icons } from "../shared/icons.js";
import { text } from "../shared/text.js";
import { Clip } from "./clip.js";
import { Thumbnail } from "./thumbnail.js";

/**
 * The pictures of an appointment, one large: previous and next by button, key or swipe; clips play; the
 * measurements beside them.
 *
 * @param {{ appointment: any, images: { uid: string, frames: number }[], start: string, onClose: () => void }} properties
 */
export function Viewer({ appointment, images, start, onClose }) {
  const element = useRef(null);
  const strip = useRef(null);
  const [uid, setUid] = useState(start);
  const [measurements, setMeasurements] = useState([]);
  const [listOpen, setListOpen] = useState(innerWidth >= 1400);
  const place = Math.max(0, images.findIndex((image) => image.uid === uid));
  const image = images[place];

  useEffect(() => {
    const dialog = element.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);

  useEffect(() => {
    let gone = false;
    ask(`/api/studies?appointmentId=${encodeURIComponent(appointment.id)}`).then((studies) => {
      if (!gone) setMeasurements(studies.flatMap((study) => study.measurements));
    }, () => {});
    return () => {
      gone = true;
    };
  }, [appointment.id, appointment.measurements]);

  useEffect(() => {
    strip.current?.querySelector("[data-shown=true]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [uid]);

  function go(steps) {
    const next = images[place + steps];
    if (next) setUid(next.uid);
  }

  /** @param {KeyboardEvent} event */
  function onKeyDown(event) {
    if (event.target instanceof HTMLInputElement) return;
    if (event.key === "ArrowLeft") go(-1);
    else if (event.key === "ArrowRight") go(1);
  }

  const swipe = useRef(null);
  return html`
    <dialog
      ref=${element}
      class="viewer"
      aria-label=${fullName(appointment.patient)}
      onKeyDown=${onKeyDown}
      onCancel=${(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header class="viewer-head">
        <div class="viewer-who">
          <strong>${fullName(appointment.patient)}</strong>
          <span>${[appointment.patient.id, appointment.description].filter(Boolean).join(" · ")}</span>
        </div>
        <span class="viewer-note">${text.viewer.notDiagnostic}</span>
        <span class="viewer-place">${images.length > 0 && text.viewer.position(place + 1, images.length)}</span>
        ${measurements.length > 0 && html`
          <button class="button dark" aria-label=${text.viewer.measurements} aria-pressed=${listOpen} onClick=${() =>
            setListOpen(!listOpen)}>
            ${icons.ruler()}<span class="button-words">${text.viewer.measurements}</span>
          </button>
        `}
        ${image && html`
          <a class="button dark round" href=${`/api/instances/${image.uid}/file`} download aria-label=${text.viewer
            .download} title=${text.viewer.download}>
            ${icons.save()}
          </a>
        `}
        <button class="button dark round" onClick=${onClose} aria-label=${text.close}>${icons.close()}</button>
      </header>
      <div
        class="viewer-stage"
        onPointerDown=${(event) => swipe.current = event.target instanceof HTMLInputElement ? null : event.clientX}
        onPointerUp=${(event) => {
          const moved = swipe.current === null ? 0 : event.clientX - swipe.current;
          if (Math.abs(moved) > 60) go(moved < 0 ? 1 : -1);
          swipe.current = null;
        }}
      >
        <button class="viewer-go previous" disabled=${place === 0} aria-label=${text.viewer.previous} onClick=${() =>
          go(-1)}>
          ${icons.previous()}
        </button>
        ${!image
          ? html`<p class="viewer-empty">${text.viewer.noImages}</p>`
          : image.frames > 1
          ? html`<${Clip} key=${image.uid} image=${image} />`
          : html`<${Still} key=${image.uid} image=${image} />`}
        <button
          class="viewer-go next"
          disabled=${place >= images.length - 1}
          aria-label=${text.viewer.next}
          onClick=${() => go(1)}
        >
          ${icons.next()}
        </button>
      </div>
      ${listOpen && measurements.length > 0 && html`<${Measurements} measurements=${measurements} />`}
      <nav class="viewer-strip" ref=${strip}>
        ${images.map((one, n) =>
          html`
            <div key=${one.uid} data-shown=${one.uid === image.uid}>
              <${Thumbnail} image=${one} label=${text.row.imageOf(n + 1, images.length)} onOpen=${() =>
                setUid(one.uid)} />
            </div>
          `
        )}
      </nav>
    </dialog>
  `;
}

function Still({ image }) {
  const [failed, setFailed] = useState(false);
  if (failed) return html`<p class="viewer-empty">${text.viewer.cannotShow}</p>`;
  return html`
    <img class="viewer-picture" src=${frameAddress(image.uid, 1)} alt="" draggable=${false} onError=${() =>
      setFailed(true)} />
  `;
}

/** Values as the machine sent them, with what qualifies them. */
function Measurements({ measurements }) {
  return html`
    <aside class="viewer-list">
      <h3>${text.viewer.measurements}</h3>
      <dl>
        ${measurements.map((one, n) =>
          html`
            <div key=${n}>
              <dt>
                ${one.name}
                ${qualifiers(one) !== "" && html`<small>${qualifiers(one)}</small>`}
              </dt>
              <dd>${one.value} ${one.unit}</dd>
            </div>
          `
        )}
      </dl>
    </aside>
  `;
}

function qualifiers({ site, laterality, context }) {
  return [site, laterality, ...Object.values(context ?? {})].filter(Boolean).join(" · ");
}
