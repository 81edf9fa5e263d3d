import fs from 'node:fs';
import os from 'node:os';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));

export default defineConfig({
  define: { __MLLDC_VERSION__: JSON.stringify(version) },
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/global-setup.ts',
    // Most tests wait for processes they started, so two run at a time on two cores as well.
    maxWorkers: Math.max(2, os.availableParallelism() - 1),
    // The suites of the command line and the sandbox start whole processes.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { NO_COLOR: '1' },
    coverage: {
      include: ['compiler/**/*.ts', 'runtime/**/*.ts', 'cli/**/*.ts'],
      exclude: ['**/generated/**', 'compiler/diagnostics/generated.ts'],
    },
  },
});
