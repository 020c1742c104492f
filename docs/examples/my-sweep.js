// A sweep of one's own: `node docs/examples/my-sweep.js`.
//
// How often greedy decoding is long after two rounds of STaR, for chains that differ in p and in their seeds. The program is
// run for all chains together, on all cores; `chooseEngine` picks what `lengthwise train` would.

import { chooseEngine, trainBatch } from 'lengthwise';

const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
const probabilities = [0.1, 0.2, 0.3, 0.4];
const replicates = probabilities.flatMap((pCot) => seeds.map((seed) => ({ d: 10, pCot, lambda: 1e-3, seed })));

const program = {
  samples: 50_000,
  average: 'tail',
  freeConstant: false,
  jointLoss: false,
  star: { rounds: 2, samples: 50_000, reward: 'cot', start: 'fresh' },
  evaluate: 2000,
  temperature: 1,
};

const longShares = probabilities.map(() => [0, 0, 0]);
const choice = await chooseEngine({}, replicates, program);
const { engine } = await trainBatch(replicates, program, choice, {
  onStage: (i, { round, evaluation: { greedy } }) => {
    longShares[Math.floor(i / seeds.length)][round] += greedy.long / greedy.samples / seeds.length;
  },
});

console.log(`greedy answers that are long, by round, trained by ${engine.name} in ${engine.precision}`);
for (const [i, shares] of longShares.entries()) {
  console.log(`p = ${probabilities[i]}  ${shares.map((share) => share.toFixed(3)).join('  ')}`);
}
