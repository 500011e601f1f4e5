/** Whether an error says that nothing can be kept now: disk full or read-only, quota, too many open files, the store. */
export function isOutOfResources(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  return ["ENOSPC", "EDQUOT", "EROFS", "EMFILE", "ENFILE", "EIO", "EACCES", "ERR_SQLITE_ERROR"].includes(
    String(code),
  ) ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.FilesystemLoop ||
    /os error (28|30|122|24|23|5)\b/.test(error.message);
}
