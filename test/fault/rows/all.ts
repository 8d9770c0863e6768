// Every row of the fault table, in its order.
import { clientFallback, clientKilled, clientResume } from './client.ts'
import { clock, clockNodes } from './clock.ts'
import { diskFull, fsyncFails, readOnly } from './disk.ts'
import { drainAlone } from './drain.ts'
import { backupRestored, corruptFile, secondServer } from './files.ts'
import { fsyncOrder } from './fsync-order.ts'
import { kill } from './kill.ts'
import { leave, leaveNodes } from './leave.ts'
import { lostAnswers } from './lost-answers.ts'
import { OVER_REDIS } from './over-redis.ts'
import { readers } from './readers.ts'
import type { Row } from './row.ts'
import { seam } from './seam.ts'
import { storm } from './storm.ts'
import { writerDies } from './writer.ts'

export const ROWS: readonly Row[] = [
  kill,
  fsyncOrder,
  diskFull,
  readOnly,
  fsyncFails,
  corruptFile,
  secondServer,
  writerDies,
  backupRestored,
  ...OVER_REDIS,
  seam,
  lostAnswers,
  readers,
  clock,
  clockNodes,
  drainAlone,
  storm,
  leave,
  leaveNodes,
  clientResume,
  clientKilled,
  clientFallback,
]
