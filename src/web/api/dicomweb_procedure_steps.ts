import { dicomJson } from "../../dicom/dicom_json.ts";
import { Tag } from "../../dicom/dictionary.ts";
import type { Dataset } from "../../dicom/dataset.ts";
import { fullDictionary } from "../../dicom/full_dictionary.ts";
import { MalformedDataset } from "../../dicom/malformed_dataset.ts";
import { ReadingBudget } from "../../dicom/read_dataset.ts";
import { readDicomJson } from "../../dicom/read_dicom_json.ts";
import { isUid } from "../../dicom/uid.ts";
import { LONGEST_DATA_SET, MOST_ELEMENTS } from "../../dimse/data_set.ts";
import { readBounded } from "../body.ts";
import { acceptsJson, JSON_TYPE } from "../dicomweb/accept.ts";
import { askingMachine } from "../dicomweb/asking_machine.ts";
import { baseOf } from "../dicomweb/base.ts";
import { tagOf } from "../dicomweb/query_parameters.ts";
import { asProblem } from "../dicomweb/refusal.ts";
import type { Asked } from "../route.ts";
import { notUnderstood, Problem } from "../problem.ts";

/** How long a body may take to come, milliseconds: a handheld is on the edge of its Wi-Fi. */
const PATIENCE = 30_000;

/*
 * Performed procedure steps (MPPS-RS, PS3.18 15): what a machine says by N-CREATE, N-SET and N-GET, kept in the same
 * place. The step is the machine's whose token it is, else the person's or program's that began it.
 */

/** A step begins, or with `update` more is said of it (PS3.18 15.4 and 15.5). */
export async function sayOfStep(asked: Asked): Promise<Response> {
  const { searchParams } = new URL(asked.context.req.url);
  return searchParams.has("update") ? await updateStep(asked) : await createStep(asked);
}

async function createStep(asked: Asked): Promise<Response> {
  const uid = uidOf(asked);
  const attributes = await attributesOf(asked);
  const { title } = askingMachine(asked);
  await asked.procedureSteps.create(uid, attributes, title).catch((error) => {
    throw asProblem(error, "begin the step");
  });
  const location = `${baseOf(asked.context)}/modality-performed-procedure-steps/${uid}`;
  return asked.context.body(null, 201, { location });
}

/** More is said of a step, or it ends (PS3.18 15.5). */
export async function updateStep(asked: Asked): Promise<Response> {
  const uid = uidOf(asked);
  const changes = await attributesOf(asked);
  const { title } = askingMachine(asked);
  await asked.procedureSteps.update(uid, changes, title).catch((error) => {
    throw asProblem(error, "change the step");
  });
  return asked.context.body(null, 200);
}

/** A step as it stands, or the attributes that `includefield` names (PS3.18 15.6). */
export async function retrieveStep(asked: Asked): Promise<Response> {
  const { context, procedureSteps } = asked;
  if (!acceptsJson(context.req.header("accept"))) {
    throw new Problem(406, "Not available so", `Cannot answer in another form: ask for ${JSON_TYPE}`);
  }
  const dictionary = await fullDictionary();
  const fields = new URL(context.req.url).searchParams.getAll("includefield").flatMap((value) => value.split(","))
    .filter((field) => field !== "");
  // what nobody knows is in no step
  const tags = fields.includes("all") ? [] : fields.map((field) => tagOf(field, dictionary) ?? 0);
  const step = await procedureSteps.get(uidOf(asked), tags).catch((error) => {
    throw asProblem(error, "show the step");
  });
  return context.body(JSON.stringify([dicomJson(step)]), 200, {
    ...{ "content-type": JSON_TYPE, "cache-control": "no-store" },
  });
}

function uidOf({ context }: Asked): string {
  const uid = context.req.param("step") ?? "";
  if (!isUid(uid)) throw notUnderstood("Cannot tell which step is meant: the address names no SOP Instance UID");
  return uid;
}

/** The data set that a request brings. @throws Problem 400, 408, 413 or 415 */
async function attributesOf({ context }: Asked): Promise<Dataset> {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== JSON_TYPE && type !== "application/json") {
    throw new Problem(415, "Not DICOM JSON", `Cannot read ${type || "a body without a type"}: send ${JSON_TYPE}`);
  }
  const bytes = await readBounded(context.req.raw, { wait: PATIENCE, most: LONGEST_DATA_SET });
  const { vrOf } = await fullDictionary();
  try {
    const json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const only = Array.isArray(json) && json.length === 1 ? json[0] : json; // as it is answered
    const attributes = readDicomJson(only, { vrOf, budget: new ReadingBudget(MOST_ELEMENTS) });
    attributes.delete(Tag.SpecificCharacterSet); // JSON is UTF-8, whatever it says of its letters
    return attributes;
  } catch (error) {
    if (!(error instanceof MalformedDataset || error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw notUnderstood(`Cannot read the attributes: ${error.message}`);
  }
}
