import type { WebContext } from "../context.ts";

/** The address of the DICOMweb services, by the name under which the client asks. */
export function baseOf(context: WebContext): string {
  return `${new URL(context.req.url).origin}/dicom-web`;
}
