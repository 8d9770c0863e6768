// The probe against real sockets on loopback: a challenge server that behaves, and every way in which one can misbehave.
import { createHash } from 'node:crypto'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ChallengeServer, createChallengeServer } from '../../server/challenge/local.ts'
import { createProbe, type Probe, type ProbeOptions, type ProbeStep } from '../../server/challenge/probe.ts'
import { Refusal } from '../../server/domain/errors.ts'

const cleanups: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function openChallenge(options: Parameters<typeof createChallengeServer>[0] = {}): Promise<ChallengeServer> {
  const server = await createChallengeServer(options)
  cleanups.push(() => server.close())
  return server
}

function openProbe(url: string, options: Partial<ProbeOptions> = {}): Probe {
  const probe = createProbe({ url, openTimeoutMs: 5000, ...options })
  cleanups.push(() => probe.close())
  return probe
}

interface Stranger {
  readonly url: string
  readonly server: Server
  /** Connections that were ever made. */
  connections(): number
  /** Resolves once none is left open. */
  left(): Promise<void>
}

/** A TCP server that reads one HTTP request and then does what the test says. */
async function openStranger(behave: (socket: Socket, upgrade: () => void) => void): Promise<Stranger> {
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    connections++
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    let request = ''
    socket.on('data', chunk => {
      if (request.includes('\r\n\r\n')) return
      request += chunk.toString('latin1')
      const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      if (request.includes('\r\n\r\n')) {
        behave(socket, () =>
          socket.write(
            `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
          ),
        )
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    connections: () => connections,
    async left() {
      const deadline = Date.now() + 5000
      while (sockets.size > 0 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 5))
      expect(sockets.size).toBe(0)
    },
  }
}

async function refusalOf(probe: Probe): Promise<{ code: string; reason: unknown; message: string; tookMs: number }> {
  const startedAt = performance.now()
  try {
    await probe.read()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, details, message } = error
    return { code, reason: details.reason, message, tookMs: performance.now() - startedAt }
  }
  throw new Error('expected a refusal')
}

const names = (steps: readonly ProbeStep[]) => steps.map(step => step.step)

describe('a challenge server that behaves', () => {
  it('gives its message with the times, each step told as it happens', async () => {
    const server = await openChallenge()
    const steps: ProbeStep[] = []
    const before = Date.now()
    const answer = await openProbe(server.url.replace('127.0.0.1', 'localhost')).read(step => steps.push(step))
    expect(answer.message).toBe('Olá mundo! LTIS 2025')
    expect(answer.url).toBe(server.url.replace('127.0.0.1', 'localhost'))
    expect(answer.at).toBeGreaterThanOrEqual(before)
    expect(answer.connectMs).toBeGreaterThanOrEqual(0)
    expect(answer.messageMs).toBeGreaterThanOrEqual(0)
    expect(names(steps)).toEqual(['lookup', 'connect', 'upgrade', 'message', 'close'])
    expect(steps.map(step => step.atMs)).toEqual(steps.map(step => step.atMs).toSorted((a, b) => a - b))
    expect(steps.at(-1)?.detail).toBe('1000')
    expect(steps.find(step => step.step === 'message')?.detail).toBe('21')
  })

  it('has no look-up when its address is a number', async () => {
    const server = await openChallenge()
    const steps: ProbeStep[] = []
    await openProbe(server.url).read(step => steps.push(step))
    expect(names(steps)).toEqual(['connect', 'upgrade', 'message', 'close'])
  })

  it('is said to be waking up while it sleeps, and waited for', async () => {
    const server = await openChallenge({ delayMs: 400 })
    const steps: ProbeStep[] = []
    const answer = await openProbe(server.url, { wakingEveryMs: 100 }).read(step => steps.push(step))
    expect(answer.connectMs).toBeGreaterThanOrEqual(390)
    expect(names(steps).filter(name => name === 'waking').length).toBeGreaterThanOrEqual(2)
    expect(names(steps).filter(name => name !== 'waking')).toEqual(['connect', 'upgrade', 'message', 'close'])
    expect(names(steps).lastIndexOf('waking')).toBeLessThan(names(steps).indexOf('upgrade'))
  })

  it('may send up to 64 KiB', async () => {
    const server = await openChallenge({ greeting: 'x'.repeat(65_536) })
    expect((await openProbe(server.url).read()).message).toHaveLength(65_536)
  })

  it('gives its first message when it sends many, and may leave the close unanswered', async () => {
    const stranger = await openStranger((socket, upgrade) => {
      upgrade()
      for (const text of ['um', 'dois', 'tres']) socket.write(Buffer.from([0x81, text.length, ...Buffer.from(text)]))
    })
    expect((await openProbe(stranger.url).read()).message).toBe('um')
    await stranger.left()
  })

  it('is asked once by many at a time, and those who join late are told the steps so far', async () => {
    let answer = () => {}
    const stranger = await openStranger((socket, upgrade) => {
      upgrade()
      answer = () => socket.write(Buffer.from([0x81, 2, 0x6f, 0x69]))
    })
    const probe = openProbe(stranger.url)
    const early: ProbeStep[] = []
    const opened = Promise.withResolvers<void>()
    const first = probe.read(step => {
      early.push(step)
      if (step.step === 'upgrade') opened.resolve()
    })
    await opened.promise
    const late: ProbeStep[] = []
    const second = probe.read(step => late.push(step))
    const others = Array.from({ length: 50 }, () => probe.read())
    answer()
    expect(new Set((await Promise.all([first, second, ...others])).map(result => result.message))).toEqual(
      new Set(['oi']),
    )
    expect(stranger.connections()).toBe(1)
    expect(late).toEqual(early)
  })

  it('is not asked again for 5 seconds, also when the clock is set back afterwards', async () => {
    let now = 1_000_000
    let greeting = 0
    const stranger = await openStranger((socket, upgrade) => {
      upgrade()
      socket.write(Buffer.from([0x81, 1, 0x30 + ++greeting]))
    })
    const probe = openProbe(stranger.url, { clock: () => now })
    const read = async () => (await probe.read()).message
    expect(await read()).toBe('1')
    now += 4999
    expect(await read()).toBe('1')
    now += 1
    expect(await read()).toBe('2')
    now -= 3_600_000
    expect(await read()).toBe('3')
    expect(stranger.connections()).toBe(3)
  })
})

describe('a challenge server that misbehaves', () => {
  const upgraded = (write: (socket: Socket) => void) => (socket: Socket, upgrade: () => void) => {
    upgrade()
    write(socket)
  }
  const send = (...bytes: number[]) => upgraded(socket => socket.write(Buffer.from(bytes)))
  const http = (head: string) => (socket: Socket) => socket.end(`HTTP/1.1 ${head}\r\nContent-Length: 0\r\n\r\n`)

  it.each([
    ['redirects', http('302 Found\r\nLocation: ws://127.0.0.1:1/'), 'CHALLENGE_UNREACHABLE', 'redirect'],
    ['answers 404', http('404 Not Found'), 'CHALLENGE_UNREACHABLE', 'status'],
    ['answers 200', http('200 OK'), 'CHALLENGE_UNREACHABLE', 'status'],
    ['answers 503', http('503 Service Unavailable'), 'CHALLENGE_UNREACHABLE', 'status'],
    [
      'speaks no HTTP',
      (socket: Socket) => socket.end('220 mail.example ESMTP\r\n'),
      'CHALLENGE_UNREACHABLE',
      'not-websocket',
    ],
    [
      'accepts the wrong key',
      http('101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x'),
      'CHALLENGE_UNREACHABLE',
      'not-websocket',
    ],
    ['hangs up before the upgrade', (socket: Socket) => socket.destroy(), 'CHALLENGE_UNREACHABLE', 'closed'],
    ['resets before the upgrade', (socket: Socket) => socket.resetAndDestroy(), 'CHALLENGE_UNREACHABLE', 'closed'],
    ['closes at once', send(0x88, 2, 0x03, 0xe8), 'CHALLENGE_UNREACHABLE', 'closed'],
    ['hangs up after the upgrade', upgraded(socket => socket.end()), 'CHALLENGE_UNREACHABLE', 'closed'],
    ['sends a binary message', send(0x82, 2, 0x6f, 0x69), 'CHALLENGE_INVALID', 'binary'],
    ['sends an empty message', send(0x81, 0), 'CHALLENGE_INVALID', 'empty'],
    ['announces 64 KiB and a byte', send(0x81, 127, 0, 0, 0, 0, 0, 1, 0, 1), 'CHALLENGE_INVALID', 'too-large'],
    ['announces 2^53 bytes', send(0x81, 127, 0, 0x20, 0, 0, 0, 0, 0, 0), 'CHALLENGE_INVALID', 'too-large'],
    [
      'sends 64 KiB and more in pieces',
      upgraded(socket => {
        socket.write(Buffer.concat([Buffer.from([0x01, 126, 0xff, 0xff]), Buffer.alloc(65_535, 120)]))
        socket.write(Buffer.concat([Buffer.from([0x80, 2]), Buffer.from('xx')]))
      }),
      'CHALLENGE_INVALID',
      'too-large',
    ],
    ['sends bad UTF-8', send(0x81, 2, 0xc3, 0x28), 'CHALLENGE_INVALID', 'broken-frame'],
    ['sends reserved bits', send(0xf1, 2, 0x6f, 0x69), 'CHALLENGE_INVALID', 'broken-frame'],
  ] as const)('that %s gets a typed error at once', async (_what, behave, code, reason) => {
    const stranger = await openStranger(behave)
    const refusal = await refusalOf(openProbe(stranger.url))
    expect(refusal).toMatchObject({ code, reason })
    expect(refusal.message).toMatch(/^(It|There|Its) .+\.$/)
    expect(refusal.tookMs).toBeLessThan(2000)
    await stranger.left()
  })

  it('that accepts and stays silent is given up in time', async () => {
    const stranger = await openStranger(() => {})
    const refusal = await refusalOf(openProbe(stranger.url, { openTimeoutMs: 150 }))
    expect(refusal).toMatchObject({ code: 'CHALLENGE_TIMEOUT', reason: 'open-timeout' })
    expect(refusal.tookMs).toBeGreaterThanOrEqual(149)
    expect(refusal.tookMs).toBeLessThan(2000)
    await stranger.left()
  })

  it('that opens and stays silent is given up in time', async () => {
    const stranger = await openStranger((_socket, upgrade) => upgrade())
    const refusal = await refusalOf(openProbe(stranger.url, { messageTimeoutMs: 150 }))
    expect(refusal).toMatchObject({ code: 'CHALLENGE_TIMEOUT', reason: 'message-timeout' })
    await stranger.left()
  })

  it('that drips its message byte by byte is given up in time', async () => {
    const stranger = await openStranger((socket, upgrade) => {
      upgrade()
      socket.write(Buffer.from([0x81, 100]))
      const drip = setInterval(() => socket.write('x'), 20)
      socket.on('close', () => clearInterval(drip))
    })
    const refusal = await refusalOf(openProbe(stranger.url, { messageTimeoutMs: 200 }))
    expect(refusal).toMatchObject({ code: 'CHALLENGE_TIMEOUT', reason: 'message-timeout' })
    expect(refusal.tookMs).toBeLessThan(1500)
    await stranger.left()
  })

  it('that nobody listens for is unreachable', async () => {
    const server = await createChallengeServer()
    await server.close()
    expect(await refusalOf(openProbe(server.url))).toMatchObject({ code: 'CHALLENGE_UNREACHABLE', reason: 'refused' })
  })

  it('whose name nobody knows is unreachable', async () => {
    const refusal = await refusalOf(openProbe('ws://challenge.invalid', { openTimeoutMs: 30_000 }))
    expect(refusal).toMatchObject({ code: 'CHALLENGE_UNREACHABLE', reason: 'unknown-host' })
  })

  it('that speaks no TLS where TLS was asked for is unreachable', async () => {
    const stranger = await openStranger(() => {})
    stranger.server.on('connection', socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const refusal = await refusalOf(openProbe(stranger.url.replace('ws:', 'wss:')))
    expect(refusal).toMatchObject({ code: 'CHALLENGE_UNREACHABLE', reason: 'tls' })
  })

  it('is asked again a second after it failed', async () => {
    let now = 0
    const stranger = await openStranger(http('500 Oops'))
    const probe = openProbe(stranger.url, { clock: () => now })
    await refusalOf(probe)
    now += 999
    await refusalOf(probe)
    expect(stranger.connections()).toBe(1)
    now += 1
    await refusalOf(probe)
    expect(stranger.connections()).toBe(2)
  })

  it('is let go of when the probe is closed', async () => {
    const opened = Promise.withResolvers<void>()
    const stranger = await openStranger(() => opened.resolve())
    const probe = openProbe(stranger.url)
    const reading = refusalOf(probe)
    await opened.promise
    probe.close()
    expect(await reading).toMatchObject({ code: 'DRAINING' })
    expect(await refusalOf(probe)).toMatchObject({ code: 'DRAINING' })
    await stranger.left()
  })
})

describe('the local challenge server', () => {
  it('tells a browser that it speaks WebSocket', async () => {
    const server = await openChallenge()
    const response = await fetch(server.url.replace('ws:', 'http:'))
    expect(response.status).toBe(426)
    expect(await response.text()).toContain('WebSocket')
  })

  it('says so when its port is taken', async () => {
    const server = await openChallenge()
    const port = Number(new URL(server.url).port)
    await expect(createChallengeServer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('closes at once, also with somebody connected and somebody waiting', async () => {
    const server = await createChallengeServer({ delayMs: 60_000 })
    const probe = openProbe(server.url)
    const connected = Promise.withResolvers<void>()
    const waiting = probe.read(step => step.step === 'connect' && connected.resolve()).catch(error => error.details)
    await connected.promise
    // The answer to a later request says that the server has read the upgrade too.
    await fetch(server.url.replace('ws:', 'http:'))
    await server.close()
    expect(await waiting).toEqual({ reason: 'closed' })
  })
})
