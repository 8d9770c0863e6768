// The page's files while they are being built anew: what is gone breaks off that answer, and ends nothing else.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createPage } from '../../server/transport/page.ts'

test('a file that was taken away meanwhile breaks off, and the others are served', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'recado-page-'))
  writeFileSync(join(folder, 'index.html'), '<p>aqui</p>')
  writeFileSync(join(folder, 'gone.js'), 'gone')
  const page = createPage(folder)
  const server = createServer((request, response) => page(request, response, () => response.end()))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    rmSync(join(folder, 'gone.js'))
    await expect(fetch(`${url}/gone.js`).then(response => response.text())).rejects.toThrow()
    expect(await (await fetch(`${url}/`)).text()).toBe('<p>aqui</p>')
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
