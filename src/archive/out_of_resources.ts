/** What the system says when nothing can be kept now: disk full or read-only, quota, too many open files. */
const SYSTEM = new Set(["ENOSPC", "EDQUOT", "EROFS", "EMFILE", "ENFILE", "EIO", "EACCES"]);

/** What SQLite says then (sqlite.org/rescode.html); Deno passes on its words and not its code. */
const SQLITE = /disk is full|disk I\/O error|is locked|readonly database|unable to open|out of memory|is malformed/;

/** Whether an error says that nothing can be kept now, which may be otherwise when the machine tries again. */
export function isOutOfResources(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = String((error as { code?: unknown }).code);
  if (code === "ERR_SQLITE_ERROR") return SQLITE.test(error.message);
  return SYSTEM.has(code) || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.FilesystemLoop || /os error (28|30|122|24|23|5)\b/.test(error.message);
}
