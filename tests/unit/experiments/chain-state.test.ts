import { expect, it } from 'vitest';
import { chainFrom, chainState } from '../../../experiments/shared/chain-state.js';
import type { TrainedChain, TrialState } from '../../../src/index.js';
import { denseChain } from '../../fixtures/dense-chain.js';

const chain: TrainedChain = { model: denseChain(5, 1, 0.3), steps: 700, longSteps: 123 };

it('a chain is the same after it was a state, and neither shares memory with the other', () => {
  const state = chainState(chain, 'student');
  const back = chainFrom(state, 'student');
  expect(back).toEqual(chain);
  state.arrays['student.w1']![0] = 99;
  expect(back.model.first).toEqual(chain.model.first);
});

it('two chains of one state are told apart by their names', () => {
  const other = { ...chain, steps: 701, model: denseChain(4, 2, 0.3) };
  const [a, b] = [chainState(chain, 'a'), chainState(other, 'b')];
  const both: TrialState = { values: { ...a.values, ...b.values }, arrays: { ...a.arrays, ...b.arrays } };
  expect(chainFrom(both, 'a')).toEqual(chain);
  expect(chainFrom(both, 'b')).toEqual(other);
});

it('a state without all of a chain is refused', () => {
  const { values, arrays } = chainState(chain);
  const { 'chain.w3': _, ...some } = arrays;
  expect(() => chainFrom({ values, arrays: some })).toThrow('chain.w3 has no entries; it must have 13');
  expect(() => chainFrom({ values: { ...values, 'chain.steps': null }, arrays })).toThrow('chain.steps is missing');
  expect(() => chainFrom({ values: { ...values, 'chain.steps': 'x' }, arrays })).toThrow('chain.steps is x');
});
