export { KeyedRandom, PURPOSES, type Purpose, SIGN_BLOCK, streamOf } from './keyed-random.js';
export { philox4x32 } from './philox.js';
