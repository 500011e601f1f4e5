import type { CertificateInfo } from "../../src/web/contract/box.ts";
import { api } from "../shared/api.ts";
import { html, useEffect, useState } from "../shared/html.ts";
import { icons } from "../shared/icons.ts";
import { dateInWords } from "../shared/format.ts";
import { text } from "../shared/text.ts";
import { SettingFields } from "./setting_fields.ts";
import { Tokens } from "./tokens.ts";

/** Who may connect, HTTPS with its certificate, and tokens for programs. */
export function Security() {
  return html`
    <section class="card" aria-labelledby="admission-title">
      <div>
        <h2 id="admission-title">${text.settings.admissionTitle}</h2>
        <p class="lead">${text.security.admissionLead}</p>
      </div>
      <${SettingFields} title=${text.settings.admissionTitle} keys=${["admission", "elsewhere"]} />
    </section>
    <section class="card" aria-labelledby="people-title">
      <div>
        <h2 id="people-title">${text.security.people}</h2>
        <p class="lead">${text.security.peopleLead}</p>
      </div>
      <${SettingFields} title=${text.security.people} keys=${["pinUnlock", "secondAdmin"]} />
    </section>
    <section class="card" aria-labelledby="https-title">
      <div>
        <h2 id="https-title">${text.security.https}</h2>
        <p class="lead">${text.security.httpsLead}</p>
      </div>
      <${SettingFields} title=${text.security.https} keys=${["https", "httpsPort"]} />
      <${Certificate} />
    </section>
    <${Tokens} />
  `;
}

function Certificate() {
  const [certificate, setCertificate] = useState<CertificateInfo | null | undefined>(undefined);

  useEffect(() => {
    // where HTTPS is off there is none
    api("GET /api/certificate").then(setCertificate, () => setCertificate(null));
  }, []);

  if (!certificate) return null;
  return html`
    <div class="certificate">
      <${QrCode} rows=${certificate.qr} />
      <div>
        <h3>${text.security.fingerprint}</h3>
        <p class="fingerprint">${certificate.fingerprint}</p>
        <p class="lead">${text.security.compare}</p>
        <p class="lead">${text.security.goodUntil(dateInWords(certificate.notAfter.slice(0, 10)))}
          ${" · "}${certificate.names.join(", ")}</p>
        <a class="button" href="/certificate.crt" download>${icons.save()}${text.security.download}</a>
      </div>
    </div>
  `;
}

/** `#` is dark. */
function QrCode({ rows }: { rows: string[] }) {
  const squares = rows.flatMap((row, y) => [...row].map((square, x) => square === "#" ? `M${x} ${y}h1v1h-1Z` : ""));
  return html`
    <svg class="qr" viewBox=${`-4 -4 ${rows.length + 8} ${rows.length + 8}`} role="img" aria-label=${text.security
      .qr}>
      <path class="qr-ground" d=${`M-4 -4h${rows.length + 8}v${rows.length + 8}h-${rows.length + 8}Z`} />
      <path class="qr-dark" d=${squares.join("")} />
    </svg>
  `;
}
