// The page's build: client/web → client/web/dist, for the server to serve at `/`. Nothing is inlined, so that it runs
// under `script-src 'self'; style-src 'self'`; every path is relative, so that it also runs below a path. Each file is
// there compressed too (`.br`, `.gz`), for a server that serves such files as they are.
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { print, stripIgnoredCharacters } from 'graphql'
import { defineConfig, type Plugin } from 'vite'

/** For `vite dev`: where a server runs, by default `npm start`'s. */
const SERVER = process.env.RECADO_URL ?? 'http://127.0.0.1:4000'
const OUTPUT = `${import.meta.dirname}/dist`

/** Below that, compression saves nothing worth a file. */
const SMALLEST_BYTES = 1024
const PACKED = /\.(br|gz)$/
const TEXTS = /\.(js|css|html|svg|webmanifest)$/

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

/** Files beside the built ones that the page needs to open without a connection. */
const PUBLIC_SHELL = ['appearance.js', 'favicon.svg', 'favicon-unread.svg', 'manifest.webmanifest', 'icons/192.png']
const WORKER = 'service-worker'

/**
 * The address of the shared worker, as the module `virtual:engine-worker`. It is a part of the page's build, not a build of
 * its own: what both need is in files that are loaded once.
 */
function engineWorker(): Plugin {
  const name = 'virtual:engine-worker'
  const id = `${import.meta.dirname}/engine/worker.ts`
  let isBuild = false
  return {
    name: 'recado:engine-worker',
    configResolved(config) {
      isBuild = config.command === 'build'
    },
    resolveId: source => (source === name ? `\0${name}` : null),
    load(source) {
      if (source !== `\0${name}`) return null
      if (!isBuild) return "export default new URL('/engine/worker.ts', location.href).href"
      const file = this.emitFile({ type: 'chunk', id, name: 'worker' })
      return `export default import.meta.ROLLUP_FILE_URL_${file}`
    },
  }
}

const GENERATED = '/core/generated/graphql.ts'
const DOCUMENT_TEXT = '/core/document-text.ts'

/**
 * The documents as the text that goes over the wire, so that the page needs neither a parser nor a printer of GraphQL.
 * `textOf` then has nothing left to do.
 */
function documentsAsText(): Plugin {
  return {
    name: 'recado:documents-as-text',
    enforce: 'pre',
    load: id => (id.endsWith(DOCUMENT_TEXT) ? 'export const textOf = document => document' : null),
    transform(code, id) {
      if (!id.endsWith(GENERATED)) return null
      let count = 0
      const text = code.replaceAll(/(?<== )\{"kind":"Document".*\}(?= as unknown as )/g, json => {
        count++
        return JSON.stringify(stripIgnoredCharacters(print(JSON.parse(json))))
      })
      if (count === 0) throw new Error(`${GENERATED} has no documents of the shape that is expected here`)
      return { code: text, map: null }
    },
  }
}

/** Few files that compress well, rather than many small ones: what the page and the worker share, and what all of the page does. */
const GROUPS = [
  {
    name: 'shared',
    test: /core\/(generated|name|mentions|listeners|nonce|wake|http|link|errors|document-text|memory-storage|indexed-db-storage|pending-change)|eventsource-parser|web\/model\/|engine\/port/,
  },
  {
    name: 'parts',
    test: /web\/(browser\/(?!clipboard)|parts\/(?!qr)|state\/|i18n\/(language|format|error-words)|enter\/(?!ask|code-form)|account\/(device-name|account-|use-new-devices|welcomed)|comfort\/(?!notification-settings|service-worker)|engine\/(open|shared)-engine|chat\/(?!.*-dialog|switcher|destinations|found-text|use-search|message-menu|swipe|shortcut-list))/,
  },
]

/** Tells the service worker which files it keeps, and names this version of them by what is in them. */
function shell(): Plugin {
  return {
    name: 'recado:shell',
    apply: 'build',
    enforce: 'post',
    // Before closeBundle, which compresses.
    async writeBundle() {
      const built = await readdir(`${OUTPUT}/assets`)
      const files = [
        ...built
          .filter(file => !PACKED.test(file))
          .map(file => `assets/${file}`)
          .sort(),
        ...PUBLIC_SHELL,
      ]
      const hash = createHash('sha256').update(files.join())
      for (const file of ['index.html', ...PUBLIC_SHELL]) hash.update(await readFile(`${OUTPUT}/${file}`))
      const path = `${OUTPUT}/${WORKER}.js`
      const code = await readFile(path, 'utf8')
      hash.update(code)
      const version = JSON.stringify(hash.digest('hex').slice(0, 12))
      await writeFile(path, `const SHELL_VERSION=${version},SHELL_FILES=${JSON.stringify(files)};${code}`)
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
  // The page is written for React and runs on Preact, which is 61 KiB less to load (docs/decisions/0018).
  resolve: {
    alias: {
      'react/jsx-runtime': 'preact/jsx-runtime',
      'react-dom/client': 'preact/compat/client',
      'react-dom': 'preact/compat',
      react: 'preact/compat',
    },
  },
  plugins: [documentsAsText(), react(), engineWorker(), shell(), compressed()],
  // A module, as the page is. Its name has the hash of what is in it: a page that was built anew never meets an old one.
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: ['chrome123', 'firefox124', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        index: `${import.meta.dirname}/index.html`,
        [WORKER]: `${import.meta.dirname}/comfort/service-worker.ts`,
      },
      output: {
        codeSplitting: { groups: GROUPS },
        // A service worker has the same address in every version, at the top of what it serves.
        entryFileNames: ({ name }) => (name === WORKER ? `${WORKER}.js` : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/graphql': { target: SERVER, ws: true } },
  },
})
