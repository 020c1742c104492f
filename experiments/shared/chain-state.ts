import { type Predictor, type TrainedChain, type TrialState, weightsOf, zeroChain } from '../../src/index.js';

/** What a trained chain is, as values and arrays of a trial's state, whose names begin with `name`. */
export function chainState(chain: TrainedChain, name = 'chain'): TrialState {
  const { model, steps, longSteps } = chain;
  const arrays = predictors(model.d).map((predictor) => [
    arrayName(name, predictor),
    Float64Array.from(weightsOf(model, predictor)),
  ]);
  return {
    values: { [`${name}.d`]: model.d, [`${name}.steps`]: steps, [`${name}.longSteps`]: longSteps },
    arrays: Object.fromEntries(arrays),
  };
}

/** The chain that {@link chainState} wrote into a state. @throws RangeError if it is not there */
export function chainFrom(state: TrialState, name = 'chain'): TrainedChain {
  const empty = zeroChain(integerOf(state, `${name}.d`));
  const weights = (predictor: Predictor) => {
    const array = state.arrays[arrayName(name, predictor)];
    const { length } = weightsOf(empty, predictor);
    if (array?.length !== length) {
      throw new RangeError(
        `${arrayName(name, predictor)} has ${array?.length ?? 'no'} entries; it must have ${length}`,
      );
    }
    return Float64Array.from(array);
  };
  return {
    model: {
      ...empty,
      first: weights(1),
      stop: weights('stop'),
      next: empty.next.map((none, l) => (l < 2 ? none : weights(l))),
    },
    steps: integerOf(state, `${name}.steps`),
    longSteps: integerOf(state, `${name}.longSteps`),
  };
}

/** An integer of a state. @throws RangeError if it is none */
export function integerOf({ values }: TrialState, name: string): number {
  const value = values[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new RangeError(`${name} is ${value ?? 'missing'}; it must be an integer`);
  }
  return value;
}

function predictors(d: number): Predictor[] {
  return [1, 'stop', ...Array.from({ length: d - 1 }, (_, i) => i + 2)];
}

function arrayName(name: string, predictor: Predictor): string {
  return `${name}.${predictor === 'stop' ? 'stop' : `w${predictor}`}`;
}
