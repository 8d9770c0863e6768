// What may change without a new major number, held against the schema as it was released.
import { readFileSync } from 'node:fs'
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createMasking } from '../../server/graphql/masking.ts'
import { data } from '../setup/request.ts'
import { startTestServer } from '../setup/server.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

describe('compatibility', () => {
  test('COMPAT-1 the server says the version of the document', async () => {
    const [, version] = /^Version (\d+\.\d+)\./m.exec(read('../../docs/PROTOCOL.md')) ?? []
    expect(version).toBeDefined()
    const server = await startTestServer()
    expect((await data(server.graphql, '{ server { protocol } }')).server).toEqual({ protocol: version })
    await server.close()
  })

  test('COMPAT-2 COMPAT-3 the schema breaks nothing that was released under this major', async () => {
    const changes = await diff(buildSchema(read('released/1.graphql')), buildSchema(read('../../schema.graphql')))
    const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking)
    expect(breaking.map(({ message }) => message)).toEqual([])
  })

  test('COMPAT-3 taking something away, narrowing it, or asking for more is found to be breaking', async () => {
    const released = read('released/1.graphql')
    const broken = [
      released.replace(/^ {2}"The server's clock.*\n {2}sentAt: DateTime!$/m, ''),
      released.replace('onMessage("The newest cursor that was seen." since: Cursor)', 'onMessage(since: Cursor!)'),
      released.replace(/^ {2}"Those for everyone."\n {2}PUBLIC$/m, ''),
    ]
    for (const source of broken) {
      expect(source).not.toBe(released)
      const changes = await diff(buildSchema(released), buildSchema(source))
      expect(changes.some(({ criticality }) => criticality.level === CriticalityLevel.Breaking)).toBe(true)
    }
  })
})

describe('errors', () => {
  test('ERROR-3 what was not meant is masked, with a reference that is also in the log', () => {
    const logged: { error: unknown; reference: string }[] = []
    const masking = createMasking({
      onUnexpected: (error, reference) => logged.push({ error, reference }),
      onRefused() {},
    })
    const cause = new TypeError('/secret/path: cannot read properties of undefined')
    const shown = JSON.parse(JSON.stringify(masking.present(cause)))
    expect(shown.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', reference: expect.stringMatching(/^\S{16,}$/) })
    expect(JSON.stringify(shown)).not.toContain('secret')
    expect(logged).toEqual([{ error: cause, reference: shown.extensions.reference }])
  })
})
