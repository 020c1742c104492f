import { defineConfig } from 'vitest/config';
import { offerSoftwareGpu } from './tests/fixtures/software-gpu.js';

offerSoftwareGpu();

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'docs/examples/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    // Most of the time goes to tests that start commands of their own and wait for them.
    maxWorkers: '100%',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
