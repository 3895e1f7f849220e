import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Also on two cores both are used; most of the time is that of the programs that the tests start.
    maxWorkers: 3,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    setupFiles: ['test/setup.ts'],
    // Both cores are busy with real work in some tests.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
