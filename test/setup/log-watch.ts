// Around the whole run: a folder in which logs and secrets are gathered (gathered-logs.ts), and at the end the search of the
// former for the latter. One line of a log with a token, a password or a code in it fails the run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findLeaks, GATHERED } from './gathered-logs.ts'

/** Lines shown of what was found. */
const SHOWN = 20

export default function watchLogs(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'recado-gathered-'))
  process.env[GATHERED] = folder
  return () => {
    const { leaks, secrets, searched } = findLeaks(folder)
    rmSync(folder, { recursive: true, force: true })
    if (leaks.length > 0) {
      const lines = leaks.slice(0, SHOWN).map(({ file, secret, line }) => `${file}: "${secret}" in ${line}`)
      throw new Error(`Secrets in the logs of servers, ${leaks.length} times:\n${lines.join('\n')}`)
    }
    if (secrets > 0) console.log(`No secret in the logs: ${secrets} searched for in ${searched} characters.`)
  }
}
