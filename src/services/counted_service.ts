import { CommandField, isPending, Status } from "../dimse/command.ts";
import { Refusal, type Request, type Service } from "../dimse/service.ts";

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(CommandField).map(([name, field]) => [field, name]));

/** How many operations ended with which status, by the name of their command. */
export class OperationCounts {
  readonly #counts = new Map<string, { command: string; status: string; count: number }>();

  /**
   * An operation has ended.
   *
   * @param field of the request (PS3.7 E)
   * @param status of its last response
   */
  ended(field: number, status: number): void {
    const command = NAMES.get(field) ?? "unknown";
    const key = `${command} ${status}`;
    let counted = this.#counts.get(key);
    if (counted === undefined) {
      counted = { command, status: status.toString(16).padStart(4, "0").toUpperCase(), count: 0 };
      this.#counts.set(key, counted);
    }
    counted.count += 1;
  }

  /** Since the start; commands as PS3.7 names them, statuses in words. */
  list(): { command: string; status: string; count: number }[] {
    return [...this.#counts.values()];
  }
}

/** The same service, with each operation counted by the status it ended with. */
export function counted(service: Service, counts: OperationCounts): Service {
  return {
    cancellable: service.cancellable,
    accept: (abstractSyntax, proposed) => service.accept(abstractSyntax, proposed),
    ...(service.roles && { roles: (proposed) => service.roles!(proposed) }),
    ...(service.extend && { extend: (abstractSyntax, proposed) => service.extend!(abstractSyntax, proposed) }),
    serve: async (request) => {
      let answered = false;
      const ended = (status: number) => {
        if (!answered && !isPending(status)) counts.ended(request.field, status);
        answered ||= !isPending(status);
      };
      try {
        await service.serve(watched(request, ended));
      } catch (error) {
        ended(error instanceof Refusal ? error.fields.status : Status.PROCESSING_FAILURE);
        throw error;
      }
    },
  };
}

function watched(request: Request, ended: (status: number) => void): Request {
  const { peer, context, command, field, hasData, data, association } = request;
  return {
    ...{ peer, context, command, field, hasData, data, association },
    get cancelled() {
      return request.cancelled;
    },
    answers: (fields) => request.answers(fields),
    respond: async (fields, data) => {
      await request.respond(fields, data);
      ended(fields.status);
    },
  };
}
