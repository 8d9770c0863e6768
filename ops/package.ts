// What `npm pack` packs, in dist/: the program and the client library as JavaScript with types (Node strips types only
// outside node_modules), the schema and the page. The repository itself runs from its sources and has no use for it.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const page = join(root, 'client/web/dist')

if (!existsSync(join(page, 'index.html'))) throw new Error('The page is not built: npm run build.')
rmSync(dist, { recursive: true, force: true })
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.package.json')],
  { stdio: 'inherit' },
)

// Types are for those who import: the library's alone.
for (const file of globSync(['server/**/*.d.ts', 'bin/**/*.d.ts'], { cwd: dist })) rmSync(join(dist, file))
// The compiler rewrites `.ts` in imports of the JavaScript, but not in those of the types.
for (const file of globSync('**/*.d.ts', { cwd: dist })) {
  const path = join(dist, file)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replaceAll(/(from |import\()(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2'))
}

// Where the program looks for them, as in the repository.
cpSync(join(root, 'schema.graphql'), join(dist, 'schema.graphql'))
cpSync(page, join(dist, 'client/web/dist'), { recursive: true })
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
// Bundlers may leave out every module of which nothing is used.
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ type: 'module', version, sideEffects: false }, null, 2)}\n`,
)
