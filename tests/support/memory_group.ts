/** What the service may take, bytes: as the unit has it. */
export const SERVICE_MEMORY = serviceMemory();

function serviceMemory(): number {
  const unit = Deno.readTextFileSync(new URL("../../appliance/package/sonodesk.service", import.meta.url));
  return Number(/^MemoryMax=(\d+)M$/m.exec(unit)![1]) * 1024 * 1024;
}

/**
 * A control group with a limit of memory (cgroups(7)), for a process and all that it starts: beyond the limit the kernel
 * ends one of them, as on the appliance. It takes root; elsewhere there is none.
 */
export class MemoryGroup {
  readonly #mount: string;
  readonly #path: string;

  private constructor(mount: string, path: string) {
    this.#mount = mount;
    this.#path = path;
  }

  /** @returns undefined where this computer gives no such group */
  static make(limit = SERVICE_MEMORY): MemoryGroup | undefined {
    if (Deno.uid() !== 0) return undefined;
    const mount = Deno.makeTempDirSync({ prefix: "sonodesk-cgroup-" });
    for (const [type, file] of [["cgroup2", "memory.max"], ["cgroup", "memory.limit_in_bytes"]] as const) {
      const options = type === "cgroup" ? ["-o", "memory"] : [];
      if (!run("mount", "-t", type, ...options, "none", mount)) continue;
      const path = `${mount}/sonodesk-${crypto.randomUUID()}`;
      try {
        Deno.mkdirSync(path);
        Deno.writeTextFileSync(`${path}/${file}`, String(limit));
        return new MemoryGroup(mount, path);
      } catch (error) {
        if (!(error instanceof Error && "code" in error)) throw error;
        try {
          Deno.removeSync(path);
        } catch (notMade) {
          if (!(notMade instanceof Deno.errors.NotFound)) throw notMade;
        }
        run("umount", mount);
      }
    }
    Deno.removeSync(mount);
    return undefined;
  }

  add(pid: number): void {
    Deno.writeTextFileSync(`${this.#path}/cgroup.procs`, String(pid));
  }

  /** Once all of its processes have ended. */
  async remove(): Promise<void> {
    for (let tries = 0;; tries++) {
      try {
        Deno.removeSync(this.#path);
        break;
      } catch (error) {
        // the renderer ends a moment after the box
        if (!(error instanceof Error && "code" in error && error.code === "EBUSY") || tries === 2400) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
    run("umount", this.#mount);
    Deno.removeSync(this.#mount);
  }
}

function run(command: string, ...args: string[]): boolean {
  return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
}
