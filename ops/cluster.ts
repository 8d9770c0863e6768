// `npm run cluster`: Redis, three nodes and nginx on this machine, as an example that works and can be played with. One
// URL comes out; Ctrl-C ends all of it. What is kept is in ./data/cluster. PORT and HOST say where people reach it, and
// any setting of the server (recado serve --help) is passed on to the nodes.
import { mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Cluster, startCluster } from './cluster/cluster.ts'
import { missingPackages } from './cluster/programs.ts'

const DIR = join(process.env.DATA_DIR?.trim() || './data', 'cluster')
const PID_FILE = join(DIR, 'cluster.pid')

/** To people, in both languages. */
function say(portuguese: string, english: string): void {
  console.log(`${portuguese}\n${english}\n`)
}

function fail(portuguese: string, english: string): never {
  console.error(`${portuguese}\n${english}`)
  process.exit(1)
}

/** Two on one folder would write into one Redis file. Throws away what is left of one that was killed. */
function takeFolder(): void {
  mkdirSync(DIR, { recursive: true })
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeSync(openSync(PID_FILE, 'wx'), String(process.pid))
      process.once('exit', () => rmSync(PID_FILE, { force: true }))
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      const pid = Number(readFileSync(PID_FILE, 'utf8'))
      if (pid > 0 && isRunning(pid)) break
      rmSync(PID_FILE, { force: true })
    }
  }
  fail(
    `Já há um cluster em ${DIR} (processo ${readFileSync(PID_FILE, 'utf8')}).`,
    `There is a cluster in ${DIR} already (process ${readFileSync(PID_FILE, 'utf8')}).`,
  )
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const missing = missingPackages()
if (missing.length > 0) {
  const command = `sudo apt-get install -y ${missing.join(' ')}`
  fail(
    `Falta instalar: ${missing.join(', ')}. No Debian ou Ubuntu: ${command}`,
    `Not installed: ${missing.join(', ')}. On Debian or Ubuntu: ${command}`,
  )
}
takeFolder()

let cluster: Cluster | null = null
let isStopping = false

async function stop(status: number): Promise<void> {
  // A second Ctrl-C, or one before all have started: the guard ends what there is.
  if (isStopping || cluster === null) process.exit(status === 0 ? 130 : status)
  isStopping = true
  say('Encerrando: os nós se despedem de todos …', 'Stopping: the nodes let everybody go …')
  await cluster.close()
  process.exit(status)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))

say('Iniciando o Redis, três nós e o nginx …', 'Starting Redis, three nodes and nginx …')
const port = Number(process.env.PORT ?? 8080)
try {
  cluster = await startCluster({
    dir: DIR,
    port: Number.isInteger(port) && port >= 0 && port < 65_536 ? port : 8080,
    ...(process.env.HOST ? { host: process.env.HOST } : {}),
    env: {
      ...(process.env.PUBLIC_URL ? { PUBLIC_URL: process.env.PUBLIC_URL } : {}),
      DRAIN_SECONDS: process.env.DRAIN_SECONDS ?? '2',
    },
    onEnded: (name, how) =>
      say(`${name} terminou (${how}); iniciando de novo.`, `${name} has ended (${how}); starting it again.`),
    onStarted: name => say(`${name} está de volta.`, `${name} is back.`),
    onFailure(error) {
      console.error(error.message)
      void stop(1)
    },
  })
} catch (error) {
  fail(`Não deu para iniciar. ${(error as Error).message}`, 'It could not be started: see above.')
}

const { url, members } = cluster
say(`O Recado está em  ${url}/`, `Recado is at      ${url}/`)
for (const { name, port, pid } of members) console.log(`  ${name.padEnd(8)} 127.0.0.1:${port}  pid ${pid}`)
console.log(`  ${DIR}/*.log  ${DIR}/*/*.log\n`)
say(
  'Derrube um nó (kill -9 PID) e veja que nada se perde. r + Enter: reinicia os nós, um por um. Ctrl-C: encerra tudo.',
  'Kill a node (kill -9 PID) and see that nothing is lost. r + Enter: restarts the nodes in turn. Ctrl-C: ends it all.',
)

let restarting: Promise<void> = Promise.resolve()
function restart(): void {
  restarting = restarting
    .then(() => cluster?.restartNodes())
    .catch(error => {
      console.error((error as Error).message)
      return stop(1)
    })
}
process.on('SIGUSR2', restart)
createInterface({ input: process.stdin }).on('line', line => {
  if (line.trim().toLowerCase() === 'r') restart()
})
