// Close codes: what breaks RFC 6455, and what the end of a session does.
import { must, should } from '../audit.ts'
import { about, type Bench } from '../bench.ts'
import { check, same } from '../check.ts'
import { END_SESSION, EVENTS, LEAVE, ME, SESSIONS } from '../documents.ts'
import { type FrameParts, frame, OPCODE, textFrame } from '../wire/frame.ts'

const PING = '{"type":"ping"}'
const { text, continuation, close, ping } = OPCODE

/** Frames on a socket with a feed close it with this code, and a bystander's feed goes on. */
async function isClosed(bench: Bench, code: number, frames: readonly FrameParts[]): Promise<void> {
  const [ana, bia] = await bench.pair()
  const bystander = await bench.feed(bia)
  const { socket } = await bench.feed(ana)
  for (const parts of frames) socket.write(frame(parts))
  const { code: got, reason } = await socket.ended()
  same(got, code, 'the close code')
  check(/^[\x20-\x7e]{0,122}$/.test(reason), `the close reason is no short ASCII: ${JSON.stringify(reason)}`)
  await bystander.soFar()
}

function closes(id: string, code: number, what: string, ...frames: FrameParts[]) {
  return must(id, `close a socket with ${code} at ${what}`, bench => isClosed(bench, code, frames))
}

const bytes = (...values: number[]): Buffer => Buffer.from(values)

export const closing = [
  closes('CLOSE-1a', 1002, 'an unmasked frame', { opcode: text, payload: PING, masked: false }),
  closes('CLOSE-1b', 1002, 'a reserved bit', { opcode: text, payload: PING, reserved: 4 }),
  closes('CLOSE-1c', 1002, 'an unknown opcode', { opcode: 3, payload: PING }),
  closes('CLOSE-1d', 1002, 'a fragmented control frame', { opcode: ping, fin: false }),
  closes('CLOSE-1e', 1002, 'an oversized control frame', { opcode: ping, payload: Buffer.alloc(126) }),
  closes('CLOSE-1f', 1002, 'an orphan continuation', { opcode: continuation, payload: PING }),
  closes(
    'CLOSE-1g',
    1002,
    'a new message inside a fragmented one',
    { opcode: text, fin: false, payload: '{' },
    { opcode: text, payload: PING },
  ),
  closes('CLOSE-1h', 1002, 'a bad close code', { opcode: close, payload: bytes(3, 231) }),
  closes('CLOSE-1i', 1007, 'a text that is not UTF-8', { opcode: text, payload: bytes(0x22, 0xc3, 0x28, 0x22) }),
  closes('CLOSE-1j', 1007, 'a close reason that is not UTF-8', { opcode: close, payload: bytes(3, 232, 0xff, 0xfe) }),
  closes('CLOSE-1k', 1009, 'a header that claims 2^53 bytes', { opcode: text, claims: 2n ** 53n }),
  must('CLOSE-1l', 'answer a close frame with 1000 in kind', async bench => {
    const socket = await bench.socket(await bench.person())
    socket.write(frame({ opcode: close, payload: bytes(3, 232) }))
    same((await socket.ended()).code, 1000, 'the close code')
  }),
  must('CLOSE-2a', "close a session's sockets with 4403 when it is ended from another one", async bench => {
    const phone = await bench.stranger({ password: 'a good password' })
    const laptop = await bench.again(phone)
    const { socket } = await bench.feed(phone)
    const { sessions } = await bench.data(phone, SESSIONS)
    const { id } = sessions.find(({ current }: { current: boolean }) => current)
    same(await bench.data(laptop, END_SESSION, { id }), { endSession: true }, 'endSession')
    bench.remember(laptop)
    same((await socket.ended()).code, 4403, 'the close code')
  }),
  must('CLOSE-2b', 'deliver nothing more to the sockets of a session that has ended', async bench => {
    const ana = await bench.person()
    const phone = await bench.stranger({ password: 'a good password' })
    const laptop = await bench.again(phone)
    const ended = await bench.feed(phone)
    const going = await bench.feed(laptop)
    await bench.data(phone, LEAVE, {})
    bench.remember(laptop)
    const sent = await bench.send(ana, bench.word(), laptop)
    same(about(await going.soFar(), sent.id).length, 1, 'deliveries to the session that goes on')
    await ended.socket.ended()
    const late = ended.operation.inbox
      .takeAll()
      .filter(({ payload }) => JSON.stringify(payload ?? null).includes(sent.id))
    same(late, [], 'deliveries to the session that has ended')
  }),
  should('CLOSE-2c', 'close them within one second', async bench => {
    const phone = await bench.stranger({ password: 'a good password' })
    const socket = await bench.socket(phone)
    const operation = socket.subscribe(EVENTS, {})
    await operation.next('CaughtUp')
    await bench.data(phone, LEAVE, {})
    const since = performance.now()
    await socket.ended()
    const took = Math.round(performance.now() - since)
    check(took <= 1_000, `the socket was closed after ${took} ms`)
  }),
  must('BEAT-2', 'answer a control ping with the same payload', async bench => {
    const raw = await bench.upgrade()
    raw.write(textFrame('{"type":"connection_init"}'))
    await raw.frame(bench.ms)
    raw.write(frame({ opcode: ping, payload: 'still there?' }))
    const { opcode, payload } = await raw.frame(bench.ms)
    same([opcode, String(payload)], [OPCODE.pong, 'still there?'], 'the answer')
  }),
  must(
    'BEAT-1a',
    'send a control ping to a socket that was silent (12 s)',
    async bench => {
      const socket = await bench.socket(await bench.person())
      await socket.pings.take('a ping', bench.long(20_000))
      same((await socket.run(ME)).errors, undefined, 'a query afterwards')
    },
    { slow: true },
  ),
  must(
    'BEAT-1b',
    'destroy a socket from which no byte comes, not even a pong (25 s)',
    async bench => {
      const socket = await bench.connect({ pongs: false })
      await socket.initialise()
      same(
        (await socket.ended('the end of a socket that says nothing', bench.long(45_000))).code,
        null,
        'its close code',
      )
    },
    { slow: true },
  ),
]
