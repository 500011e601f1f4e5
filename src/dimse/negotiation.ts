import type { AnsweredContext, ProposedContext } from "./pdu.ts";
import { ContextResult } from "./pdu.ts";
import type { AcceptedContext, Service } from "./service.ts";

/** A context both sides agreed on, with the service that will answer on it. */
export interface ServedContext extends AcceptedContext {
  service: Service;
}

/**
 * Answers each proposed presentation context (PS3.8 9.3.2.2): the first service that knows its abstract syntax
 * chooses among its transfer syntaxes. Ids must be odd and stand once; others are refused one by one, so that the
 * rest of a sloppy proposal still works.
 */
export function negotiate(
  proposed: readonly ProposedContext[],
  services: readonly Service[],
): { answers: AnsweredContext[]; served: Map<number, ServedContext> } {
  const served = new Map<number, ServedContext>();
  const answers = proposed.map((context): AnsweredContext => {
    const refused = (result: AnsweredContext["result"]): AnsweredContext => ({
      id: context.id,
      result,
      transferSyntax: context.transferSyntaxes[0] ?? "", // not significant when refused, but must be there
    });
    if (context.id % 2 === 0 || served.has(context.id)) return refused(ContextResult.NO_REASON);
    let known = false;
    for (const service of services) {
      const choice = service.accept(context.abstractSyntax, context.transferSyntaxes);
      if (choice === "abstract syntax") continue;
      known = true;
      if (choice === "transfer syntaxes") continue;
      served.set(context.id, {
        id: context.id,
        abstractSyntax: context.abstractSyntax,
        transferSyntax: choice,
        service,
      });
      return { id: context.id, result: ContextResult.ACCEPTED, transferSyntax: choice.uid };
    }
    return refused(
      known ? ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED : ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED,
    );
  });
  return { answers, served };
}
