/** The lines of a systemd unit: `Service.ExecStart` and so on, each with all its values in their order. */
export function readUnit(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let section = "";
  for (const line of text.split("\n")) {
    const heading = /^\[(\w+)\]$/.exec(line);
    if (heading) section = heading[1]!;
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const key = `${section}.${name}`;
    values.set(key, [...values.get(key) ?? [], value!]);
  }
  return values;
}
