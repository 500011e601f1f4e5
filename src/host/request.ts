import { writeWhole } from "../objects/durable_file.ts";

/**
 * Asks the appliance's image, which has more rights, to do something to the computer: a small file of lines
 * `name=value`. It is there whole or not at all, since the image takes whatever it finds in the folder.
 *
 * @param folder in which the image looks
 * @param name of what is asked for, such as `network`
 * @param values by their names, or pairs where a name comes more than once
 */
export async function askHost(folder: string, name: string, values: object | [string, string][]): Promise<void> {
  const pairs = Array.isArray(values) ? values : Object.entries(values);
  const lines = pairs.map(([key, value]) => `${key}=${value}\n`);
  await Deno.mkdir(folder, { recursive: true });
  await writeWhole(`${folder}/${name}`, lines.join(""), { part: `${folder}.part` });
}
