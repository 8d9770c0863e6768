// `recado challenge`: a challenge server on this computer, until it is interrupted.
import { type Command, defineCommand, Failure, parseCount } from '../../client/terminal/command.ts'
import { createChallengeServer, GREETING } from '../../server/challenge/local.ts'
import { nextSignal } from './signals.ts'
import type { ProgramTexts } from './texts.ts'

export function createChallenge(texts: ProgramTexts): Command {
  const { challenge: words } = texts
  return defineCommand(texts, {
    name: 'challenge',
    about: words.about,
    args: {
      port: { type: 'string', valueHint: 'n', description: words.port, default: '4001' },
      greeting: { type: 'string', valueHint: 'text', description: words.greeting, default: GREETING },
      delay: { type: 'string', valueHint: 's', description: words.delay, default: '0' },
    },
    examples: [
      ['npx recado challenge', words.examples[0]],
      ['npx recado challenge --port 4002 --delay 10', words.examples[1]],
    ],
    async run({ port, greeting, delay }) {
      const options = {
        port: parseCount('--port', port, 0, 65_535, texts),
        delayMs: parseCount('--delay', delay, 0, 3600, texts) * 1000,
        greeting,
      }
      const server = await createChallengeServer(options).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'EADDRINUSE' ? new Failure(words.portTaken(port)) : error
      })
      // Before anybody is told that it runs: whoever reads that may end it at once.
      const signal = nextSignal()
      console.error(words.listening(server.url, JSON.stringify(greeting)))
      await signal
      await server.close()
      return 0
    },
  })
}
