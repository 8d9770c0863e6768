// A real OpenSSH server for a test, on a free port of the loopback, with a configuration, a host key and an authorized key
// made for it in a temporary folder: nothing of this machine's own ssh is read or changed. It lets in the user who runs
// the tests, and ends at the latest with the process of the tests.
import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startGuard } from '../../ops/cluster/guard.ts'
import { startProcess, untilReady } from '../../ops/cluster/managed-process.ts'
import { freePort, isListening } from '../../ops/cluster/ports.ts'
import { programOf } from '../../ops/cluster/programs.ts'

export interface TestSshd {
  readonly port: number
  /**
   * The words of an `ssh` that runs a command there.
   * @param command for the shell there
   * @param options of ssh itself
   * @param through the port to dial, of a relay; default: the server's own
   */
  client(command: string, options?: readonly string[], through?: number): readonly string[]
  close(): Promise<void>
}

const run = promisify(execFile)
/** What the client knows it by, whatever port it is reached through. */
const HOST = 'recado-test'

export async function startTestSshd(): Promise<TestSshd> {
  const dir = await mkdtemp(join(tmpdir(), 'recado-sshd-'))
  const files = {
    hostKey: join(dir, 'host-key'),
    key: join(dir, 'key'),
    authorized: join(dir, 'authorized-keys'),
    known: join(dir, 'known-hosts'),
    config: join(dir, 'sshd.conf'),
    log: join(dir, 'sshd.log'),
  }
  for (const key of [files.hostKey, files.key]) {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'recado test', '-f', key])
  }
  await copyFile(`${files.key}.pub`, files.authorized)
  const port = await freePort()
  const [type, hostKey] = (await readFile(`${files.hostKey}.pub`, 'utf8')).split(' ')
  await writeFile(files.known, `${HOST} ${type} ${hostKey}\n`)
  await writeFile(
    files.config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${files.hostKey}`,
      `AuthorizedKeysFile ${files.authorized}`,
      'AuthenticationMethods publickey',
      'PermitRootLogin prohibit-password',
      'PidFile none',
      'UsePAM no',
      // The temporary folder is everybody's, which sshd would hold against the key.
      'StrictModes no',
      'PermitUserRC no',
      'PrintLastLog no',
      'PrintMotd no',
    ].join('\n'),
  )
  // As root, sshd wants an empty folder to lock itself into; where it is a service, that is made at each start of it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const guard = startGuard()
  const sshd = await startProcess({
    program: programOf('sshd'),
    args: ['-D', '-e', '-f', files.config],
    guard,
    logFile: files.log,
  })
  await untilReady(sshd, files.log, () => isListening(port))
  return {
    port,
    client(command, options = [], through = port) {
      const settings = {
        IdentityFile: files.key,
        IdentitiesOnly: 'yes',
        IdentityAgent: 'none',
        UserKnownHostsFile: files.known,
        GlobalKnownHostsFile: '/dev/null',
        HostKeyAlias: HOST,
        LogLevel: 'ERROR',
      }
      const words = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
      const where = ['-p', String(through), `${userInfo().username}@127.0.0.1`]
      return ['ssh', '-F', '/dev/null', ...words, ...options, ...where, command]
    },
    async close() {
      await sshd.stop('SIGTERM')
      await guard.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
