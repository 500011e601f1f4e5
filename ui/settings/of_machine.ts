import type { Machine } from "../../src/web/contract/machines.ts";
import { whyNot } from "../shared/action.ts";
import { useEffect, useState } from "../shared/html.ts";

/** Loads something of the machine anew whenever it asked or was changed. */
export function useOfMachine<Found>(machine: Machine, look: (id: { id: string }) => Promise<Found>) {
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let gone = false;
    look({ id: machine.id }).then((answer) => {
      if (gone) return;
      setFound(answer);
      setProblem("");
    }, (refusal) => {
      if (!gone) setProblem(whyNot(refusal));
    });
    return () => {
      gone = true;
    };
  }, [machine]);
  return { found, problem };
}
