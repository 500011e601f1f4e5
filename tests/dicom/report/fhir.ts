import assert from "node:assert/strict";
import { Fhir } from "fhir";

/** Another's reading of the R4 StructureDefinitions: types, cardinalities, names, required value sets. */
const validator = new Fhir();

const DECIMAL = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
const CODE = /^\S+( \S+)*$/;
const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;

/**
 * A bundle of observations follows FHIR R4: the resources' structure by the validator, and what it does not look at:
 * R4's own invariants (ele-1, bdl-7, obs-3, obs-6, obs-7, qty-3, ref-1) and the forms of its primitive types.
 *
 * @param json as it is downloaded
 * @returns the observations
 */
// deno-lint-ignore no-explicit-any
export function assertFhir(json: string): any[] {
  const bundle = JSON.parse(json);
  const { messages } = validator.validate(bundle, { errorOnUnexpected: true });
  // below errors: names in value sets that are examples, and those it does not bring
  assert.deepEqual(messages.filter(({ severity }) => severity === "error" || severity === "fatal"), []);
  assertNotEmpty(bundle, "Bundle");
  const entries: { fullUrl: string; resource: Record<string, unknown> }[] = bundle.entry ?? [];
  assert.equal(new Set(entries.map(({ fullUrl }) => fullUrl)).size, entries.length, "bdl-7");
  for (const { fullUrl, resource } of entries) {
    assert.match(fullUrl, /^urn:uuid:/);
    assertObservation(resource);
  }
  // the digits themselves: a number that was read is another text
  for (const [, digits] of json.matchAll(/"value": (-?[\d.][^,\s}]*)/g)) assert.match(digits!, DECIMAL);
  return entries.map(({ resource }) => resource);
}

interface Concept {
  coding?: { system?: string; code: string }[];
}

function assertObservation(resource: Record<string, unknown>): void {
  assert.equal(resource.resourceType, "Observation");
  assert.match(String(resource.status), /^(final|preliminary)$/);
  assert.ok(resource.code !== undefined, "code is 1..1");
  const values = Object.keys(resource).filter((name) => name.startsWith("value"));
  assert.ok(values.length <= 1, "value[x] is 0..1");
  if (resource.dataAbsentReason !== undefined) assert.deepEqual(values, [], "obs-6");
  else assert.equal(values.length, 1, "a value, or why there is none");
  for (const name of ["referenceRange", "hasMember"]) {
    assert.equal(resource[name], undefined, `obs-3 is to be checked once there is a ${name}`);
  }
  const codings = ({ coding = [] }: Concept) => coding.map(({ system, code }) => `${system} ${code}`);
  const own = codings(resource.code as Concept);
  for (const component of (resource.component ?? []) as { code: Concept; valueCodeableConcept?: unknown }[]) {
    assert.ok(component.valueCodeableConcept !== undefined, "a component has its value");
    assert.deepEqual(codings(component.code).filter((one) => own.includes(one)), [], "obs-7");
  }
  if (resource.effectiveDateTime !== undefined) assert.match(String(resource.effectiveDateTime), DATE);
  everyElement(resource, (element) => {
    if ("code" in element && typeof element.code === "string") assert.match(element.code, CODE);
    if ("system" in element) assert.match(String(element.system), /^(https?|urn):\S+$/);
    if ("reference" in element) assert.match(String(element.reference), /^urn:/, "ref-1: nothing is contained");
  });
  const quantity = resource.valueQuantity as Record<string, unknown> | undefined;
  if (quantity?.code !== undefined) assert.equal(quantity.system, "http://unitsofmeasure.org", "qty-3");
}

/** ele-1: every element has a value or children; and no text is blank. */
function assertNotEmpty(value: unknown, path: string): void {
  if (typeof value === "string") assert.ok(value.trim() !== "", `${path} is blank`);
  if (typeof value !== "object") return;
  assert.notEqual(value, null, `${path} is null`);
  const parts = Object.entries(value as object);
  assert.ok(parts.length > 0, `${path} is empty`);
  for (const [name, part] of parts) assertNotEmpty(part, `${path}.${name}`);
}

function everyElement(value: unknown, look: (element: Record<string, unknown>) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) look(value as Record<string, unknown>);
  for (const part of Object.values(value)) everyElement(part, look);
}
