/** The processes that a process started and that run still, without theirs. */
export function childrenOf(pid: number): number[] {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).map(({ name }) => Number(name))
    .filter((candidate) => {
      try {
        return Number(Deno.readTextFileSync(`/proc/${candidate}/stat`).replace(/^.*\) /, "").split(" ")[1]) === pid;
      } catch {
        return false; // it ended while we looked
      }
    });
}

/** Ends a process at once, and all that it and they started. */
export function endWithChildren(pid: number): void {
  const children = childrenOf(pid);
  endAtOnce(pid);
  for (const child of children) endWithChildren(child);
}

/** Ends a process at once; one that has ended already is no error. */
export function endAtOnce(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
