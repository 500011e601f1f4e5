import dimse from "dcmjs-dimse";
import { WRITE_OPTIONS } from "./dicom_object.ts";

const { Client, Dataset, association, constants, requests } = dimse;

/** A DICOM node to talk to, and the name the machine calls itself by. */
export interface Peer {
  host: string;
  port: number;
  callingAeTitle: string;
  calledAeTitle: string;
}

/** One object to store: its elements by keyword, and the transfer syntax it is in and must be sent in. */
export interface StoredObject {
  /** For people, e.g. "RGB still". */
  label: string;
  elements: Record<string, unknown>;
  transferSyntax: string;
}

/** Why a conversation with a peer failed, in words for a technician; `message` also says what to do. */
export class PeerError extends Error {
  override name = "PeerError";
}

/** How long to wait for a connection, for the association, and between two messages; milliseconds. */
const TIMEOUTS = { connectTimeout: 15_000, associationTimeout: 15_000, pduTimeout: 60_000 };

// What the library would print, a PeerError tells.
dimse.log.setLevel("silent");

/**
 * C-ECHO (PS3.4 Annex A): asks the peer whether it is there.
 *
 * @throws PeerError when it is not, or answers anything but success
 */
export async function echo(peer: Peer, signal?: AbortSignal): Promise<void> {
  const request = new requests.CEchoRequest();
  let status: number | undefined;
  request.on("response", (response: { getStatus(): number }) => status = response.getStatus());
  const end = await converse(peer, [request], [], signal);
  if (status === constants.Status.Success) return;
  throw new PeerError(`Cannot check ${name(peer)}: ${unanswered(end, status, "Verification (C-ECHO)")}`);
}

/**
 * C-FIND on the Modality Worklist (PS3.4 Annex K).
 *
 * @param query the identifier's elements by keyword
 * @returns the elements of each answer
 * @throws PeerError when the peer cannot be reached, refuses, or ends with a failure status
 */
export async function findWorklist(
  peer: Peer,
  query: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<Record<string, unknown>[]> {
  const request = new requests.CFindRequest();
  request.setAffectedSopClassUid(constants.SopClass.ModalityWorklistInformationModelFind);
  request.setDataset(new Dataset(query));
  const answers: Record<string, unknown>[] = [];
  let status: number | undefined;
  request.on("response", (response: Answer) => {
    status = response.getStatus();
    if (!isPending(status)) return;
    const dataset = response.getDataset();
    if (dataset !== undefined) answers.push(dataset.getElements());
    // The library takes FF01 (pending, some keys not supported: PS3.4 Table K.4-1) for the last answer and would
    // release the association at once.
    response.setStatus(constants.Status.Pending);
  });
  const end = await converse(peer, [request], [], signal);
  if (status === constants.Status.Success) return answers;
  throw new PeerError(`Cannot ask ${name(peer)} for the worklist: ${unanswered(end, status, "a Modality Worklist")}`);
}

/** Why a request got no success: a status, a refused context, or an association that broke off. */
function unanswered(end: "released" | "broken off", status: number | undefined, service: string): string {
  if (status !== undefined && !isPending(status)) return `it answered with status ${hexadecimal(status)}, see its log`;
  if (end === "broken off") return "it broke off before it had answered, see its log";
  return `it does not offer ${service} there, check the port`;
}

interface Answer {
  getStatus(): number;
  setStatus(status: number): void;
  getDataset(): { getElements(): Record<string, unknown> } | undefined;
}

function isPending(status: number): boolean {
  return status === 0xff00 || status === 0xff01;
}

/**
 * C-STORE (PS3.4 Annex B) of objects in one association, each in a presentation context of its own transfer syntax: none
 * is ever transcoded.
 *
 * @returns for each object undefined when it was accepted (with or without a warning), else why not
 * @throws PeerError when the peer cannot be reached or refuses the association
 */
export async function store(
  peer: Peer,
  objects: StoredObject[],
  signal?: AbortSignal,
): Promise<(string | undefined)[]> {
  const outcomes: (string | undefined)[] = objects.map(() => "the association ended before it was answered");
  const sends = objects.map((object, index) => {
    const request = new requests.CStoreRequest(new Dataset(object.elements, object.transferSyntax));
    request.on("response", (response: { getStatus(): number }) => {
      const status = response.getStatus();
      const accepted = status === constants.Status.Success || (status & 0xf000) === 0xb000;
      outcomes[index] = accepted ? undefined : `refused with status ${hexadecimal(status)}`;
    });
    return request;
  });
  const contexts = objects.map((object) => ({
    abstractSyntax: String(object.elements.SOPClassUID),
    transferSyntax: object.transferSyntax,
  }));

  // The library proposes Implicit VR beside each request it knows of before the association is made, and the peer might
  // choose it. So it first knows of a C-ECHO only, and of the objects when their own contexts have been accepted.
  await converse(peer, [new requests.CEchoRequest()], contexts, signal, (accepted) => {
    return sends.filter((_, index) => {
      const { abstractSyntax, transferSyntax } = contexts[index]!;
      const agreed = accepted.some((context) =>
        context.abstractSyntax === abstractSyntax && context.transferSyntax === transferSyntax
      );
      if (!agreed) outcomes[index] = `not wanted: the peer does not accept ${abstractSyntax} as ${transferSyntax}`;
      return agreed;
    });
  });
  return outcomes;
}

interface Context {
  abstractSyntax: string;
  transferSyntax: string;
}

/**
 * One association: connect, negotiate, send the requests one after the other, release.
 *
 * @param more called with the accepted contexts; gives further requests for the same association
 * @returns whether the association was released as it should, or broken off by the peer
 * @throws PeerError when there was no association
 */
function converse(
  peer: Peer,
  first: InstanceType<typeof requests.Request>[],
  contexts: Context[],
  signal?: AbortSignal,
  more?: (accepted: Context[]) => InstanceType<typeof requests.Request>[],
): Promise<"released" | "broken off"> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let connected = false;
    let associated = false;
    let released = false;

    const settle = (finish: () => void) => {
      signal?.removeEventListener("abort", stop);
      finish();
    };
    const stop = () => {
      socketOf(client)?.destroy();
      settle(() => reject(signal!.reason));
    };
    const fail = (error: PeerError) => settle(() => reject(error));

    client.on("connected", () => connected = true);
    client.on("associationAccepted", (agreed: Agreed) => {
      associated = true;
      // An exception here would end the process: it would leave the library's socket handler.
      try {
        for (const request of more?.(acceptedContexts(agreed)) ?? []) client.addRequest(request);
      } catch (error) {
        socketOf(client)?.destroy();
        settle(() => reject(error));
      }
    });
    client.on("associationRejected", (rejection: { reason: number; source: number }) => {
      fail(new PeerError(`Cannot talk to ${name(peer)}: ${rejectionReason(rejection, peer)}`));
    });
    client.on("associationReleased", () => released = true);
    client.on("networkError", (error: Error) => {
      fail(new PeerError(`Cannot ${connected ? "talk to" : "reach"} ${name(peer)}: ${networkReason(error, peer)}`));
    });
    client.on("closed", () => {
      if (associated) return settle(() => resolve(released ? "released" : "broken off"));
      fail(
        new PeerError(
          `Cannot talk to ${name(peer)}: it closed the connection without an answer, check that this is a DICOM port`,
        ),
      );
    });

    if (signal?.aborted) return reject(signal.reason);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      for (const request of first) client.addRequest(request);
      for (const { abstractSyntax, transferSyntax } of contexts) {
        const context = new association.PresentationContext(0, abstractSyntax, transferSyntax);
        client.addAdditionalPresentationContext(context, true);
      }
      client.send(peer.host, peer.port, peer.callingAeTitle, peer.calledAeTitle, {
        ...TIMEOUTS,
        datasetWriteOptions: WRITE_OPTIONS,
      });
      socketOf(client)?.setNoDelay(true);
    } catch (error) {
      settle(() => reject(error));
    }
  });
}

interface Agreed {
  getPresentationContexts(): { id: number }[];
  getPresentationContext(id: number): {
    getResult(): number;
    getAbstractSyntaxUid(): string;
    getAcceptedTransferSyntaxUid(): string | undefined;
  };
}

function acceptedContexts(agreed: Agreed): Context[] {
  return agreed.getPresentationContexts()
    .map(({ id }) => agreed.getPresentationContext(id))
    .filter((context) => context.getResult() === constants.PresentationContextResult.Accept)
    .map((context) => ({
      abstractSyntax: context.getAbstractSyntaxUid(),
      transferSyntax: context.getAcceptedTransferSyntaxUid() ?? "",
    }));
}

/** The library keeps its socket to itself; without it neither Nagle's delay nor a hanging peer could be ended. */
function socketOf(client: object): { setNoDelay(on: boolean): void; destroy(): void } | undefined {
  return (client as { network?: { socket?: { setNoDelay(on: boolean): void; destroy(): void } } }).network?.socket;
}

function name(peer: Peer): string {
  return `${peer.calledAeTitle} at ${peer.host}:${peer.port}`;
}

function hexadecimal(status: number): string {
  return status.toString(16).toUpperCase().padStart(4, "0");
}

/** PS3.8 Table 9-21 in words. */
function rejectionReason(rejection: { reason: number; source: number }, peer: Peer): string {
  if (rejection.source === 1 && rejection.reason === 7) {
    return `nobody there is called ${peer.calledAeTitle}, check the AE title (--ae-title)`;
  }
  if (rejection.source === 1 && rejection.reason === 3) {
    return `it does not know a machine called ${peer.callingAeTitle}, admit that AE title there`;
  }
  if (rejection.source === 3) return "it is too busy for another connection, try again later";
  return `it refused the association (source ${rejection.source}, reason ${rejection.reason}), see its log`;
}

function networkReason(error: Error, peer: Peer): string {
  if (/ECONNREFUSED|refused/i.test(error.message)) {
    return `nothing listens on port ${peer.port}, check that it is running and the port is right`;
  }
  if (/ENOTFOUND|EAI_AGAIN|lookup/i.test(error.message)) return "no such host, check the name or use the IP address";
  if (/timeout|timed out|ETIMEDOUT/i.test(error.message)) {
    return "it does not answer, check the address, the network cable and the firewall";
  }
  if (/EHOSTUNREACH|ENETUNREACH|unreachable/i.test(error.message)) {
    return "there is no way to it in this network, check the address and the network cable";
  }
  return `${error.message.replace(/^.*-> /, "")}, check the network and the other side's log`;
}
