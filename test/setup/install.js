// Installs what the tests need beside npm's packages: redis-server, nginx, chromium, tmux and OpenSSH, real ones, and what
// checks the units of systemd. On Debian as root it does so by itself; elsewhere it says what to install. Runs before
// `npm test`.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const NEEDED = [
  { program: 'redis-server', debian: 'redis-server', service: 'redis-server' },
  { program: 'nginx', debian: 'nginx', service: 'nginx' },
  { program: 'systemd-analyze', debian: 'systemd' },
  { program: 'chromium', debian: 'chromium' },
  { program: 'tmux', debian: 'tmux' },
  { program: 'sshd', debian: 'openssh-server', service: 'ssh' },
  { program: 'ssh', debian: 'openssh-client' },
]

// Where Debian has servers; a user's PATH does not name it.
const PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
const isThere = program => spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH } }).status === 0
const missing = NEEDED.filter(({ program }) => !isThere(program))

if (missing.length > 0) {
  const packages = missing.map(({ debian }) => debian)
  const isDebianRoot = existsSync('/etc/debian_version') && process.getuid?.() === 0
  if (!isDebianRoot) {
    console.error(`The tests need ${packages.join(' and ')}. On Debian or Ubuntu:`)
    console.error(`  sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`)
    process.exit(1)
  }
  console.log(`Installing ${packages.join(' and ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // Tests start their own servers on their own ports: the packages' must not start, now or with the machine.
  const policy = '/usr/sbin/policy-rc.d'
  const isOurs = !existsSync(policy)
  if (isOurs) spawnSync('sh', ['-c', `printf '#!/bin/sh\\nexit 101\\n' > ${policy} && chmod +x ${policy}`])
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], { env, stdio: 'inherit' }).status
  apt('update')
  const status = apt('install', '-y', '--no-install-recommends', ...packages)
  if (isOurs) spawnSync('rm', ['-f', policy])
  const services = missing.flatMap(({ service }) => service ?? [])
  if (services.length > 0) spawnSync('systemctl', ['--root=/', 'disable', ...services], { stdio: 'ignore' })
  const still = missing.filter(({ program }) => !isThere(program))
  if (status !== 0 || still.length > 0) {
    console.error(`Could not install ${packages.join(' and ')}: do it by hand and run the tests again.`)
    process.exit(1)
  }
}
