import { inEnglish, Refused, say, type Sentence } from "../sentences.ts";

/** Why a store cannot be used: its file cannot be read, a newer version wrote it, or it could not be brought up to date. */
export type StoreTrouble = "unreadable" | "newer" | "migration";

/** The store's file cannot be used as it is. */
export class StoreUnusable extends Refused {
  /** What is the matter. */
  readonly trouble: StoreTrouble;

  /** It cannot be used as it is. */
  constructor(trouble: StoreTrouble, sentence: Sentence | string, options?: ErrorOptions) {
    super(sentence, options);
    this.trouble = trouble;
  }
}

/**
 * What SQLite says of SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html), of a schema that makes no sense too;
 * Deno passes on the words and not the code.
 */
const DAMAGE = /database disk image is malformed|malformed database schema|file is not a database/;

/** SQLite's own words for a damaged file, as a page says them; others stay as they are. */
export function damageInWords(said: string): Sentence | string {
  return KNOWN_DAMAGE.find((known) => inEnglish(known) === said) ?? said;
}

const KNOWN_DAMAGE = [say("file-malformed"), say("file-is-no-database")];

/** Whether SQLite says by this error that the file itself is damaged, which no further try can mend. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && DAMAGE.test(error.message);
}
