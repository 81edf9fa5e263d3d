import fs from 'node:fs';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8'));

export default defineConfig({
  define: { __MLLDC_VERSION__: JSON.stringify(version) },
  test: {
    include: ['tests/**/*.test.ts'],
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
