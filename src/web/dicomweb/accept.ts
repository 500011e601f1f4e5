/** The DICOM JSON Model (PS3.18 F). */
export const JSON_TYPE = "application/dicom+json";

/** One media type that a client takes (PS3.18 8.7.4), with its parameters in lower case. */
export interface AcceptedType {
  /** `multipart/related`, or the type itself. */
  type: string;
  /** The type of the parts of `multipart/related`; the type itself otherwise; any type where neither is said. */
  content: string;
  multipart: boolean;
  /** UID, `*`, or undefined where it is not said. */
  transferSyntax: string | undefined;
}

/** What a client takes, the most wanted first; everything where it does not say. The query may say it instead. */
export function acceptedTypes(header: string | undefined, query: string | undefined): AcceptedType[] {
  const value = query || header || "*/*";
  return splitOutsideQuotes(value, ",")
    .map((entry) => {
      const [type = "", ...parameters] = splitOutsideQuotes(entry, ";").map((part) => part.trim());
      const named = new Map(parameters.map((parameter) => {
        const [name = "", ...rest] = parameter.split("=");
        return [name.trim().toLowerCase(), rest.join("=").trim().replace(/^"(.*)"$/, "$1")];
      }));
      const multipart = /^multipart\/(related|\*)$/i.test(type);
      return {
        type: type.toLowerCase(),
        content: (multipart ? named.get("type") ?? "*/*" : type).toLowerCase(),
        multipart,
        transferSyntax: named.get("transfer-syntax"),
        weight: Number(named.get("q") ?? 1),
      };
    })
    .filter(({ type, weight }) => type !== "" && weight > 0)
    .sort((one, other) => other.weight - one.weight)
    .map(({ weight: _, ...accepted }) => accepted);
}

/** Whether a range such as `image/*` takes a media type. */
export function takes(range: string, type: string): boolean {
  if (range === "*/*" || range === type) return true;
  return range.endsWith("/*") && type.startsWith(range.slice(0, -1));
}

/** Whether a client takes the DICOM JSON Model. */
export function acceptsJson(header: string | undefined): boolean {
  return acceptedTypes(header, undefined).some(({ content }) =>
    takes(content, JSON_TYPE) || takes(content, "application/json")
  );
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [""];
  let quoted = false;
  for (const letter of text) {
    if (letter === '"') quoted = !quoted;
    if (letter === separator && !quoted) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts;
}
