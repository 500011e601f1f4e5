/** Bytes from `start` up to, not including, `end`. */
interface ByteRange {
  start: number;
  end: number;
}

/**
 * The part of a body of `size` bytes that a Range header asks for (RFC 9110 14.1.2).
 *
 * @returns undefined where the whole is to be sent: no range, one that is not understood, or several at once
 */
export function byteRange(header: string | undefined, size: number): ByteRange | "not satisfiable" | undefined {
  const [, first, last] = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    // the last so many bytes
    return last === "" || Number(last) === 0 || size === 0
      ? "not satisfiable"
      : { start: Math.max(0, size - Number(last)), end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "not satisfiable";
  return { start, end: last === "" ? size : Math.min(size, Number(last) + 1) };
}
