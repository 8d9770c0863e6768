// The whole table.
import type { Row } from '../row.ts'
import { CHAT } from './chat.ts'
import { FRAMES } from './frames.ts'
import { BREAKING, OPERATIONS } from './messages.ts'
import { PROBES } from './probes.ts'
import { REQUESTS } from './requests.ts'
import { UPGRADES } from './upgrades.ts'

export const ROWS: readonly Row[] = [
  ...FRAMES,
  ...UPGRADES,
  ...BREAKING,
  ...OPERATIONS,
  ...REQUESTS,
  ...CHAT,
  ...PROBES,
]
