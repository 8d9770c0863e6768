// Writes the README's table of settings from server/config.ts. `npm run readme`.
import { readFileSync, writeFileSync } from 'node:fs'
import { describeSettings } from '../../server/config.ts'

const file = new URL('../../README.md', import.meta.url)
const readme = readFileSync(file, 'utf8')
const table = `<!-- settings -->\n${describeSettings('markdown')}\n<!-- /settings -->`
writeFileSync(
  file,
  readme.replace(/<!-- settings -->[\s\S]*?<!-- \/settings -->/, () => table),
)
