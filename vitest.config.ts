import { defineConfig } from 'vitest/config'

/** No test asks a registry for testcontainers' reaper: what a test starts, it removes by itself. */
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'

const MINUTE = 60_000

export default defineConfig({
  test: {
    // By default one processor would be left idle.
    maxWorkers: '100%',
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/global-setup.ts'],
          testTimeout: 2 * MINUTE,
          hookTimeout: 3 * MINUTE,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 5 * MINUTE,
          hookTimeout: 5 * MINUTE,
          // One environment, one file after the other: two clusters at once are more than two cores can hold.
          fileParallelism: false,
        },
      },
    ],
  },
})
