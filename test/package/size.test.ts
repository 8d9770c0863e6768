// What the client library weighs in somebody's bundle: all of it, and what is left when little of it is imported. It is
// bundled from the sources, by the bundler that makes the page, without the packages that an application shares with it.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, test } from 'vitest'

const INDEX = fileURLToPath(new URL('../../client/core/index.ts', import.meta.url))
/** The bound: kilobytes, compressed, without urql (and wonka, which is urql's) and graphql. */
const CORE_BYTES = 25_000
const ENTER_BYTES = 5_000
const SHARED = [/^@urql\//, /^graphql$/, /^wonka$/]

/** The minified code of a module that imports this from the library. */
async function bundled(exported: string): Promise<string> {
  const entry = 'virtual:entry'
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'entry',
        resolveId: id => (id === entry ? id : null),
        load: id => (id === entry ? `export ${exported} from ${JSON.stringify(INDEX)}` : null),
      },
    ],
    build: {
      write: false,
      target: 'es2024',
      minify: true,
      // A library's build would keep names and white space for the application's own.
      rolldownOptions: {
        input: entry,
        external: SHARED,
        preserveEntrySignatures: 'strict',
        treeshake: { moduleSideEffects: false },
      },
    },
  })
  const [output] = Array.isArray(result) ? result : [result]
  if (output === undefined || !('output' in output)) throw new Error('no bundle')
  return output.output.map(part => (part.type === 'chunk' ? part.code : '')).join('')
}

const sizeOf = (code: string) => gzipSync(code, { level: 9 }).length

/** Words that stand in the code of each part, whatever a minifier does to names. */
const PARTS = { outbox: 'recado-outbox', webSocket: 'graphql-transport-ws', indexedDb: 'indexedDB' }

function partsOf(code: string): string[] {
  return Object.entries(PARTS).flatMap(([part, word]) => (code.includes(word) ? [part] : []))
}

test('all of the core is at most 25 KB, compressed, and has no React and no Node in it', async () => {
  const code = await bundled('*')
  console.log(`core: ${sizeOf(code)} bytes compressed`)
  expect(sizeOf(code)).toBeLessThanOrEqual(CORE_BYTES)
  expect(partsOf(code)).toEqual(Object.keys(PARTS))
  expect(code.match(/from\s*["'][^"']+["']/g)?.join()).not.toMatch(/react|node:|client\/web/)
})

test('who only enters carries neither the outbox nor a socket', async () => {
  const code = await bundled('{ enter }')
  console.log(`enter: ${sizeOf(code)} bytes compressed`)
  expect(partsOf(code)).toEqual([])
  expect(code.includes('mutation')).toBe(true)
  expect(sizeOf(code)).toBeLessThanOrEqual(ENTER_BYTES)
})

test('who only chats carries nothing of editing and search', async () => {
  const code = await bundled('{ createRecado }')
  console.log(`createRecado: ${sizeOf(code)} bytes compressed`)
  expect(partsOf(code)).toEqual(Object.keys(PARTS))
  expect(['editMessage', 'approveDevice'].filter(field => code.includes(field))).toEqual([])
  expect(sizeOf(code)).toBeLessThan(sizeOf(await bundled('*')))
})
