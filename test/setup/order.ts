// The long files first, so that the workers end together; a fresh checkout has no times of earlier runs to go by.
import type { TestSpecification } from 'vitest/node'
import { BaseSequencer } from 'vitest/node'

/** Those that take longest, the longest first; what is not here comes after, the larger files first. */
const LONG: readonly string[] = [
  'fault/nodes.test.ts',
  'browser/tabs.test.ts',
  'contract/sqlite.test.ts',
  'terminal/full.test.ts',
  'browser/panels.test.ts',
  'cli/moving.test.ts',
  'browser/states.test.ts',
  'browser/copy.test.ts',
  'audit/mutants.test.ts',
  'terminal/tail.test.ts',
  'browser/long-history.test.ts',
  'terminal/send.test.ts',
  'ops/cluster.test.ts',
  'browser/access.test.ts',
  'cli/recado.test.ts',
  'store/redis-faults.test.ts',
  'audit/audits.test.ts',
  'fault/rows.test.ts',
  'package/install.test.ts',
  'browser/notifications.test.ts',
  'hostile/bad-input.test.ts',
  'store/archive.test.ts',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex(file => moduleId.endsWith(`/test/${file}`))
      return at === -1 ? LONG.length : at
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
