// `recado serve`: starts the server, says where to look and how to let a phone in, and stops it in an orderly way when
// told to. Flags win over the environment.
import { networkInterfaces } from 'node:os'
import { renderUnicodeCompact } from 'uqr'
import { type Command, defineCommand, Failure, section } from '../../client/terminal/command.ts'
import { type Config, ConfigError, describeSettings, parseConfig } from '../../server/config.ts'
import { startServer } from '../../server/main.ts'
import { StoreError } from '../../server/store/store-error.ts'
import { nextSignal } from './signals.ts'
import type { ProgramTexts } from './texts.ts'

export function createServe(texts: ProgramTexts): Command {
  const { serve: words } = texts
  return defineCommand(texts, {
    name: 'serve',
    about: words.about,
    args: {
      port: { type: 'string', valueHint: 'n', description: words.port },
      host: { type: 'string', valueHint: 'address', description: words.host },
      'data-dir': { type: 'string', valueHint: 'path', description: words.dataDir },
      lan: { type: 'boolean', description: words.lan },
    },
    examples: [
      ['npx recado serve', words.examples[0]],
      ['npx recado serve --lan', words.examples[1]],
      ['npx recado serve --port 5000 --data-dir /var/lib/recado', words.examples[2]],
    ],
    more: () => `${texts.program.settings}:\n${words.settings}\n\n${describeSettings()}`,
    async run(args) {
      const env: Record<string, string | undefined> = { ...process.env }
      if (args.lan) env.HOST = '0.0.0.0'
      if (args.port !== undefined) env.PORT = args.port
      if (args.host !== undefined) env.HOST = args.host
      if (args['data-dir'] !== undefined) env.DATA_DIR = args['data-dir']
      try {
        const config = parseConfig(env)
        const server = await startServer(env).catch(error => {
          throw explain(error, config, texts)
        })
        // Before anybody is told that it runs: whoever reads that may end it at once.
        const signal = nextSignal()
        console.error(describePlace(new URL(server.url), config, texts))
        await signal
        console.error(words.stopping)
        await server.close()
        return 0
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        console.error(error.message)
        return 2
      }
    },
  })
}

/** What a person can mend, in a sentence; anything else stays as it is. */
function explain(error: unknown, config: Config, { serve: words }: ProgramTexts): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new Failure(words.portTaken(String(config.port), withPort(config.port < 65_535 ? config.port + 1 : 4000)))
  if (code === 'EACCES' && 'syscall' in error && error.syscall === 'listen') {
    return new Failure(words.portForbidden(String(config.port), withPort(4000)))
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return new Failure(words.noSuchAddress(config.host))
  return error instanceof StoreError ? new Failure(error.message) : error
}

/** Whether it was started by `npm start`, which keeps words for itself unless `--` stands before them. */
const isStart = (): boolean => process.env.npm_lifecycle_event === 'start'

const withPort = (port: number): string =>
  isStart() ? `\`npm start -- --port ${port}\`, \`PORT=${port} npm start\`` : `\`npx recado serve --port ${port}\``

function describePlace(url: URL, config: Config, texts: ProgramTexts): string {
  const { serve: words } = texts
  const isOpen = config.host === '0.0.0.0' || config.host === '::'
  const here = isOpen ? `http://127.0.0.1:${url.port}` : url.origin
  const command = `\`${isStart() ? 'npm start --' : 'npx recado serve'} --lan\``
  const there = isOpen ? outsideAddresses().map(address => `http://${address}:${url.port}/`) : []
  const [first] = there
  return [
    ...section('Recado', [
      [words.page, config.publicUrl === null ? `${here}/` : `${here}/  ${config.publicUrl}/`],
      ...(config.graphiql ? [['GraphiQL', `${here}/graphql`] as const] : []),
      [words.terminal, `npx recado chat${here === 'http://127.0.0.1:4000' ? '' : ` --url ${here}`}`],
      ...(first === undefined
        ? [[words.phone, words.phoneHow(command)] as const]
        : there.map((address): [string, string] => [words.phone, `${address}  (${words.everybody})`])),
    ]),
    ...(first !== undefined && process.stderr.isTTY ? [qrCode(first)] : []),
    words.stopHow,
  ].join('\n')
}

/** Bridges of containers and virtual machines, tunnels: seldom where a phone is. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|utun|wg|zt|tailscale)/

/** Addresses of this computer that others on its network can reach, the likeliest first. */
function outsideAddresses(): string[] {
  return Object.entries(networkInterfaces())
    .toSorted(([a], [b]) => Number(VIRTUAL.test(a)) - Number(VIRTUAL.test(b)))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
}

/** For a phone's camera: light on dark, as terminals mostly are, with a quiet zone around it. */
const qrCode = (text: string): string => renderUnicodeCompact(text, { border: 2 })
