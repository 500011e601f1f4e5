import type { Routes } from "../context.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import type { CertificateInfo } from "../contract/box.ts";

/** The box's own certificate authority: for devices to trust, and for people to compare. */
export function certificateRoutes({ certificates }: Parts): Routes<"GET /certificate.crt" | "GET /api/certificate"> {
  function held() {
    if (!certificates) {
      throw notFound(
        "Cannot show the certificate: HTTPS and DICOM TLS are off, switch one on in the settings and restart the box",
      );
    }
    return certificates;
  }
  return {
    "GET /certificate.crt": (context) =>
      context.body(held().authority, 200, {
        "content-type": "application/x-x509-ca-cert",
        "content-disposition": 'attachment; filename="sonodesk.crt"',
        "cache-control": "no-store",
      }),

    "GET /api/certificate": (context) =>
      context.json(held().info satisfies CertificateInfo, 200, { "cache-control": "no-store" }),
  };
}
