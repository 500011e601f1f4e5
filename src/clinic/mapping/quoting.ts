import type { TableName } from "./mapping.ts";

/** What needs no quotes, as PostgreSQL's own keywords do: the names that the tables are expected to have. */
const PLAIN = /^(id|patients?|appointments?|(first|last)_name|(birth_)?date|gender|doctor|department|time|status)$/;
const ALSO_PLAIN = /^(patient_id|mwl_sent|accession_number)$/;

/** A name as SQL takes it, whatever letters and signs it has. */
export function identifier(name: string): string {
  return PLAIN.test(name) || ALSO_PLAIN.test(name) ? name : `"${name.replaceAll('"', '""').replaceAll("\0", "")}"`;
}

/** A table with its schema, where that is known. */
export function relation({ schema, name }: TableName): string {
  return schema === null ? identifier(name) : `${identifier(schema)}.${identifier(name)}`;
}

/** A text as SQL takes it, whatever the server takes a backslash for. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("\0", "").replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? `E${quoted}` : quoted;
}

/** A text between dollars that it does not hold itself, as a function's body stands. */
export function body(text: string): string {
  let tag = "$sonodesk$";
  for (let n = 1; text.includes(tag); n += 1) tag = `$sonodesk${n}$`;
  return `${tag}${text}${tag}`;
}
