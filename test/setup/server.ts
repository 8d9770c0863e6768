// A real server for a test: the program itself in this process, on a free port of the loopback, with a data folder of
// its own that goes away with it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../../server/main.ts'
import { GATHERED, gatherLog, keepStoreSecret } from './gathered-logs.ts'

export interface TestServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** `http://127.0.0.1:PORT/graphql` */
  readonly graphql: string
  /** `ws://127.0.0.1:PORT/graphql` */
  readonly socket: string
  readonly dataDir: string
  /** Stops it and removes its data. Calling twice is harmless. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What suits tests: all is logged, but to nobody's eyes, sends without a limit, no waves when closing. Each can be set otherwise. */
const FOR_TESTS = {
  HOST: '127.0.0.1',
  LOG_LEVEL: process.env[GATHERED] === undefined ? 'silent' : 'trace',
  SENDS_PER_SECOND: '0',
  ENTER_PER_MINUTE: '0',
  DRAIN_SECONDS: '0',
  CHALLENGE_URL: 'ws://127.0.0.1:9/',
}

/**
 * @param env settings by their environment names
 * @param dataDir a folder to use, and to leave there; default: a new one that is removed by `close`
 */
export async function startTestServer(env: Record<string, string> = {}, dataDir?: string): Promise<TestServer> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'recado-test-')))
  const logTo = { write: gatherLog('server') }
  const server = await startServer({ ...FOR_TESTS, PORT: '0', ...env, DATA_DIR: folder }, { logTo })
  keepStoreSecret(folder)
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => {
    closing ??= server.close().then(async () => {
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true })
    })
    return closing
  }
  const url = server.url.replace(/\/$/, '')
  return {
    url,
    graphql: `${url}/graphql`,
    socket: `${url.replace(/^http/, 'ws')}/graphql`,
    dataDir: folder,
    close,
    [Symbol.asyncDispose]: close,
  }
}
