import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/build.ts'],
    // Both cores are busy with real work in some tests.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
