import type { Route } from "../route.ts";

/** As PS3.18 calls what a service does. */
const TRANSACTIONS: Record<string, string> = {
  "QIDO-RS": "Search",
  "WADO-RS": "Retrieve",
  "STOW-RS": "Store",
  "MWL-RS": "Search",
  "MPPS-RS": "ProcedureStep",
};

/**
 * A Capabilities Description (PS3.18 8.9 and H): a WADL document of DICOMweb's resources, from the routes as they are
 * declared.
 *
 * @param base address of the services
 */
export function capabilities(routes: readonly Route[], base: string): string {
  const described = routes.filter(({ method }) => method !== "OPTIONS");
  const resources = [...Map.groupBy(described, ({ path }) => path)].map(([path, declared]) => {
    const written = path.replace("/dicom-web/", "").replaceAll(/:(\w+)/g, "{$1}").replace("/*", "/{path}");
    const parameters = [...written.matchAll(/\{(\w+)\}/g)]
      .map(([, name]) => `      <param name="${name}" style="template" required="true"/>\n`).join("");
    const methods = declared.map(methodOf).join("");
    return `    <resource path="${escaped(written)}">\n${parameters}${methods}    </resource>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<application xmlns="http://wadl.dev.java.net/2009/02">
  <resources base="${escaped(base)}/">
${resources.join("")}  </resources>
</application>
`;
}

function methodOf({ method, summary, body, answer, status, path }: Route): string {
  const transaction = TRANSACTIONS[summary.split(":")[0]!] ?? method;
  const words = path.match(/[a-z]+/g)!.slice(2).map((word) => word[0]!.toUpperCase() + word.slice(1));
  const takes = typeof body === "string" ? `<representation mediaType="${escaped(body)}"/>` : "";
  const gives = answer === undefined ? "" : `<representation mediaType="${escaped(answer.contentType)}"/>`;
  return `      <method name="${method}" id="${method}${transaction}${words.join("")}">
        <doc>${escaped(summary)}</doc>
        <request><param name="Accept" style="header"/>${takes}</request>
        <response status="${status ?? 200}">${gives}</response>
      </method>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
