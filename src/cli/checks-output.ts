import type { Check } from '../runs/index.js';
import { colour } from './output.js';

/** Each expectation with what was found, two lines each. */
export function checksText(checks: readonly Check[]): string {
  return checks.map(({ expected, holds, found }) => `${verdict(holds)}  ${expected}\n             ${found}`).join('\n');
}

function verdict(holds: boolean | null): string {
  if (holds === null) return colour(33, 'undecided  ');
  return holds ? colour(32, 'as expected') : colour(31, 'unexpected ');
}
