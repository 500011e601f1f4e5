/**
 * Whether a text is the key, in which `*` is any run of characters and `?` any one (PS3.4 C.2.2.2.4).
 *
 * Two fingers and one place to come back to, never a backtracking expression: the time is at most the product of both
 * lengths, whatever a machine sends.
 */
export function wildcardTest(key: string): (text: string) => boolean {
  if (!/[*?]/.test(key)) return (value) => value === key;
  // wildcards beside each other in one order: `*?*?` is any run of two or more
  const pattern = [
    ...key.replaceAll(/[*?]{2,}/g, (run) => run.replaceAll("*", "") + (run.includes("*") ? "*" : "")),
  ];
  const fewest = pattern.filter((one) => one !== "*").length;
  return (value) => {
    const text = [...value];
    return text.length >= fewest && fits(pattern, text);
  };
}

function fits(pattern: readonly string[], text: readonly string[]): boolean {
  let [at, next] = [0, 0];
  /** After the last `*` that was met: where the pattern goes on, and where the text did when it last came here. */
  let [resume, from] = [-1, 0];
  while (at < text.length) {
    if (pattern[next] === "*") {
      resume = ++next;
      from = at;
    } else if (pattern[next] === "?" || pattern[next] === text[at]) {
      next += 1;
      at += 1;
    } else if (resume !== -1) {
      next = resume;
      at = ++from;
    } else {
      return false;
    }
  }
  while (pattern[next] === "*") next += 1;
  return next === pattern.length;
}
