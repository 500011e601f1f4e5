import { baseOf } from "../dicomweb/base.ts";
import { capabilities } from "../dicomweb/capabilities.ts";
import { type Asked, file, type Route, route } from "../route.ts";
import { search } from "./dicomweb_query.ts";
import { rendering } from "./dicomweb_rendered.ts";
import { retrieveStep, sayOfStep, updateStep } from "./dicomweb_procedure_steps.ts";
import { retrieval } from "./dicomweb_retrieve.ts";
import { storeObjects } from "./dicomweb_store.ts";
import { searchWorklist } from "./dicomweb_worklist.ts";

const WADL = "application/vnd.sun.wadl+xml";
const STUDY = "/dicom-web/studies/:study";
const SERIES = `${STUDY}/series/:series` as const;
const INSTANCE = `${SERIES}/instances/:instance` as const;
const STEP = "/dicom-web/modality-performed-procedure-steps/:step";
const FRAMES = `${INSTANCE}/frames/:frames` as const;

const access = { who: "reads images", programs: ["images"] } as const;
const attributes = { ...access, answer: file("application/dicom+json") } as const;
const ofStudy = { ...attributes, streams: "downloads" } as const;
const objects = { ...access, streams: "downloads", answer: file("multipart/related") } as const;
const pictures = { ...access, streams: "pictures", answer: file("image/*") } as const;

const retrieve = (asked: Asked) => retrieval(asked).retrieve(asked.context);
const metadata = (asked: Asked) => retrieval(asked).metadata(asked.context);
const frames = (asked: Asked) => retrieval(asked).frames(asked.context);
const bulkData = (asked: Asked) => retrieval(asked).bulkData(asked.context);
const thumbnail = (asked: Asked) => rendering(asked).thumbnail(asked.context);
const picture = (asked: Asked) => rendering(asked).rendered(asked.context, false);
/** Of each object that is an image, where the client takes several. */
const allPictures = (asked: Asked) => rendering(asked).rendered(asked.context, true);

/**
 * DICOMweb: searching (QIDO-RS), storing (STOW-RS) and retrieving (WADO-RS, PS3.18 10.4 to 10.6); the worklist (MWL-RS,
 * 14) and procedure steps (MPPS-RS, 15).
 */
const resources = [
  route("GET /dicom-web/studies", { ...attributes, summary: "QIDO-RS: studies" }, search("STUDY")),
  route("GET /dicom-web/series", { ...attributes, summary: "QIDO-RS: series of all studies" }, search("SERIES")),
  route("GET /dicom-web/instances", { ...attributes, summary: "QIDO-RS: instances of all studies" }, search("IMAGE")),
  route(
    "POST /dicom-web/studies",
    { ...attributes, body: "multipart/related", summary: "STOW-RS: store objects" },
    storeObjects,
  ),
  route(
    `POST ${STUDY}`,
    { ...attributes, body: "multipart/related", summary: "STOW-RS: store objects of one study" },
    storeObjects,
  ),
  route(`GET ${STUDY}/series`, { ...ofStudy, summary: "QIDO-RS: series of a study" }, search("SERIES")),
  route(`GET ${STUDY}/instances`, { ...ofStudy, summary: "QIDO-RS: instances of a study" }, search("IMAGE")),
  route(`GET ${SERIES}/instances`, { ...ofStudy, summary: "QIDO-RS: instances of a series" }, search("IMAGE")),
  route(`GET ${STUDY}`, { ...objects, summary: "WADO-RS: a study" }, retrieve),
  route(`GET ${STUDY}/metadata`, { ...ofStudy, summary: "WADO-RS: the attributes of a study" }, metadata),
  route(`GET ${STUDY}/rendered`, { ...pictures, summary: "WADO-RS: a study as pictures" }, allPictures),
  route(`GET ${STUDY}/thumbnail`, { ...pictures, summary: "WADO-RS: a study as a small picture" }, thumbnail),
  route(`GET ${SERIES}`, { ...objects, summary: "WADO-RS: a series" }, retrieve),
  route(`GET ${SERIES}/metadata`, { ...ofStudy, summary: "WADO-RS: the attributes of a series" }, metadata),
  route(`GET ${SERIES}/rendered`, { ...pictures, summary: "WADO-RS: a series as pictures" }, allPictures),
  route(`GET ${SERIES}/thumbnail`, { ...pictures, summary: "WADO-RS: a series as a small picture" }, thumbnail),
  route(`GET ${INSTANCE}`, { ...objects, summary: "WADO-RS: an instance" }, retrieve),
  route(`GET ${INSTANCE}/metadata`, { ...ofStudy, summary: "WADO-RS: the attributes of an instance" }, metadata),
  route(`GET ${INSTANCE}/rendered`, { ...pictures, summary: "WADO-RS: an instance as pictures" }, picture),
  route(`GET ${INSTANCE}/thumbnail`, { ...pictures, summary: "WADO-RS: an instance as a small picture" }, thumbnail),
  route(`GET ${FRAMES}`, { ...objects, summary: "WADO-RS: frames, from 1, with commas between them" }, frames),
  route(`GET ${FRAMES}/rendered`, { ...pictures, summary: "WADO-RS: frames as pictures" }, picture),
  route(`GET ${FRAMES}/thumbnail`, { ...pictures, summary: "WADO-RS: a frame as a small picture" }, thumbnail),
  route(`GET ${INSTANCE}/bulkdata/*`, {
    ...objects,
    summary: "WADO-RS: bytes of an attribute, by the address that the metadata gives",
  }, bulkData),
  route(
    "GET /dicom-web/modality-scheduled-procedure-steps",
    { ...attributes, summary: "MWL-RS: the worklist" },
    searchWorklist,
  ),
  route(`POST ${STEP}`, {
    ...access,
    body: "application/dicom+json",
    answer: file("application/dicom+json"),
    status: 201,
    summary: "MPPS-RS: a procedure step begins; with the parameter update, more is said of it",
  }, sayOfStep),
  route(
    `POST ${STEP}/update`,
    {
      ...attributes,
      body: "application/dicom+json",
      summary: "MPPS-RS: more is said of a step, as older editions have it",
    },
    updateStep,
  ),
  route(`GET ${STEP}`, { ...attributes, summary: "MPPS-RS: a procedure step as it stands" }, retrieveStep),
];

const describe = ({ context }: Asked) =>
  context.body(capabilities(resources as readonly Route[], baseOf(context)), 200, {
    ...{ "content-type": WADL, "cache-control": "no-cache" },
  });
const capability = { who: "anyone", answer: file(WADL), summary: "What DICOMweb has here (PS3.18 8.9)" } as const;

/** All of DICOMweb. */
export const dicomWebRoutes = [
  ...resources,
  route("OPTIONS /dicom-web", capability, describe),
  route("OPTIONS /dicom-web/", capability, describe),
];
