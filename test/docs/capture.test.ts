// The bytes in docs/*/websockets.md are those that Recado sends and takes today.
import { createHash } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { capture, captureOfPage, parse, STEPS, type Step, show } from '../../docs/capture.ts'

let steps: readonly Step[]

beforeAll(async () => {
  steps = await capture()
})

const step = (name: Step['name']): Buffer => {
  const found = steps.find(each => each.name === name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found.bytes
}

test('both pages show what was captured now, but for the port and the token', () => {
  expect(captureOfPage('pt'), 'npm run capture -- --write').toBe(show(steps, 'pt', true))
  expect(captureOfPage('en'), 'npm run capture -- --write').toBe(show(steps, 'en', true))
})

test('what is shown says of itself what RFC 6455 says', () => {
  expect(steps.map(({ name }) => name)).toEqual([...STEPS])
  const [, key = ''] = /^Sec-WebSocket-Key: (.*)$/m.exec(step('upgrade').toString()) ?? []
  const proof = createHash('sha1').update(`${key.trim()}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  expect(step('accept').toString()).toMatch(/^HTTP\/1\.1 101 /)
  expect(step('accept').toString()).toContain(`Sec-WebSocket-Accept: ${proof}\r\n`)

  for (const { name, from, bytes } of steps.slice(2)) {
    const { head, payload, mask } = parse(bytes)
    expect(mask !== null, name).toBe(from === 'client')
    expect(head.length + payload.length, name).toBe(bytes.length)
  }
  expect(JSON.parse(parse(step('ack')).payload.toString())).toEqual({ type: 'connection_ack' })
  expect(JSON.parse(parse(step('next')).payload.toString())).toEqual({
    id: '1',
    type: 'next',
    payload: { data: { onMessage: { text: 'olá!', from: { username: 'ana' }, to: null } } },
  })
  expect([...step('pong')]).toEqual([0x8a, 2, ...Buffer.from('oi')])
  expect([...step('closed')].slice(0, 4)).toEqual([0x88, 2, 0x03, 0xe8])
})

test('a capture that differs in one byte is another page', () => {
  const changed = steps.map(each => {
    if (each.name !== 'pong') return each
    const bytes = Buffer.from(each.bytes)
    bytes[0] = 0x89
    return { ...each, bytes }
  })
  expect(show(changed, 'pt', true)).not.toBe(show(steps, 'pt', true))
})
