// The search of all logs for all secrets, which ends every run of the tests (test/setup/log-watch.ts): that it sees what
// servers log, knows what tests keep secret, and finds it.
import { appendFileSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { startServerChild } from '../setup/child.ts'
import { findLeaks, GATHERED } from '../setup/gathered-logs.ts'
import { data, enter } from '../setup/request.ts'
import { startTestServer } from '../setup/server.ts'
import { stockClient } from '../setup/stock.ts'

const gathered = process.env[GATHERED] ?? ''
const made: string[] = []
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'recado-leaks-'))
  made.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** What this process has gathered so far, in a folder of its own. */
function ownCopy(): string {
  const copy = folder()
  for (const file of globSync(`${process.pid}*`, { cwd: gathered })) cpSync(join(gathered, file), join(copy, file))
  return copy
}
const logs = (dir: string): string =>
  globSync('*.log', { cwd: dir })
    .map(file => readFileSync(join(dir, file), 'utf8'))
    .join('')
const secrets = (dir: string): string[] =>
  globSync('*.secrets', { cwd: dir }).flatMap(file =>
    readFileSync(join(dir, file), 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
  )

describe('what is gathered', () => {
  test('is the log of a server in this process and of one in its own, and each secret that was used with them', async () => {
    const PASSWORD = 'a password of this test alone'
    const server = await startTestServer()
    const ana = await enter(server.graphql, 'ana', PASSWORD)
    const client = stockClient(server.socket, ana.token)
    const offered = await client.run('mutation { pairDevice { code } }')
    await client.dispose()
    await server.close()
    const dataDir = folder()
    const child = await startServerChild({ dataDir })
    const { enter: entered } = await data(child.graphql, 'mutation { enter(username: "bia") { token } }')
    await child.stop('SIGTERM')

    const copy = ownCopy()
    expect(logs(copy).match(/"msg":"listening"/g)?.length).toBeGreaterThanOrEqual(2)
    const { code } = offered.data.pairDevice
    const known = secrets(copy)
    for (const secret of [PASSWORD, ana.token, code, code.replace('-', ''), entered.token])
      expect(known).toContain(secret)
    // The keys of both data folders, as hex.
    expect(known.filter(secret => /^[0-9a-f]{64}$/.test(secret)).length).toBeGreaterThanOrEqual(2)
    expect(findLeaks(copy)).toMatchObject({ leaks: [] })
    expect(findLeaks(copy).searched).toBeGreaterThan(500)

    // And each of them would be found.
    for (const secret of known) {
      appendFileSync(join(copy, 'more.log'), `{"level":"info","msg":"x ${secret} y"}\n`)
      expect(findLeaks(copy).leaks.map(leak => leak.secret)).toContain(secret)
      writeFileSync(join(copy, 'more.log'), '')
    }
  })
})

describe('a secret', () => {
  const search = (secret: string, log: string) => {
    const dir = folder()
    writeFileSync(join(dir, '1.secrets'), `${JSON.stringify(secret)}\n`)
    writeFileSync(join(dir, 'a.log'), log)
    return findLeaks(dir).leaks
  }

  test.each([
    [
      'as it is',
      'abcdefgh-12345',
      'one\n{"url":"/x?token=abcdefgh-12345&y"}\nthree',
      '{"url":"/x?token=abcdefgh-12345&y"}',
    ],
    ['at the very end', 'abcdefgh-12345', 'xabcdefgh-12345', 'xabcdefgh-12345'],
    ['as JSON', 'with "quotes" in it', '{"x":"with \\"quotes\\" in it"}\n', '{"x":"with \\"quotes\\" in it"}'],
    ['in a URL', 'with a space', 'GET /?p=with%20a%20space', 'GET /?p=with%20a%20space'],
  ])('is found %s', (_, secret, log, line) => {
    expect(search(secret, log)).toEqual([{ file: 'a.log', secret, line }])
  })

  test('is not found where it is not', () => {
    expect(search('abcdefgh-12345', 'abcdefgh-1234\nabcdefgh\n')).toEqual([])
  })
})
