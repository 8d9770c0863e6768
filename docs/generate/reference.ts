// `npm run docs`: writes docs/reference from the schema, the tables of codes, the settings, the metrics' registry and the
// commands' own help. Nothing there is typed by hand; test/docs/reference.test.ts fails when a page is stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandsPage } from './reference/commands.ts'
import { errorsPage } from './reference/errors.ts'
import { metricsPage } from './reference/metrics.ts'
import { schemaPage } from './reference/schema.ts'
import { settingsPage } from './reference/settings.ts'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Every page of docs/reference as it has to be now: its path from the project's root, and its text. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
  const schema = read('schema.graphql')
  return new Map([
    ['docs/reference/schema.md', schemaPage(schema)],
    ['docs/reference/errors.md', errorsPage(schema, read('docs/PROTOCOL.md'))],
    ['docs/reference/settings.md', settingsPage()],
    ['docs/reference/metrics.md', await metricsPage()],
    ['docs/reference/commands.md', await commandsPage('en')],
    ['docs/reference/comandos.md', await commandsPage('pt')],
  ])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of await referencePages()) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), text)
  }
}
