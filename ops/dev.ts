// `npm run dev`: the server, started again whenever a file of it changes, and the page with what vite reloads by itself.
// Ctrl-C ends both. Settings of the server come from the environment, as ever; PORT says where it listens.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const port = process.env.PORT?.trim() || '4000'
const WATCHED = ['server', 'bin', 'schema.graphql', 'client/terminal/texts.ts']

const children = [
  run([...WATCHED.map(path => `--watch-path=${path}`), '--watch-preserve-output', 'bin/recado.js', 'serve'], {
    // The page of vite is another origin; vite's own proxy brings its requests here.
    ALLOWED_ORIGINS: ['http://127.0.0.1:5173', process.env.ALLOWED_ORIGINS].filter(Boolean).join(','),
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'debug',
  }),
  run(['node_modules/vite/bin/vite.js', '--config', 'client/web/vite.config.ts', '--port', '5173', '--strictPort'], {
    RECADO_URL: `http://127.0.0.1:${port}`,
  }),
]

function run(words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, words, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } })
  child.on('exit', code => {
    process.exitCode ??= code ?? 1
    for (const other of children) other.kill('SIGTERM')
  })
  return child
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    process.exitCode = 0
    for (const child of children) child.kill('SIGTERM')
  })
}
