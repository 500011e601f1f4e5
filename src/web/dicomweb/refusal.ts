import { Status } from "../../dimse/command.ts";
import { Refusal } from "../../dimse/service.ts";
import { Problem } from "../problem.ts";

/** What DICOMweb answers where DIMSE has a status (PS3.18 Tables 14.4.3-1, 15.4.3-1, 15.5.3-1 and 15.6.3-1). */
export const ANSWERS: ReadonlyMap<number, readonly [status: number, title: string]> = new Map([
  [Status.CANNOT_UNDERSTAND, [400, "Not understood"]],
  [Status.DATA_SET_DOES_NOT_MATCH, [400, "Not understood"]],
  [Status.INVALID_ATTRIBUTE_VALUE, [400, "Not understood"]],
  [Status.MISSING_ATTRIBUTE, [400, "Not understood"]],
  [Status.NOT_AUTHORIZED, [403, "Not allowed"]],
  [Status.NO_SUCH_SOP_INSTANCE, [404, "Not found"]],
  [Status.DUPLICATE_SOP_INSTANCE, [409, "Not possible now"]],
  [Status.PROCESSING_FAILURE, [409, "Not possible now"]],
  [Status.OUT_OF_RESOURCES, [413, "Too large"]],
]);

/** A service's refusal as DICOMweb words it; any other error as it is. @param verb what was to be done */
export function asProblem(error: unknown, verb: string): unknown {
  if (!(error instanceof Refusal)) return error;
  const [status, title] = ANSWERS.get(error.fields.status) ?? [500, "The box failed"];
  return new Problem(status, title, `Cannot ${verb}: ${error.message}`);
}
