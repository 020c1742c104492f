import fc from 'fast-check';
import { SEED } from './fixtures/seed.js';

// Without a seed of its own, a property would test something else on every run.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
