// Writes docs/audits.md from the audits. `npm run docs`.
import { writeFileSync } from 'node:fs'
import { allAudits } from '../../audit/all.ts'
import { describeAudits } from '../../audit/document.ts'

writeFileSync(new URL('../audits.md', import.meta.url), describeAudits(await allAudits()))
