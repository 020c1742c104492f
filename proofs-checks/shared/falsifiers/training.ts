/** Falsehoods about SGD. */
import { type LearnerFactory, loops, type World } from '../../../src/index.js';
import { TextbookSgd } from '../textbook-sgd.js';
import { planted } from './planting.js';

export const sgdWithoutDecay = planted('sgd-without-decay', 'SGD does not decay the weights', () =>
  trainedBy((options) => new TextbookSgd(options, 'no decay')),
);

export const averageOneLate = planted('average-one-late', 'the average leaves out its first iterate', () =>
  trainedBy((options) => new TextbookSgd(options, 'average one late')),
);

function trainedBy(learner: LearnerFactory): Partial<World> {
  return { learner, kernels: loops(learner) };
}
