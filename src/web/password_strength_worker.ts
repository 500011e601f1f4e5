import { ZxcvbnFactory, type ZxcvbnResult } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary as common } from "@zxcvbn-ts/language-common";
import { dictionary as english } from "@zxcvbn-ts/language-en";
import type { Guessed, Weakness } from "./password_strength.ts";

/** What a dedicated worker has, without the page's types that this project is checked with. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<Guessed>) => void) | null;
  postMessage(answer: Weakness): void;
}

const scope = self as unknown as WorkerScope;

/** zxcvbn's third of four steps: more than 10⁸ tries. */
const STRONG = 3;

/** Lists of what people choose, and patterns that are tried as early. */
const PATTERNS = new Set(["sequence", "repeat", "spatial", "date"]);

scope.onmessage = ({ data: { password, names } }) => {
  const zxcvbn = new ZxcvbnFactory({ dictionary: { ...common, ...english }, graphs: adjacencyGraphs });
  scope.postMessage(weaknessOf(zxcvbn.check(password, names)));
};

function weaknessOf({ score, sequence }: ZxcvbnResult): Weakness {
  if (score >= STRONG) return null;
  const isOf = (list: string) => sequence.some((part) => part.pattern === "dictionary" && part.dictionaryName === list);
  if (isOf("userInputs")) return "password-of-names";
  if (isOf("passwords-common")) return "password-common";
  return sequence.some(({ pattern }) => PATTERNS.has(pattern)) ? "password-pattern" : "password-guessable";
}
