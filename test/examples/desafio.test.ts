// The script of the challenge, as a person runs it: against a challenge server of our own, in a process of its own.
import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { type ChallengeServer, createChallengeServer } from '../../server/challenge/local.ts'

const SCRIPT = fileURLToPath(new URL('../../examples/desafio.mjs', import.meta.url))

const opened: (ChallengeServer | Server | TcpServer)[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

async function run(url: string): Promise<{ stdout: string; stderr: string; status: number }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT, url], { timeout: 30_000 })
    return { stdout, stderr, status: 0 }
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number }
    return { stdout, stderr, status: code }
  }
}

async function challenge(options: Parameters<typeof createChallengeServer>[0] = {}): Promise<string> {
  const server = await createChallengeServer(options)
  opened.push(server)
  return server.url
}

test('shows the message', async () => {
  expect(await run(await challenge())).toEqual({ stdout: 'Olá mundo! LTIS 2025\n', stderr: '', status: 0 })
})

test('waits for a server that sleeps, and reads a message whose length takes two bytes', async () => {
  const greeting = 'é'.repeat(500)
  expect((await run(await challenge({ delayMs: 200, greeting }))).stdout).toBe(`${greeting}\n`)
})

test('says what went wrong, and its status says so too', async () => {
  const page = createServer((_request, response) => response.end('a page'))
  await new Promise<void>(resolve => page.listen(0, '127.0.0.1', resolve))
  opened.push(page)
  const { port } = page.address() as AddressInfo
  expect(await run(`ws://127.0.0.1:${port}`)).toEqual({
    stdout: '',
    stderr: 'O servidor não fala WebSocket: respondeu 200.\n',
    status: 1,
  })

  // Upgrades without the proof that it is a WebSocket server.
  const liar = createTcpServer(socket => {
    socket.on('error', () => {})
    const accept = 'bm90IHRoZSByaWdodCBvbmU='
    socket.once('data', () =>
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      ),
    )
  })
  await new Promise<void>(resolve => liar.listen(0, '127.0.0.1', resolve))
  opened.push(liar)
  const lied = await run(`ws://127.0.0.1:${(liar.address() as AddressInfo).port}`)
  expect(lied).toEqual({ stdout: '', stderr: 'A resposta ao aperto de mão não confere.\n', status: 1 })
})
