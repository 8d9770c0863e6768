// A reader that can't keep up: nothing is queued for it, and it goes on with what is told once it has drained.
import { expect, it } from 'vitest'
import type { TypingListener, Typist } from '../../server/feed/typing.ts'
import { watchTyping } from '../../server/transport/typing-watch.ts'

const list = (name: string): readonly Typist[] => [{ from: { id: name, username: name }, private: false }]

function rig(encode: (typists: readonly Typist[]) => Buffer | Promise<Buffer>) {
  let tell: TypingListener = () => {}
  let isWatching = true
  const delivered: string[] = []
  const sink = { congested: false, deliverValue: (payload: Buffer) => void delivered.push(String(payload)) }
  const watch = watchTyping(
    {
      watch(_, listener) {
        tell = listener
        return () => {
          isWatching = false
        }
      },
    },
    'bia',
    encode,
    sink,
    error => {
      throw error
    },
  )
  return { watch, sink, delivered, tell: (name: string) => tell(list(name)), isWatching: () => isWatching }
}

const encodeNow = ([first]: readonly Typist[]): Buffer => Buffer.from(first?.from.username ?? '')

it('what is told while it does not drain is left out', () => {
  const { sink, delivered, tell, watch, isWatching } = rig(encodeNow)
  tell('ana')
  sink.congested = true
  for (let n = 0; n < 1_000; n++) tell(`p${n}`)
  sink.congested = false
  watch.resume()
  tell('cleo')
  expect(delivered).toEqual(['ana', 'cleo'])
  watch.close()
  expect(isWatching()).toBe(false)
})

it('a list that waits for the store is delivered once, in order, and not after the end', async () => {
  const waiting: PromiseWithResolvers<Buffer>[] = []
  const { delivered, tell, watch } = rig(() => {
    const answer = Promise.withResolvers<Buffer>()
    waiting.push(answer)
    return answer.promise
  })
  tell('ana')
  tell('bia')
  expect(waiting).toHaveLength(1)
  waiting[0]?.resolve(Buffer.from('ana'))
  await waiting[0]?.promise
  await Promise.resolve()
  expect(delivered).toEqual(['ana'])
  await new Promise(resolve => setImmediate(resolve))
  tell('cleo')
  watch.close()
  waiting[1]?.resolve(Buffer.from('cleo'))
  await new Promise(resolve => setImmediate(resolve))
  expect(delivered).toEqual(['ana'])
})
