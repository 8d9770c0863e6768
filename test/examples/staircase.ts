// The steps of examples/escada.md and Recado itself, each as a chat that the same scenarios can be played on: a server in
// a process of its own, and devices that enter, say, drop and come back.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { startServerChild } from '../setup/child.ts'
import { openRawSocket } from '../setup/raw-socket.ts'
import { request } from '../setup/request.ts'
import { until, within } from '../setup/until.ts'

export interface Device {
  /** Every text that this device was shown, oldest first, without who said it. */
  readonly texts: readonly string[]
  /** Says a line as a person types it; resolves once the server has taken it. A chat that knows no nonces ignores it. */
  say(text: string, nonce?: string): Promise<void>
  /** Resolves once whatever was sent to this device before `text` has arrived; `text` itself may not be for it. */
  settled(text: string): Promise<void>
  /** Loses the connection without a word. `enter` with this device's cursor comes back. */
  drop(): void
  /** What this device remembers of where it is; null: nothing. */
  cursor(): string | null
}

export interface EnterOptions {
  readonly password?: string
  readonly cursor?: string | null
}

export interface Chat {
  /** Null: refused. */
  enter(name: string, options?: EnterOptions): Promise<Device | null>
  /** kill -9, and a new start with the same files. */
  crash(): Promise<void>
  close(): Promise<void>
}

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))

export interface Step extends Chat {
  /** Of its page. Another one after a crash. */
  readonly page: string
}

/** A step of the staircase: `1-todos.mjs` … `4-cursor.mjs`. */
export async function startStep(file: string): Promise<Step> {
  const folder = mkdtempSync(join(tmpdir(), 'recado-step-'))
  let child: ChildProcess | null = null
  let url = ''

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [join(EXAMPLES, file)], {
      env: { ...process.env, PORT: '0', LOG: join(folder, 'log.jsonl') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    let output = ''
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        output += text
      })
    }
    const [found] = await until(`${file} says where it listens`, () => {
      if (started.exitCode !== null) throw new Error(`${file} has exited:\n${output}`)
      return /http:\/\/127\.0\.0\.1:\d+/.exec(output)
    })
    url = found.replace('http', 'ws')
  }

  async function kill(): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await within(`the end of ${file}`, exited)
  }

  await start()
  return {
    get page() {
      return url.replace('ws', 'http')
    },
    async enter(name, { password = 'segredo de sempre', cursor = null } = {}) {
      const question = new URLSearchParams({
        nome: name,
        senha: password,
        ...(cursor === null ? {} : { desde: cursor }),
      })
      const socket = new WebSocket(`${url}/?${question}`)
      const texts: string[] = []
      let position: string | null = cursor
      socket.on('message', data => {
        const line = data.toString()
        const said = line.startsWith('{') ? JSON.parse(line) : { texto: line.replace(/^\S+( → \S+)?: /, '') }
        texts.push(said.texto)
        if (said.pos !== undefined) position = String(said.pos)
      })
      socket.on('error', () => {})
      // A refusal is a close right after the handshake; an answered ping says that there was none.
      const isIn = await within(
        `an answer to ${name}`,
        new Promise<boolean>(resolve => {
          socket.once('open', () => socket.ping())
          socket.once('pong', () => resolve(true))
          socket.once('close', () => resolve(false))
        }),
      )
      if (!isIn) return null
      const answered = async (text: string): Promise<void> => {
        socket.ping()
        await within(`a pong to ${name} after ${text}`, once(socket, 'pong'))
      }
      return {
        texts,
        async say(text) {
          socket.send(text)
          await answered(text)
        },
        // What a step says, it writes to all sockets at once: an answered ping comes behind it.
        settled: answered,
        drop: () => socket.terminate(),
        cursor: () => position,
      }
    },
    async crash() {
      await kill()
      await start()
    },
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const FEED =
  'subscription ($since: Cursor) { onEvent(since: $since) { __typename ... on LogEvent { cursor } ... on MessageAdded { message { text } } } }'
const PAGE = '{ messages(limit: 1) { pageInfo { endCursor } } }'

/** Recado, spoken to as any program would. */
export async function startRecado(): Promise<Chat> {
  const folder = mkdtempSync(join(tmpdir(), 'recado-step-'))
  const start = () => startServerChild({ dataDir: folder, env: { LOG_LEVEL: 'warn', DRAIN_SECONDS: '0' } })
  let server = await start()
  return {
    async enter(name, { password = 'segredo de sempre', cursor = null } = {}) {
      const result = await request(
        server.graphql,
        'mutation ($name: String!, $password: String) { enter(username: $name, password: $password) { token } }',
        { variables: { name, password } },
      )
      if (result.errors) return null
      const { token } = result.data.enter
      const page = await request(server.graphql, PAGE, { token })
      const since = cursor ?? page.data.messages.pageInfo.endCursor
      const socket = await openRawSocket(server.socket)
      socket.send({ type: 'connection_init', payload: { authorization: token } })
      await socket.receive()
      socket.send({ id: 'feed', type: 'subscribe', payload: { query: FEED, variables: { since } } })
      const texts: string[] = []
      let position: string | null = since
      let isLive = false
      const listen = async (): Promise<void> => {
        for (;;) {
          const { type, payload } = await socket.receive(600_000)
          if (type !== 'next' || payload.data?.onEvent === undefined) continue
          const { __typename, cursor: at, message } = payload.data.onEvent
          position = at
          if (__typename === 'MessageAdded') texts.push(message.text)
          if (__typename === 'CaughtUp') isLive = true
        }
      }
      // Ends when the connection does.
      listen().catch(() => {})
      await until(`${name} is live`, () => isLive)
      return {
        texts,
        async say(text, nonce) {
          await request(
            server.graphql,
            'mutation ($text: String!, $nonce: ID) { sendMessage(text: $text, nonce: $nonce) { id } }',
            { token, variables: { text, nonce } },
          )
        },
        async settled(text) {
          await until(`${name} has ${text}`, () => texts.includes(text))
        },
        drop: () => socket.destroy(),
        cursor: () => position,
      }
    },
    async crash() {
      await server.stop('SIGKILL')
      server = await start()
    },
    async close() {
      await server.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
