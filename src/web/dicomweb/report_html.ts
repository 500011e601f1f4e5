import type { ContentItem, Report } from "../../dicom/report/report.ts";

/** Deeper than people read; what is below stands on the same level. */
const DEEPEST = 12;

/** A report as a page for who has no program for reports (PS3.18 8.7.5): all of its tree, item by item. No script in it. */
export function* reportHtml(report: Report): Generator<string> {
  const title = escaped(report.title || "Report");
  yield `<!DOCTYPE html><html><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>`;
  const facts = [report.manufacturer, report.model, report.date, report.completion, report.verification];
  yield `<p>${escaped(facts.filter(Boolean).join(" · "))}</p>`;
  yield* list(report.root.children, 0);
  yield "</body></html>";
}

function* list(items: readonly ContentItem[], depth: number): Generator<string> {
  if (items.length === 0) return;
  yield depth < DEEPEST ? "<ul>" : "<br>";
  for (const item of items) {
    yield `${depth < DEEPEST ? "<li>" : "<p>"}${line(item)}`;
    yield* list(item.children, depth + 1);
    yield depth < DEEPEST ? "</li>" : "</p>";
  }
  if (depth < DEEPEST) yield "</ul>";
}

function line(item: ContentItem): string {
  if (item.withheld) return "…";
  const name = item.concept ? item.concept.meaning || item.concept.value : "";
  const unit = item.unit ? item.unit.meaning || item.unit.value : "";
  const qualifier = item.qualifier ? item.qualifier.meaning || item.qualifier.value : "";
  const value = [item.value, unit, qualifier].filter(Boolean).join(" ");
  const references = item.references.map(({ sopInstanceUid }) => sopInstanceUid).join(", ");
  const parts = [name && `<b>${escaped(name)}</b>`, escaped(value), escaped(references)];
  return parts.filter(Boolean).join(" ");
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
