// One suite for `npm test`; files run in parallel processes, and each test file owns its servers, folders and ports.
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/setup/order.ts'

// Where .ci/run wants the counts, as JSON.
const report = process.env.REPORT

export default defineConfig({
  resolve: {
    // graphql-js has a CommonJS and an ES build; two of them in one process don't know each other's schemas. Node takes
    // the former for every package, so tests do too.
    alias: [{ find: /^graphql$/, replacement: new URL('node_modules/graphql/index.js', import.meta.url).pathname }],
  },
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    // The latter looks for secrets in all that servers have logged.
    globalSetup: ['test/setup/run.ts', 'test/setup/log-watch.ts'],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // For the two processors that CI has: much of what they do is waiting for servers, browsers and clocks. With four, browsers
    // and clusters keep each other from answering in time.
    maxWorkers: 3,
    // Browsers and whole clusters on two cores: what fails is tried once more, and the report says so.
    retry: 1,
    // What never comes ends a test; how long a busy machine takes does not.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
})
