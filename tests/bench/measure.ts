/** Medians and tables for the benchmarks: whole operations against peers, in one run, as ratios. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs each contender once unmeasured, then all in turn `rounds` times; returns the median of each, milliseconds. */
export async function inTurn(
  contenders: Readonly<Record<string, () => Promise<void>>>,
  rounds: number,
): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const started = performance.now();
      await run();
      if (round > 0) (times[name] ??= []).push(performance.now() - started);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

/** What was printed so far, as Markdown. */
export const printed: string[] = [];

/** Prints rows under a title, columns as wide as they need. */
export function table(title: string, rows: readonly Readonly<Record<string, string | number>>[]): void {
  console.log(`\n${title}`);
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly unknown[]) => `| ${cells.join(" | ")} |`;
  printed.push(
    [
      `${title}:\n`,
      line(columns),
      line(columns.map((_, index) => index === 0 ? "---" : "---:")),
      ...rows.map((row) => line(columns.map((column) => row[column]))),
    ].join("\n"),
  );
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]!.length)));
  for (const row of cells) {
    console.log(
      `  ${
        row.map((cell, index) => index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!)).join("   ")
      }`,
    );
  }
}

/** The least and the most, milliseconds. */
export function spread(times: readonly number[]): string {
  return `${milliseconds(Math.min(...times))}–${milliseconds(Math.max(...times))}`;
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function ratio(ours: number, theirs: number): string {
  return `${(ours / theirs).toFixed(2)} ×`;
}
