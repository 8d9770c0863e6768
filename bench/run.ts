// `npm run bench`: measures, and shows what was measured.

import { showTable, tables } from './report/terminal.ts'
import { fanOut } from './scenarios/fan-out.ts'
import { growth } from './scenarios/growth.ts'
import { idle } from './scenarios/idle.ts'
import { otherLibraries } from './scenarios/other-libraries.ts'
import { paced } from './scenarios/paced.ts'
import { sends } from './scenarios/sends.ts'

import { reconnect } from './scenarios/reconnect.ts'
import { pages } from './scenarios/pages.ts'
const all = [fanOut, paced, sends, idle, growth, otherLibraries, reconnect, pages]
for (const s of all.filter(s => process.argv.slice(2).includes(s.name))) {
  const t = performance.now()
  const r = await s.measure({ quick: true, runs: 1, huge: false, say: l => console.error(l) })
  for (const tab of tables({ ...s, ...r } as never)) console.log(showTable(tab) + '\n')
  console.log((performance.now() - t) / 1000)
}
process.exit()
