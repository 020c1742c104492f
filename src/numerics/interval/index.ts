export {
  absolute,
  add,
  around,
  between,
  contains,
  divide,
  exactly,
  exp,
  expm1,
  type Interval,
  log,
  log1p,
  multiply,
  negate,
  sigmoid,
  subtract,
} from './interval.js';
export { above, below } from './rounding.js';
