import { Refused, say, type Sentence } from "../sentences.ts";

/** Where a backup lies: a folder, or a bucket of an S3-compatible store. Paths are relative, `/` between their parts. */
export interface Target {
  /** What people call it: `/media/backup`, or `s3://bucket/path`. */
  readonly name: string;
  /** How many files are written to it or read from it at once, at best. */
  readonly atOnce: number;
  /**
   * Readies it for a backup, and clears what one that was broken off has left half done.
   *
   * @returns what must be disposed of when the backup has ended: nobody else writes meanwhile
   * @throws Error in words
   */
  begin(): Promise<Disposable>;
  /** The paths of all files below one, in order. */
  list(below: string): Promise<string[]>;
  /** The same with the size of each in bytes, as it lies there. */
  sizes(below: string): Promise<Map<string, number>>;
  /**
   * The bytes of a file.
   *
   * @throws Deno.errors.NotFound when there is no such file
   */
  read(path: string): Promise<ReadableStream<Uint8Array>>;
  /**
   * Writes a file, whole or not at all; it is there for good when this has resolved, but for its name, see `settle`.
   *
   * @param isGood asked once all bytes have come; the file is not kept when it says no
   * @returns what `isGood` said
   */
  write(path: string, bytes: ReadableStream<Uint8Array>, isGood?: () => boolean): Promise<boolean>;
  /** Makes sure that the names of files that were written are there after a power cut, too. */
  settle(paths: readonly string[]): Promise<void>;
  /** Removes a file that may be gone already. */
  remove(path: string): Promise<void>;
}

/** What an S3-compatible store asks for. */
export interface S3Access {
  /** Such as `https://s3.ap-south-1.amazonaws.com` or `http://nas.local:9000`. */
  endpoint: string;
  /** Of the service; "auto" where it has none. */
  region: string;
  /** Who asks. */
  accessKeyId: string;
  /** With what they sign. */
  secretAccessKey: string;
}

/** The target as a whole did not let us in, had no room or did not answer: that says nothing of a file. */
export class TargetRefusal extends Refused {
  /** What is wrong, without the target's name. */
  readonly why: Sentence;

  /**
   * Told with the name of the target.
   *
   * @param place the target's name
   */
  constructor(place: string, why: Sentence, options?: ErrorOptions) {
    super(say("target-refused", { place, why }), options);
    this.why = why;
  }
}

/** Whether this names a bucket and not a folder. */
export function isBucket(where: string): boolean {
  return where.startsWith("s3://");
}

/** A small file as text. @throws Deno.errors.NotFound */
export async function readText(target: Target, path: string): Promise<string> {
  return await new Response(await target.read(path)).text();
}

export async function writeText(target: Target, path: string, text: string | Uint8Array<ArrayBuffer>): Promise<void> {
  await target.write(path, new Response(text).body!);
}
