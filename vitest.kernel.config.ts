import { defineConfig } from 'vitest/config';

/** Tests that ask a real kernel: root, namespaces, one file at a time. See test/kernel/README.md. */
export default defineConfig({
  test: {
    include: ['test/kernel/**/*.kernel.test.ts'],
    fileParallelism: false,
    testTimeout: 24 * 3_600_000,
    hookTimeout: 120_000,
    env: { NO_COLOR: '1', TZ: 'UTC' },
  },
});
