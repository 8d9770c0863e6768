// Builds the page, unless the one that is there is newer than all that it is made from. npm runs this after `npm ci`, and
// again for each `npx recado` in a checkout: a page that a server shows must not go away under it, nor anybody wait.
// JavaScript, since npm runs it with whatever Node there is.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BUILT = `${ROOT}client/web/dist/index.html`
const changedAt = file => statSync(ROOT + file).mtimeMs

function isCurrent() {
  if (!existsSync(BUILT)) return false
  const sources = ['client/core', 'client/web'].flatMap(room =>
    readdirSync(ROOT + room, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => `${entry.parentPath ?? entry.path}/${entry.name}`.slice(ROOT.length))
      .filter(file => !file.startsWith('client/web/dist/')),
  )
  const newest = Math.max(...['package-lock.json', ...sources].map(changedAt))
  return statSync(BUILT).mtimeMs > newest
}

if (!isCurrent())
  process.exit(spawnSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'inherit', shell: true }).status ?? 1)
