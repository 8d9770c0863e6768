// The programs that are not npm's: where they are, and what to install when they are not there.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where servers are on Debian and elsewhere, although a user's PATH does not name it. */
const SERVERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/opt/homebrew/bin']

/** By program, Debian's package. */
export const PACKAGES = { 'redis-server': 'redis-server', nginx: 'nginx', sshd: 'openssh-server' } as const

export type ProgramName = keyof typeof PACKAGES

/** The path of a program. Null: it is not installed. */
export function findProgram(name: ProgramName, path = process.env.PATH ?? ''): string | null {
  for (const folder of [...path.split(delimiter), ...SERVERS]) {
    if (folder === '') continue
    try {
      accessSync(join(folder, name), constants.X_OK)
      return join(folder, name)
    } catch {}
  }
  return null
}

/** Debian's packages of those that are not installed. */
export function missingPackages(names: readonly ProgramName[] = ['redis-server', 'nginx']): string[] {
  return names.filter(name => findProgram(name) === null).map(name => PACKAGES[name])
}

/** @throws Error that says what to install */
export function programOf(name: ProgramName): string {
  const path = findProgram(name)
  if (path === null) throw new Error(`${name} is not installed (Debian: apt-get install ${PACKAGES[name]})`)
  return path
}
