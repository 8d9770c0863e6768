// A server in front of the real one, with a page of its own: files of a folder, and everything else as the real one
// answers, WebSockets too. So a test can build the page anew under the eyes of those who have it open.
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { request as ask, createServer } from 'node:http'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BUILT = fileURLToPath(new URL('../../client/web/dist', import.meta.url))
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export interface Front {
  readonly url: string
  /** As a build after a change would: the scripts, the worker's too, have other names and addresses. */
  rebuild(): Promise<void>
  /** The worker's script is not there. */
  loseWorker(): Promise<void>
  close(): Promise<void>
}

/** @param target of the form `http://127.0.0.1:PORT` */
export async function startFront(target: string): Promise<Front> {
  const folder = await mkdtemp(join(tmpdir(), 'recado-front-'))
  await cp(BUILT, folder, { recursive: true })
  const { port } = new URL(target)

  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const file = join(folder, path === '/' ? 'index.html' : path)
    const type = TYPES[extname(file)]
    if (request.method === 'GET' && type !== undefined && existsSync(file)) {
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' })
      return response.end(readFileSync(file))
    }
    if (path.startsWith('/assets/')) return response.writeHead(404).end()
    const { method, headers } = request
    const onward = ask({ host: '127.0.0.1', port, path: request.url, method, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  server.on('upgrade', (request, socket, head) => {
    const upstream = dial(Number(port), '127.0.0.1')
    const lines = [`${request.method} ${request.url} HTTP/1.1`]
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`)
    }
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`)
    upstream.write(head)
    socket.pipe(upstream).pipe(socket)
    socket.on('error', () => upstream.destroy())
    upstream.on('error', () => socket.destroy())
    socket.on('close', () => upstream.destroy())
    upstream.on('close', () => socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  return {
    url: `http://127.0.0.1:${address.port}`,
    rebuild: () => rebuild(folder),
    async loseWorker() {
      const assets = join(folder, 'assets')
      for (const file of await readdir(assets)) if (file.startsWith('worker')) await rm(join(assets, file))
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function rebuild(folder: string): Promise<void> {
  const files = (await readdir(folder, { recursive: true })).map(file => join(folder, file))
  const scripts = files.filter(file => file.endsWith('.js')).map(file => file.slice(file.lastIndexOf('/') + 1))
  const renamed = (text: string) =>
    scripts.reduce((all, name) => all.replaceAll(name, name.replace(/\.js$/, '-x.js')), text)
  for (const file of files.filter(each => /\.(js|html)$/.test(each))) {
    const text = renamed(await readFile(file, 'utf8'))
    await writeFile(file, text)
    const name = renamed(file)
    if (name !== file) await rename(file, name)
  }
}
