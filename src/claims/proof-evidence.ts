import { part } from '../progress/index.js';
import { type Falsehood, falsified, type Obligation, type ProofResult, prove } from '../smt/index.js';
import type { Evidence, Falsifier, Outcome } from './claim.js';

/**
 * Evidence by an SMT solver: each obligation is proved for all real values of its variables. Holds if all are; refuted with
 * numbers that satisfy the hypotheses and not the goal; inconclusive if the solver gives up or hypotheses contradict each
 * other. Its falsifiers are the falsehoods of the obligations.
 *
 * @throws RangeError if an id cannot name a file, or an obligation has no falsehood
 */
export function proofEvidence(obligations: readonly Obligation[]): Evidence {
  for (const obligation of obligations) requireFalsifiable(obligation);
  return {
    id: 'smt',
    kind: 'proof',
    description: `For all real values, by an SMT solver (docs/proofs.md): the hypotheses and the negated goal are unsatisfiable together, the hypotheses alone satisfiable. ${obligations.map(({ id, title }) => `\`${id}\`: ${title}`).join('. ')}.`,
    falsifiers: obligations.flatMap((obligation) =>
      obligation.falsehoods.map((falsehood) => falsifierOf(obligation, falsehood)),
    ),
    obligations,
    async run(world, context) {
      const open: string[] = [];
      for (const [i, obligation] of obligations.entries()) {
        const watch = part(context, i, obligations.length);
        watch.onProgress?.(0);
        const result = await prove(world.obligation(obligation), watch);
        if (result.status === 'refuted') return refutation(obligation.id, result);
        if (result.status === 'open') open.push(`${obligation.id}: ${result.reason}`);
      }
      const proved = `${obligations.length - open.length} of ${obligations.length} proved`;
      if (open.length > 0) return { verdict: 'inconclusive', detail: open.join('; '), margin: proved };
      const detail = `for all real values: ${obligations.map(({ id }) => `${id} proved`).join(', ')}`;
      return { verdict: 'holds', detail, margin: proved };
    },
  };
}

function requireFalsifiable({ id, falsehoods }: Obligation): void {
  if (!/^[A-Za-z0-9-]+$/.test(id)) throw new RangeError(`id is "${id}"; it must consist of letters, digits and dashes`);
  if (falsehoods.length === 0) throw new RangeError(`falsehoods of ${id} is empty; there must be at least one`);
}

function refutation(obligation: string, { counterexample }: ProofResult & { readonly status: 'refuted' }): Outcome {
  const shown = Object.entries(counterexample).map(([name, value]) => `${name} = ${value}`);
  return {
    verdict: 'refuted',
    detail: `${obligation} fails at ${shown.join(', ')}`,
    margin: 'counterexample',
    counterexample: { obligation, ...counterexample },
  };
}

function falsifierOf(obligation: Obligation, falsehood: Falsehood): Falsifier {
  return {
    id: `${obligation.id}/${falsehood.id}`,
    description: falsehood.description,
    plant: (world) => ({
      ...world,
      obligation: (asked) => (asked.id === obligation.id ? falsified(asked, falsehood) : world.obligation(asked)),
    }),
  };
}
