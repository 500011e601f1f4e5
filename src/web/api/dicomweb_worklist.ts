import { dicomJson } from "../../dicom/dicom_json.ts";
import { fullDictionary } from "../../dicom/full_dictionary.ts";
import { acceptsJson, JSON_TYPE } from "../dicomweb/accept.ts";
import { askingMachine } from "../dicomweb/asking_machine.ts";
import { asProblem } from "../dicomweb/refusal.ts";
import { readWorklistParameters } from "../dicomweb/worklist_parameters.ts";
import type { Asked } from "../route.ts";
import { Problem } from "../problem.ts";

/**
 * Searching the worklist (MWL-RS, PS3.18 14.4) as C-FIND does: the same matching, the record of the machine whose token
 * it is, and the same journal. Only a machine has seen what it is shown.
 */
export async function searchWorklist(asked: Asked): Promise<Response> {
  const { context, searchWorklist } = asked;
  if (!acceptsJson(context.req.header("accept"))) {
    throw new Problem(406, "Not available so", `Cannot answer in another form: ask for ${JSON_TYPE}`);
  }
  const { searchParams } = new URL(context.req.url);
  const { identifier, limit, offset, fuzzyNames, unmatched } = readWorklistParameters(
    searchParams,
    await fullDictionary(),
  );
  const { machine } = askingMachine(asked);
  const asker = { aeTitle: machine?.aeTitle ?? "", machine, fuzzyNames, onlyLooks: machine === undefined };
  const from = { id: `request ${context.get("requestId")}`, address: context.env.address };
  const warn = (text: string) => context.header("warning", `299 sonodesk "${text}"`, { append: true });
  if (unmatched.length > 0) warn(`Nothing can be found by these attributes: ${unmatched.join(", ")}`);
  const found = unmatched.length > 0
    ? { answers: [], hasUnknownKeys: false }
    : await searchWorklist(identifier, asker, from).catch((error) => {
      throw asProblem(error, "search");
    });
  if (found.hasUnknownKeys) warn("The box does not have every attribute that is asked for; those were not matched on");
  const shown = found.answers.slice(offset, offset + limit);
  const left = found.answers.length - offset - shown.length;
  if (left > 0) warn(`There are ${left} additional results that can be requested`);
  const headers = { "content-type": JSON_TYPE, "cache-control": "no-store" };
  if (shown.length === 0) return context.body(null, 204, { "cache-control": "no-store" });
  return context.body(JSON.stringify(shown.map((answer) => dicomJson(answer))), 200, headers);
}
