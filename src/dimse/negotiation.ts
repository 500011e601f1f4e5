import {
  type AnsweredContext,
  type AssociateAccept,
  type AssociateRequest,
  ContextResult,
  ownUserInformation,
  type ProposedContext,
} from "./pdu.ts";
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

/**
 * What is agreed on with who asks for an association: contexts, roles (PS3.7 D.3.3.4), and what the services add.
 *
 * @param maxPduLength the largest P-DATA-TF body to take, bytes
 * @param verified whether the peer has proved who it is
 */
export function agreeOn(
  { contexts, user }: AssociateRequest,
  services: readonly Service[],
  maxPduLength: number,
  verified: boolean,
): { served: Map<number, ServedContext>; accept: AssociateAccept } {
  const { answers, served } = negotiate(contexts, services);
  const roles = user.roles.flatMap((role) => {
    const service = services.find((one) => one.accept(role.sopClassUid, []) !== "abstract syntax");
    const answer = service?.roles?.(role);
    return answer ? [answer] : [];
  });
  const extended = new Map<string, Uint8Array>();
  for (const { abstractSyntax, service } of served.values()) {
    const proposed = user.extended.get(abstractSyntax);
    const answer = proposed && service.extend?.(abstractSyntax, proposed);
    if (answer) extended.set(abstractSyntax, answer);
  }
  const identityVerified = verified && user.userIdentity?.responseRequested === true;
  const own = { ...ownUserInformation(maxPduLength, roles), extended, identityVerified };
  return { served, accept: { contexts: answers, user: own } };
}
