// The package as somebody installs it: packed, and installed from the tarball into an empty folder, by the npm and the
// Node of this machine and not by those of the repository.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { diskFolder } from '../setup/folders.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Installed {
  /** Where it is installed: a project of somebody else's. */
  readonly folder: string
  /** The environment of a stranger's terminal: a home of its own, and nothing of this run of npm. */
  readonly env: Record<string, string>
  write(name: string, text: string): Promise<string>
  /** Runs a program in the folder to its end, which must be a good one. */
  run(program: string, words: readonly string[]): Promise<string>
  remove(): Promise<void>
}

const run = promisify(execFile)

/** @param beside packages that the project has besides */
export async function installPackage(beside: readonly string[]): Promise<Installed> {
  const folder = await mkdtemp(join(diskFolder(), 'recado-installed-'))
  const place = join(folder, 'project')
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE|VITEST|XDG_)/i.test(name))
  const path = (process.env.PATH ?? '').split(delimiter).filter(part => !part.includes('node_modules'))
  const env = {
    ...(Object.fromEntries(inherited) as Record<string, string>),
    PATH: path.join(delimiter),
    LANG: 'C.UTF-8',
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
  }
  const options = { cwd: place, env, maxBuffer: 10_000_000 }
  await mkdir(place)
  await run(process.execPath, [join(ROOT, 'ops/package.ts')])
  // `prepack` has been done; as a script it would also build the page, under the feet of tests that show it.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { ...options, cwd: ROOT })
  const tarball = (await readdir(folder)).find(name => name.endsWith('.tgz')) ?? ''
  // As the pages say it: whatever kind of modules this npm begins with.
  await run('npm', ['init', '-y'], options)
  await run('npm', ['pkg', 'set', 'type=module'], options)
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...quiet, join(folder, tarball), ...beside], options)

  return {
    folder: place,
    env,
    async write(name, text) {
      await writeFile(join(place, name), text)
      return join(place, name)
    },
    async run(program, words) {
      try {
        return (await run(program, words, options)).stdout
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
        throw new Error(`${program} ${words.join(' ')}\n${stdout}\n${stderr}`, { cause: error })
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
