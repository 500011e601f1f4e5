import type { Visit } from "../../src/web/contract/board.ts";
import type { MeasurementGroup, MeasurementLine } from "../../src/web/contract/studies.ts";

/** Visits that can be beside each other. */
export const MOST_BESIDE = 2;

/** What a visit is called in the address: its appointment, else its study. */
export function visitKey({ appointmentId, studies }: Pick<Visit, "appointmentId" | "studies">): string {
  return appointmentId ?? studies[0] ?? "";
}

/** The visits that an address names. */
export function keysIn(address: string): string[] {
  return address.split(",").filter(Boolean).map(decodeURIComponent);
}

export function addressOfKeys(keys: readonly string[]): string {
  return keys.map(encodeURIComponent).join(",");
}

/** Which are beside each other where nobody has chosen: the latest two that brought something. @param visits latest first */
export function besideAtFirst(visits: readonly Visit[]): string[] {
  return visits.filter(({ images, measurements }) => images > 0 || measurements > 0).slice(0, MOST_BESIDE)
    .map(visitKey);
}

/** One more beside the one chosen last, or one fewer. @param chosen the latest choice last */
export function toggled(chosen: readonly string[], key: string): string[] {
  if (chosen.includes(key)) return chosen.filter((one) => one !== key);
  return [...chosen, key].slice(-MOST_BESIDE);
}

/** What is measured of one thing: its values in each of the visits that are beside each other. */
export interface MeasuredRow {
  name: string;
  detail: string;
  cells: MeasurementLine[][];
}

/** The rows of one organ, side and fetus. */
export interface MeasuredGroup extends Pick<MeasurementGroup, "fetus" | "organ" | "side" | "title"> {
  rows: MeasuredRow[];
}

/**
 * The measurements of several visits, what is the same thing in one row: of the same fetus, organ and side, by the same
 * code, or name where it has none, in the same way. In the order of the first visit that has each.
 *
 * @param visits of each its measurements
 */
export function measuredBeside(visits: readonly (readonly MeasurementGroup[])[]): MeasuredGroup[] {
  const groups = new Map<string, MeasuredGroup & { byKey: Map<string, MeasuredRow> }>();
  for (const [column, measured] of visits.entries()) {
    for (const { fetus, organ, side, title, lines } of measured) {
      const groupKey = JSON.stringify([fetus, organ, side]);
      let group = groups.get(groupKey);
      if (group === undefined) groups.set(groupKey, group = { fetus, organ, side, title, rows: [], byKey: new Map() });
      for (const line of lines) {
        const key = JSON.stringify([line.code || line.name, line.detail]);
        let row = group.byKey.get(key);
        if (row === undefined) {
          row = { name: line.name, detail: line.detail, cells: visits.map(() => []) };
          group.byKey.set(key, row);
          group.rows.push(row);
        }
        row.cells[column]!.push(line);
      }
    }
  }
  return [...groups.values()].map(({ byKey: _, ...group }) => group);
}
