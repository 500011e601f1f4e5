// unistd.h
const W_OK = 2;
const SYMBOLS = { access: { parameters: ["buffer", "i32"], result: "i32", nonblocking: true } } as const;

let library: Deno.DynamicLibrary<typeof SYMBOLS> | undefined;

/**
 * Whether nothing can be written into a folder, as where the system has made its disk read-only after an error. The kernel
 * is asked (access(2)), which writes nothing: what it says of mounts in /proc, a program with Deno's permissions may not
 * read. False where there is no Linux to ask.
 */
export async function isReadOnly(folder: string): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  library ??= Deno.dlopen("libc.so.6", SYMBOLS);
  return await library.symbols.access(new TextEncoder().encode(`${folder}\0`), W_OK) !== 0;
}
