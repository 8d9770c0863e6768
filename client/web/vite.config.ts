// The page's build: client/web → client/web/dist, for the server to serve at `/`. Nothing is inlined, so that it runs
// under `script-src 'self'; style-src 'self'`; every path is relative, so that it also runs below a path. Each file is
// there compressed too (`.br`, `.gz`), for a server that serves such files as they are.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** For `vite dev`: where a server runs, by default `npm start`'s. */
const SERVER = process.env.RECADO_URL ?? 'http://127.0.0.1:4000'
const OUTPUT = `${import.meta.dirname}/dist`

/** Below that, compression saves nothing worth a file. */
const SMALLEST_BYTES = 1024
const TEXTS = /\.(js|css|html|svg)$/

function compressed(): Plugin {
  return {
    name: 'recado:compressed',
    apply: 'build',
    async closeBundle() {
      const files = await readdir(OUTPUT, { recursive: true, withFileTypes: true })
      const texts = files.filter(file => file.isFile() && TEXTS.test(file.name))
      await Promise.all(texts.map(file => compress(`${file.parentPath}/${file.name}`)))
    },
  }
}

async function compress(path: string): Promise<void> {
  const text = await readFile(path)
  if (text.length < SMALLEST_BYTES) return
  const [br, gz] = await Promise.all([promisify(brotliCompress)(text), promisify(gzip)(text, { level: 9 })])
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)])
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), compressed()],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: ['chrome123', 'firefox124', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/graphql': { target: SERVER, ws: true } },
  },
})
