/** What transformers did in the experiments of this package: claims about stored runs and about new ones, not about all transformers. */
import { join } from 'node:path';
import { STORED, type StoredResult } from '../experiments/index.js';
import { ADAMW, type Claim, packageRoot, type Size, type World } from '../src/index.js';
import { observedFalsely } from './shared/experiment-evidence.js';
import { pAboveThird } from './shared/falsifiers/index.js';
import { reRunEvidence } from './shared/re-run-evidence.js';
import { storedRunEvidence } from './shared/stored-run-evidence.js';

/** What is claimed of the runs of one experiment. */
interface Statement {
  /** Of the experiment, without `transformer-`. */
  readonly name: string;
  readonly title: string;
  readonly statement: string;
  /** Hypotheses beyond those of all these claims. */
  readonly assumptions: readonly string[];
  readonly expected?: 'holds' | 'refuted';
  /** Settings of a new run in a world where p may exceed 1/3. */
  readonly aboveThird?: object;
}

const STATEMENTS: readonly Statement[] = [
  {
    name: 'parity',
    title: 'Next-token prediction leaves short answers at chance, reinforcement learning then makes long right ones',
    statement: String.raw`p = \tfrac14: \text{ greedy answers are } (\pm 1, \mathrm{EOS}), \text{ right on half of } x, \text{ after next-token prediction; of length } d \text{ and right after rounds of reinforcement learning}`,
    assumptions: [
      'below p = 1/3; reward r_cot, sampling at temperature 1',
      'the size full has the d = 50 of the paper; its model is the smaller one that is listed here',
    ],
    aboveThird: { pCot: 0.5 },
  },
  {
    name: 'threshold',
    title: 'Greedy answers of trained transformers turn long near p = 1/3, sampled ones are long with probability p',
    statement: String.raw`\text{greedy long} \approx \mathbf{1}[p > \tfrac13], \quad P(|y| = d) \approx p \text{ after next-token prediction on } D(p)`,
    assumptions: [
      'near 1/3 means where the checks say; the theorem is about the chain of linear models (theorem-1.greedy-threshold)',
      'the new run has no p near 1/3 and says nothing about where between its two p the jump lies',
    ],
  },
  {
    name: 'algorithms',
    title: 'STaR, REINFORCE and GRPO, with either reward, each reach right greedy answers',
    statement: String.raw`p < \tfrac13: \text{ greedy accuracy } \tfrac12 \text{ after next-token prediction}, \approx 1 \text{ after rounds of each algorithm with } r_{cot} \text{ and with } r_{e2e}`,
    assumptions: [
      'one learning rate for all algorithms, tuned for none; no ratio is clipped and no KL is penalised, since each batch of responses is used for one update (STaR: two epochs)',
    ],
  },
  {
    name: 'temperature',
    title: 'At sampling temperatures around 1 post-training succeeds all the same',
    statement: String.raw`p < \tfrac13,\ T \text{ around } 1: \text{ greedy accuracy } \approx 1 \text{ after rounds of STaR and of GRPO, with } r_{cot} \text{ and with } r_{e2e}`,
    assumptions: [
      'at the temperatures of the checks: around 1 every way succeeds; at 1.5 STaR with r_e2e does not, the exception that the paper notes, and growth is slower',
      'T = .5 is run and drawn, and nothing is claimed of it: at p = .2 it begins in the fixed point of the linear map, from which seeds part',
    ],
  },
  {
    name: 'timing',
    title: 'Post-training that begins before long answers are right fails where a later beginning succeeds',
    statement: String.raw`P(\text{right} \mid \text{long}) \text{ small at the start}: \text{ greedy accuracy stays below } 1 \text{ for the rounds that suffice where it is large}`,
    assumptions: [
      'for the rounds of the run: that more of them never succeed is not claimed (post-training.too-early)',
    ],
  },
  {
    name: 'capacity',
    title: 'Deeper and wider transformers stay short below p = 1/3, too',
    statement: String.raw`p < \tfrac13: \text{ greedy answers are short, right on half of } x, \text{ at every depth and width}`,
    assumptions: [
      'at the depths and widths of the runs, all of them small, and at p = .2; no run here has p above 1/3',
    ],
  },
  {
    name: 'partial-chains',
    title:
      'Below p = 1/3 next-token prediction on whole chains stays at chance; that partial chains cure it is not claimed',
    statement: String.raw`p = \tfrac14,\ \text{leap } 1: \text{ greedy accuracy } \approx \tfrac12 \text{ after next-token prediction}`,
    assumptions: [
      'arXiv:2510.11495 reports that with leap 2 next-token prediction alone suffices: that statement is no part of this claim, which is about whole chains (leap 1); rows of larger leaps are stored and drawn beside them (docs/experiments.md)',
      'in the chain of linear models short answers stay at chance for every leap',
    ],
  },
  {
    name: 'small-p',
    title: 'Where long demonstrations are rare, the rounds of STaR are about those of the linear chain',
    statement: String.raw`\big| n - \big(\lfloor \log_2 \tfrac{1-p}{2p} \rfloor + 1\big) \big| \text{ is small for the first round } n \text{ with right greedy answers}`,
    assumptions: ['pre-training sees as many long demonstrations at each p; reward r_cot'],
  },
  {
    name: 'star-map',
    title: 'A round of STaR takes the long fraction q to about 2q / (1 + q)',
    statement: String.raw`q_{n+1} \approx \frac{2 q_n}{1 + q_n}`,
    assumptions: [
      'in the mean of the misses of all rounds and seeds; the map is exact for the accepted responses if long ones are right and short ones half of the time (lemma.star-cot-map, lambda -> 0)',
    ],
  },
];

const OPTIMISER =
  `models trained from scratch in float32 by AdamW (beta ${ADAMW.beta1} and ${ADAMW.beta2}, weight decay ${ADAMW.weightDecay}, gradient norm clipped at ` +
  `${ADAMW.clip}) on fresh demonstrations; the optimiser begins anew with post-training`;

function claimOn(claim: Statement, root: string): Claim {
  const { name, title, statement, assumptions, expected, aboveThird } = claim;
  const results = STORED.filter(({ experiment }) => experiment.name === `transformer-${name}`);
  const { experiment } = results[0]!;
  const settingsIn = ({ hypotheses }: World) => (hypotheses.pAtMostThird ? {} : { ...aboveThird });
  return {
    id: `empirical.${name}`,
    title,
    source: 'Experiments with transformers of arXiv:2510.11495, at the sizes of this package',
    statement,
    assumptions: [
      ...assumptions,
      ...results.map((result) => `the stored run of size ${result.size}: ${sizeText(result, result.size)}`),
      `the new run, at thorough effort: ${sizeText(results[0]!, 'smoke')}, fresh ones`,
      OPTIMISER,
      'the claim is about these runs and their seeds, not about all transformers, sizes and ways of training; the bound over seeds takes them for independent draws of one kind',
    ],
    ...(expected ? { expected } : {}),
    evidence: [
      ...results.map((result) => storedRunEvidence(root, result)),
      reRunEvidence(experiment, {
        falsifiers: [...observedFalsely(experiment), ...(aboveThird ? [pAboveThird] : [])],
        settingsIn,
      }),
    ],
  };
}

function sizeText({ experiment }: StoredResult, size: Size): string {
  const { settings, seeds } = experiment.sizes[size];
  const texts = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  return `${texts.join(', ')}; ${seeds} seeds`;
}

/**
 * The claims on experiments with transformers.
 *
 * @param root where the stored runs and their checksums are
 */
export function empiricalClaims(root: string): readonly Claim[] {
  return STATEMENTS.map((statement) => claimOn(statement, root));
}

export const empirical = empiricalClaims(join(packageRoot(), 'experiments', 'results'));
