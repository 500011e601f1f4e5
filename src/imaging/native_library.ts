/**
 * In the compiled program sharp's addon does not find the library it is built on: it is loaded here first, and then
 * found by its name. Outside of it there is nothing to do.
 *
 * @throws Error when the program was compiled without the library
 */
export function loadNativeLibrary(): void {
  if (!Deno.build.standalone) return;
  const packages = new URL("../../node_modules/.deno/", import.meta.url);
  const prefix = "@img+sharp-libvips-";
  for (const { name } of Deno.readDirSync(packages)) {
    if (!name.startsWith(prefix)) continue;
    const platform = name.slice(prefix.length).split("@")[0];
    const folder = new URL(`${name}/node_modules/@img/sharp-libvips-${platform}/lib/`, packages);
    for (const file of Deno.readDirSync(folder)) {
      if (!file.name.startsWith("libvips-cpp.so")) continue;
      Deno.dlopen(new URL(file.name, folder), {});
      return;
    }
  }
  throw new Error("Cannot draw pictures: this program was compiled without libvips, compile it with deno task compile");
}
