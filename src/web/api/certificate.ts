import { Buffer } from "node:buffer";
import { say } from "../../sentences.ts";
import type { BoxCertificates } from "../../certificates/certificates.ts";
import type { Parts } from "../parts.ts";
import { notFound } from "../problem.ts";
import { file, json, route } from "../route.ts";
import type { CertificateInfo } from "../contract/box.ts";

function held(certificates: Parts["certificates"]): BoxCertificates {
  if (!certificates) {
    throw notFound(
      say("no-certificate"),
    );
  }
  return certificates;
}

/** A certificate in DER as text (RFC 7468). */
function asPem(der: Uint8Array): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The box's own certificate authority: for devices to trust, and for people to compare. */
export const certificateRoutes = [
  route("GET /certificate.crt", {
    who: "anyone",
    summary: "The certificate of the box's own authority",
    answer: file("application/x-x509-ca-cert"),
    beforeSetup: true,
  }, ({ context, certificates }) =>
    context.body(held(certificates).authority, 200, {
      "content-type": "application/x-x509-ca-cert",
      "content-disposition": 'attachment; filename="sonodesk.crt"',
      "cache-control": "no-store",
    })),

  route("GET /certificate.pem", {
    who: "anyone",
    summary: "The same as text, as machines and programs take it",
    answer: file("application/x-pem-file"),
    beforeSetup: true,
  }, ({ context, certificates }) =>
    context.body(asPem(held(certificates).authority), 200, {
      "content-type": "application/x-pem-file",
      "content-disposition": 'attachment; filename="sonodesk.pem"',
      "cache-control": "no-store",
    })),

  route("GET /certificate-rsa.pem", {
    who: "anyone",
    summary: "The authority of the certificate that machines see over DICOM TLS which know RSA alone",
    answer: file("application/x-pem-file"),
    beforeSetup: true,
  }, async ({ context, dicomTls }) => {
    const authority = await dicomTls.rsaAuthority();
    if (authority === undefined) throw notFound(say("no-certificate"));
    return context.body(asPem(authority), 200, {
      "content-type": "application/x-pem-file",
      "content-disposition": 'attachment; filename="sonodesk-rsa.pem"',
      "cache-control": "no-store",
    });
  }),

  route("GET /api/certificate", {
    who: "admin",
    summary: "The certificate's fingerprint, names and end",
    answer: json<CertificateInfo>(),
    programs: ["fleet"],
  }, ({ certificates }) => held(certificates).info),
];
