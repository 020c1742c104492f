import { defineConfig } from 'vitest/config';

/** The tests that src/theory and src/chain are mutated under: those that look at their numbers and end soon. */
export default defineConfig({
  test: {
    include: [
      'tests/unit/theory/**/*.test.ts',
      'tests/unit/chain/**/*.test.ts',
      'tests/equivalence/closed-form-enumeration.test.ts',
      'tests/equivalence/policy-gradient.test.ts',
      'tests/properties/**/*.test.ts',
    ],
    setupFiles: ['tests/setup.ts'],
    // Instrumented code is slow.
    testTimeout: 600_000,
    // A mutant is switched on by a variable: modules need not be loaded anew for each.
    isolate: false,
  },
});
