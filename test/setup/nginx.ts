// A real nginx for a test, from the template that people install, on a free port of the loopback and in a temporary
// folder. It ends at the latest with the process of the tests.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGuard } from '../../ops/cluster/guard.ts'
import { startNginx } from '../../ops/cluster/nginx.ts'
import { freePort } from '../../ops/cluster/ports.ts'
import { gatherLogFiles } from './gathered-logs.ts'

export interface TestNginx {
  readonly port: number
  /** `http://127.0.0.1:PORT`, what PUBLIC_URL has to be. */
  readonly url: string
  readonly graphql: string
  readonly socket: string
  /** What it logged so far. */
  output(): Promise<string>
  close(): Promise<void>
}

/** @param start what is behind it is started once its address is known; answers with `host:port` of each */
export async function startTestNginx(start: (url: string) => Promise<readonly string[]>): Promise<TestNginx> {
  const dir = await mkdtemp(join(tmpdir(), 'recado-nginx-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const nodes = await start(url)
  const guard = startGuard()
  const nginx = await startNginx({ dir, port, nodes, guard })
  return {
    port,
    url,
    graphql: `${url}/graphql`,
    socket: `ws://127.0.0.1:${port}/graphql`,
    output: () => readFile(join(dir, 'nginx.log'), 'utf8'),
    async close() {
      await nginx.stop('SIGTERM')
      await guard.close()
      gatherLogFiles(dir)
      await rm(dir, { recursive: true, force: true })
    },
  }
}
