#!/usr/bin/env node
// The way in. It runs under any Node from 18 on: under 24.7 (the first with argon2) or newer it goes straight on, under an older one it looks for
// the Node 24 that npm brought along, and runs the same command with that.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const NEEDED = [24, 7]

// Before anything is loaded: graphql-js otherwise looks at every value for signs of a second copy of itself.
process.env.NODE_ENV ??= 'production'

if (isNewEnough(process.versions.node)) {
  // The repository runs from its sources; a package has them compiled, since Node strips no types inside node_modules.
  await import(existsSync(new URL('./recado.ts', import.meta.url)) ? './recado.ts' : '../dist/bin/recado.js')
} else {
  const node = newerNode()
  if (node === undefined) complain()
  else runWith(node)
}

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])
}

/** npm packages named node-<platform>-<arch> hold a Node binary; the optional dependencies have the one that fits. */
function newerNode() {
  const require = createRequire(import.meta.url)
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}/package.json`
  try {
    const node = join(dirname(require.resolve(name)), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    // An old one would come back here, and so on without end.
    return isNewEnough(require(name).version) && existsSync(node) ? node : undefined
  } catch {
    return undefined
  }
}

/** @param {string} node */
function runWith(node) {
  const words = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  const child = spawn(node, words, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C at a terminal reaches the child by itself: a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('error', error => {
    console.error(error.message)
    complain()
  })
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal]
  })
}

function complain() {
  console.error(
    [
      `O Recado precisa do Node ${NEEDED.join('.')} ou mais novo; este é o ${process.version}.`,
      '  Rode `npm ci` na pasta do Recado (traz um Node próprio), ou instale um de https://nodejs.org',
      `Recado needs Node ${NEEDED.join('.')} or newer; this is ${process.version}.`,
      '  Run `npm ci` in the folder of Recado (it brings a Node of its own), or install one from https://nodejs.org',
    ].join('\n'),
  )
  process.exitCode = 1
}
