/** Statements of the paper that have their row, and no evidence here. */
import type { Claim } from '../src/index.js';

export const notChecked: readonly Claim[] = [
  {
    id: 'theorem-2.paper-polynomial',
    title: "The paper's own polynomial number of samples a round",
    source: 'Theorem 2',
    statement: String.raw`T = \mathrm{poly}(d) \text{ samples a round suffice, with the polynomial of the paper}`,
    assumptions: ['as in the paper'],
    evidence: [],
    notChecked:
      'its full text was not to hand, so its degree and constants are not known here; theorem-2.polynomial-samples has a bound of this project',
  },
  {
    id: 'other-tasks.multiplication',
    title: 'Models trained on long multiplication need demonstrations that are not too rare',
    source: 'Experiments of arXiv:2510.11495 on other tasks',
    statement: String.raw`n\text{-digit multiplication: reinforcement learning succeeds after next-token prediction but for 7 digits at } p = .1`,
    assumptions: ['transformers trained from scratch'],
    evidence: [],
    notChecked: 'this package has the parity task alone',
  },
  {
    id: 'other-tasks.language-models',
    title: 'Pretrained language models behave alike on mixtures of short and long solutions',
    source: 'Experiments of arXiv:2510.11495 with Llama-3.2-3B and 3.1-8B',
    statement: String.raw`\text{GSM8K and MATH: length and accuracy grow under reinforcement learning after fine-tuning on the mixture}`,
    assumptions: ['models of billions of parameters'],
    evidence: [],
    notChecked: 'such models do not run on the machines that this package is made for',
  },
];
