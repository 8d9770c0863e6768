// `recado probe [url]`: the challenge server's message alone on standard output, the steps as they happen on standard
// error. Exit code 0 with a message, 1 without one, 2 for a wrong command line.
import { type Command, defineCommand, parseCount, UsageError } from '../../client/terminal/command.ts'
import { harmlessLine, harmlessText, jsonLine } from '../../client/terminal/harmless.ts'
import { createProbe, type ProbeFailure, type ProbeStep } from '../../server/challenge/probe.ts'
import { SETTINGS } from '../../server/config.ts'
import { Refusal } from '../../server/domain/errors.ts'
import type { ProgramTexts } from './texts.ts'

export function createProbeCommand(texts: ProgramTexts): Command {
  const { probe: words } = texts
  const seconds = String(Number(SETTINGS.CHALLENGE_TIMEOUT_MS.default) / 1000)
  return defineCommand(texts, {
    name: 'probe',
    about: words.about,
    args: {
      url: {
        type: 'positional',
        required: false,
        description: words.url,
        default: process.env.CHALLENGE_URL || SETTINGS.CHALLENGE_URL.default,
      },
      json: { type: 'boolean', description: words.json },
      timeout: { type: 'string', valueHint: 's', description: words.timeout, default: seconds },
    },
    examples: [
      ['npx recado probe', words.examples[0]],
      ['npx recado probe ws://127.0.0.1:4001', words.examples[1]],
      ['npx recado probe --json', words.examples[2]],
    ],
    async run({ url, json, timeout }) {
      if (SETTINGS.CHALLENGE_URL.parse(url) === undefined) {
        throw new UsageError(texts.usage.notAnUrl(JSON.stringify(url), 'ws:// | wss://'))
      }
      const openTimeoutMs = parseCount('--timeout', timeout, 0, 86_400, texts) * 1000
      const probe = createProbe({ url, openTimeoutMs })
      const steps: ProbeStep[] = []
      console.error(words.reading(harmlessLine(url)))
      try {
        const answer = await probe.read(step => {
          steps.push(step)
          console.error(`${clock(step.atMs)}  ${harmlessLine(words.steps[step.step](step.detail ?? ''))}`)
        })
        if (json) console.log(jsonLine({ ...answer, at: new Date(answer.at).toISOString(), steps }))
        else console.log(process.stdout.isTTY ? harmlessText(answer.message, '') : answer.message)
        return 0
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const reason = error.details.reason as ProbeFailure
        const { code, message, details } = error
        const detail = typeof details.status === 'number' ? ` (HTTP ${details.status})` : ''
        console.error(`${code}: ${words.failures[reason] ?? message}${detail}`)
        if (json) console.log(jsonLine({ url, error: { code, ...details, message }, steps }))
        return 1
      } finally {
        probe.close()
      }
    },
  })
}

/** `  0.012 s`, in columns. */
function clock(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3).padStart(7)} s`
}
