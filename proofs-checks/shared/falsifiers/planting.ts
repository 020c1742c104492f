/** Worlds with one thing changed. */
import type { Falsifier, FeatureMap, Hypotheses, Theory, World } from '../../../src/index.js';

export function planted(id: string, description: string, change: (world: World) => Partial<World>): Falsifier {
  return { id, description, plant: (world) => ({ ...world, ...change(world) }) };
}

export function withTheory(id: string, description: string, change: (theory: Theory) => Partial<Theory>): Falsifier {
  return planted(id, description, ({ theory }) => ({ theory: { ...theory, ...change(theory) } }));
}

export function dropped(id: string, description: string, change: Partial<Hypotheses>): Falsifier {
  return planted(id, description, ({ hypotheses }) => ({ hypotheses: { ...hypotheses, ...change } }));
}

export function withFeatures(
  id: string,
  description: string,
  erase: (phi: Float64Array, plain: number, stop: boolean, d: number) => void,
): Falsifier {
  return planted(id, description, ({ features }) => {
    const falsified: FeatureMap = (predictor, context, d) => {
      const phi = features(predictor, context, d);
      const plain = predictor === 'stop' ? d + 1 : d + predictor - 1;
      erase(phi, plain, predictor === 'stop', d);
      return phi;
    };
    return { features: falsified };
  });
}
