import type { Appointment } from "../../src/web/contract/appointments.ts";
import type { Study, StudyMeasurements, StudySummary } from "../../src/web/contract/studies.ts";
import { whyNot } from "../shared/action.ts";
import { api, studiesBy, wholeStudy } from "../shared/api.ts";
import { fullName, readableName } from "../shared/format.ts";
import { html, useEffect, useRef, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { text } from "../shared/text.ts";
import { Warning } from "../shared/warning.ts";
import type { Caliper, Kind } from "./caliper_geometry.ts";
import { isDoppler, type Scale } from "./calipers.ts";
import type { Image } from "./day.ts";
import { Measurements } from "./measurements.ts";
import { type Controls, Picture } from "./picture.ts";
import { factsOf, SameName } from "./people.ts";
import { type ChangeCalipers, newId } from "./picture_stage.ts";
import { type Decided, Done } from "./taken_back.ts";
import type { May } from "./to_check.ts";
import { pictureName, Thumbnail } from "./thumbnail.ts";
import { Says } from "./viewer_says.ts";
import { ViewerLinks } from "./viewer_links.ts";
import { ChoiceBar, MoveWindow, type Moving, studyOf } from "./viewer_choice.ts";

/** Where a caliper stands that was asked for by key, as parts of the picture or of its Doppler spectrum. */
const FIRST_PLACE = { left: 0.4, right: 0.6, height: 0.5 };
const TRACE_PLACES = [0.4, 0.45, 0.5, 0.55, 0.6];
/** The tools that only a Doppler spectrum has. */
const DOPPLER_TOOLS = ["indices", "trace"] as const;
const NO_SCALE: Scale = { regions: [] };

export interface ViewerProperties {
  /** Whose pictures they are, where they have one; else `study`. */
  appointment?: Appointment;
  study?: StudySummary;
  images: Image[];
  /** The picture to begin with. */
  start: string;
  sameName?: boolean;
  /** Of the day shown, `date`. */
  appointments: Appointment[];
  date: string;
  may: May;
  machineNamed: (aeTitle: string) => string;
  onDecided: () => void;
  onClose: () => void;
}

/**
 * The pictures of an appointment, or of a study that has none, one large: previous and next by button, key or swipe;
 * clips play; calipers measure what the machine has calibrated; the machine's own measurements beside them. Some can be
 * chosen, to be moved to whom they belong.
 */
export function Viewer(
  { appointment, study, images: given, start, sameName, appointments, date, may, machineNamed, onDecided, onClose }:
    ViewerProperties,
) {
  const element = useRef<HTMLDialogElement>(null);
  const strip = useRef<HTMLElement>(null);
  const [uid, setUid] = useState(start);
  const [studies, setStudies] = useState<Study[]>([]);
  const [measurements, setMeasurements] = useState<StudyMeasurements[]>([]);
  const [listOpen, setListOpen] = useState(innerWidth >= 1400);
  const [frame, setFrame] = useState<number | undefined>(1);
  const [scale, setScale] = useState<Scale>(NO_SCALE);
  const [tool, setTool] = useState<Kind | undefined>(undefined);
  /** by object; they are of this look alone and kept nowhere */
  const [calipers, setCalipers] = useState<Record<string, Caliper[]>>({});
  /** the starred frame of each starred object */
  const [stars, setStars] = useState<Map<string, number>>(new Map());
  const [problem, setProblem] = useState("");
  const [hasPicture, setHasPicture] = useState(true);
  /** the images chosen, undefined while none are to be */
  const [chosen, setChosen] = useState<Set<string> | undefined>(undefined);
  /** what is to become of them */
  const [moving, setMoving] = useState<Moving | undefined>(undefined);
  /** those that have gone elsewhere, until the list of images says so */
  const [moved, setMoved] = useState<Set<string>>(new Set());
  const [done, setDone] = useState<Decided | undefined>(undefined);
  const controls = useRef<Controls | undefined>(undefined);
  const images = given.filter(({ uid }) => !moved.has(uid));
  const who = appointment
    ? fullName(appointment.patient)
    : readableName(study?.patientName ?? "") || text.unmatched.noName;
  const id = appointment ? appointment.patient.id : study?.patientId ?? "";
  const place = Math.max(0, images.findIndex((image) => image.uid === uid));
  const image = images[place];

  useEffect(() => {
    const dialog = element.current!;
    dialog.showModal();
    return () => dialog.close();
  }, []);

  useEffect(() => {
    let gone = false;
    const asked: Promise<Study[]> = appointment
      ? studiesBy({ appointmentId: appointment.id })
      : wholeStudy(study?.studyInstanceUid ?? "").then((whole) => [whole]);
    asked.then(async (found) => {
      if (gone) return;
      setStudies(found);
      setStars(
        new Map(
          found.flatMap((study) => (study.stars ?? []).map((star) => [star.sopInstanceUid, star.frame] as const)),
        ),
      );
      const measured = await Promise.all(
        found.map(({ studyInstanceUid: uid }) => api("GET /api/studies/:uid/measurements", { uid })),
      );
      if (!gone) setMeasurements(measured);
    }).catch((refusal) => {
      if (!gone) setProblem(`${text.viewer.notLoaded} ${whyNot(refusal)}`);
    });
    return () => {
      gone = true;
    };
  }, [appointment, study?.studyInstanceUid]);

  useEffect(() => {
    strip.current?.querySelector("[data-shown=true]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [uid]);

  function go(steps: number) {
    const next = images[place + steps];
    if (next) open(next.uid);
  }

  function toggle(one: string) {
    const next = new Set(chosen);
    if (!next.delete(one)) next.add(one);
    setChosen(next);
  }

  function decided(done: Decided, uids: string[]) {
    setMoved(new Set([...moved, ...uids]));
    setDone(done);
    setMoving(undefined);
    setChosen(undefined);
    onDecided();
  }

  function takenBack() {
    setMoved(new Set());
    setDone(undefined);
    onDecided();
  }

  function open(next: string) {
    if (next === image?.uid) return;
    setTool(undefined);
    setFrame(1);
    setScale(NO_SCALE);
    setHasPicture(true);
    setUid(next);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") go(-1);
    else if (event.key === "ArrowRight") go(1);
    else if (event.key === ",") controls.current?.step(-1);
    else if (event.key === ".") controls.current?.step(1);
    else if (event.key === " " && !(event.target instanceof HTMLButtonElement)) controls.current?.toggle();
    else return;
    event.preventDefault();
  }

  const own = (image && calipers[image.uid]) ?? [];
  function onCalipers(change: ChangeCalipers) {
    if (image) setCalipers((all) => ({ ...all, [image.uid]: change(all[image.uid] ?? []) }));
  }

  function take(kind: Kind, event: MouseEvent) {
    // asked for by key: it is put in the middle, to be moved by keys
    if (event.detail === 0) return putInTheMiddle(kind);
    setTool(tool === kind ? undefined : kind);
  }

  function putInTheMiddle(kind: Kind) {
    const { width, height } = sizeOf(element.current?.querySelector(".viewer-picture"));
    if (!(width > 0) || frame === undefined) return setTool(kind);
    const doppler = kind === "indices" || kind === "trace" ? scale.regions.find(isDoppler) : undefined;
    const box = doppler || { x0: 0, y0: 0, x1: width - 1, y1: height - 1 };
    const at = (across: number) => ({
      x: box.x0 + (box.x1 + 1 - box.x0) * across,
      y: box.y0 + (box.y1 + 1 - box.y0) * FIRST_PLACE.height,
    });
    const points = (kind === "trace" ? TRACE_PLACES : [FIRST_PLACE.left, FIRST_PLACE.right]).map(at);
    onCalipers((
      before,
    ) => [...before, { id: newId(), kind, frame, points, width: (points[1]!.x - points[0]!.x) * 0.7 }]);
    requestAnimationFrame(() => {
      const handles = element.current?.querySelectorAll<HTMLElement>(".caliper-handle") ?? [];
      handles[handles.length - points.length - (kind === "area" ? 1 : 0)]?.focus();
    });
  }

  async function toggleStar() {
    if (!image) return;
    const { uid } = image;
    const before = stars.get(uid);
    const starred = frame ?? 1;
    const show = (star: number | undefined) =>
      setStars((now) => {
        const others = [...now].filter(([one]) => one !== uid);
        return new Map(star === undefined ? others : [...others, [uid, star]]);
      });
    show(before === undefined ? starred : undefined);
    setProblem("");
    try {
      if (before === undefined) await api("PUT /api/instances/:uid/star", { uid, body: { frame: starred } });
      else await api("DELETE /api/instances/:uid/star", { uid });
    } catch (refusal) {
      show(before);
      setProblem(whyNot(refusal));
    }
  }

  const count = measurements.reduce((sum, { groups }) => sum + groups.flatMap(({ lines }) => lines).length, 0);
  const hasList = count > 0 || measurements.some(({ reports }) => reports.length > 0);
  const starred = image && stars.has(image.uid);
  const [firstChosen] = chosen ?? [];
  const chosenStudy = firstChosen === undefined ? undefined : studyOf(firstChosen, studies);
  return html`
    <dialog
      ref=${element}
      class="viewer"
      aria-label=${who}
      onKeyDown=${onKeyDown}
      onCancel=${(event) => {
        event.preventDefault();
        if (tool !== undefined) setTool(undefined);
        else onClose();
      }}
    >
      <header class="viewer-head">
        <div class="viewer-who">
          <strong>${who} ${sameName && html`<${SameName} />`}</strong>
          <span>${[
            appointment ? factsOf({ ...appointment.patient, phone: "" }) : id,
            (appointment ?? study)?.description,
          ].filter(Boolean).join(" · ")}</span>
        </div>
        <span class="viewer-note">${text.viewer.notDiagnostic}</span>
        <span class="viewer-place">${images.length > 0 && text.viewer.position(place + 1, images.length)}</span>
        ${hasList && html`
          <button class="button dark" aria-label=${text.viewer.measurements} aria-pressed=${listOpen} onClick=${() =>
            setListOpen(!listOpen)}>
            ${icons.list()}<span class="button-words">${text.viewer.measurements}</span>
          </button>
        `}
        ${studies.length > 0 && html`<${ViewerLinks} studies=${studies} ohif=${may.ohif} />`}
        ${may.decide && images.length > 0 && html`
          <button class="button dark" aria-label=${text.decide
            .choose} aria-pressed=${chosen !== undefined} onClick=${() =>
            setChosen(chosen === undefined ? new Set() : undefined)}>
            ${icons.check()}<span class="button-words">${text.decide.choose}</span>
          </button>
        `}
        <button class="button dark round" onClick=${onClose} aria-label=${text.close}>${icons.close()}</button>
      </header>
      ${image && html`
        <div class="viewer-tools" role="toolbar" aria-label=${text.viewer.tools}>
          <button class="tool" disabled=${!hasPicture} aria-pressed=${tool === "distance"} onClick=${(
            event: MouseEvent,
          ) => take("distance", event)}>
            ${icons.ruler()}<span>${text.viewer.distance}</span>
          </button>
          <button class="tool" disabled=${!hasPicture} aria-pressed=${tool === "area"} onClick=${(event: MouseEvent) =>
            take("area", event)}>
            ${icons.ellipse()}<span>${text.viewer.area}</span>
          </button>
          ${scale.regions.some(isDoppler) && DOPPLER_TOOLS.map((kind) =>
            html`
              <button key=${kind} class="tool" disabled=${!hasPicture} aria-pressed=${tool === kind} title=${text.viewer
                .toolTitles[kind]}
                onClick=${(event: MouseEvent) => take(kind, event)}>
                ${icons[kind]()}<span>${text.viewer[kind]}</span>
              </button>
            `
          )}
          <button class="tool" disabled=${own.length === 0} onClick=${() => {
            setTool(undefined);
            onCalipers(() => []);
          }}>
            ${icons.erase()}<span>${text.viewer.clear}</span>
          </button>
          <button class="tool star" aria-pressed=${starred} aria-label=${starred
            ? text.viewer.unstar
            : text.viewer.star} onClick=${toggleStar}>
            ${icons.star()}<span aria-hidden="true">${text.viewer.starShort}</span>
          </button>
          <a class="tool" href=${`/api/instances/${image.uid}/file`} download aria-label=${text.viewer.download}>
            ${icons.save()}<span aria-hidden="true">${text.save}</span>
          </a>
        </div>
      `}
      <div class="viewer-stage">
        ${!image ? html`<p class="viewer-empty">${text.viewer.noImages}</p>` : html`
          <${Picture}
            key=${image.uid}
            image=${image}
            tool=${tool}
            calipers=${own}
            onCalipers=${onCalipers}
            onDrawn=${() => setTool(undefined)}
            onSwipe=${go}
            onFrame=${setFrame}
            onScale=${setScale}
            onNoPicture=${() => setHasPicture(false)}
            controls=${controls}
          />
        `}
        <button class="viewer-go previous" disabled=${place === 0} aria-label=${text.viewer.previous} onClick=${() =>
          go(-1)}>
          ${icons.previous()}
        </button>
        <button
          class="viewer-go next"
          disabled=${place >= images.length - 1}
          aria-label=${text.viewer.next}
          onClick=${() => go(1)}
        >
          ${icons.next()}
        </button>
        <small class="stage-note" aria-hidden="true">${text.viewer.notDiagnostic}</small>
        ${(image?.reasons?.length ?? 0) > 0 && html`<span class="picture-flag">${icons.alert()}</span>`}
        <div class="viewer-says" role="status">
          <${Warning} reasons=${flagsOf(image, studies)} className="says-flag" />
          <${Says} tool=${tool} playing=${frame === undefined} calipers=${own.filter((one) =>
            one.frame === frame
          )} scale=${scale} />
          ${problem !== "" && html`<p class="says-problem">${icons.alert()}<span>${problem}</span></p>`}
        </div>
      </div>
      ${listOpen && hasList && html`
        <${Measurements}
          who=${[who, id].filter(Boolean).join(" · ")}
          measurements=${measurements}
          images=${images}
          onOpenImage=${open}
        />
      `}
      <div class="viewer-foot">
      ${done && html`<${Done} done=${done} onTakenBack=${takenBack} />`}
      ${chosen && html`
        <${ChoiceBar} chosen=${chosen} images=${images} studies=${studies} onChosen=${setChosen} onMove=${setMoving} />
      `}
      <nav class="viewer-strip" ref=${strip}>
        ${images.map((one, n) =>
          html`
            <div key=${one.uid} data-shown=${one.uid === image?.uid}>
              <${Thumbnail} image=${one} label=${pictureName(one, n, images.length)}
                chosen=${chosen && chosen.has(one.uid)}
                onOpen=${() => chosen ? toggle(one.uid) : open(one.uid)} />
              ${stars.has(one.uid) && html`<span class="strip-star">${icons.star()}</span>`}
            </div>
          `
        )}
      </nav>
      </div>
    </dialog>
    ${moving && chosen && chosenStudy && html`
      <${MoveWindow}
        kind=${moving}
        chosen=${[...chosen]}
        study=${chosenStudy}
        images=${images}
        appointments=${appointments}
        date=${date}
        mayTakeBack=${may.takeBack}
        machineNamed=${machineNamed}
        onDecided=${decided}
        onClose=${() => setMoving(undefined)}
      />
    `}
  `;
}

/** Why a person should look at an image: its own reasons, and those of its whole study. */
function flagsOf(image: Image | undefined, studies: Study[]) {
  if (image === undefined) return [];
  const study = studyOf(image.uid, studies);
  return [...image.reasons ?? [], ...(study?.reasons ?? []).filter(({ sopInstanceUid }) => sopInstanceUid === null)];
}

/** Of a still, a clip or a video, in pixels of its own. */
function sizeOf(picture: Element | null | undefined): { width: number; height: number } {
  if (picture instanceof HTMLImageElement) return { width: picture.naturalWidth, height: picture.naturalHeight };
  if (picture instanceof HTMLVideoElement) return { width: picture.videoWidth, height: picture.videoHeight };
  return picture instanceof HTMLCanvasElement ? picture : { width: 0, height: 0 };
}
