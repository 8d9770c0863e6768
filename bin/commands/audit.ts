// `recado audit [url]`: the conformance suite of docs/PROTOCOL.md against a running server. The table (or JSON) alone on
// standard output, how far it is on standard error. Exit code 0 when no MUST failed, 1 otherwise, 2 called wrongly.
import { allAudits, selectAudits } from '../../audit/all.ts'
import { Failed } from '../../audit/audit.ts'
import { describeResults, mustFailed, toJson } from '../../audit/report.ts'
import { parseEndpoint, runAudits } from '../../audit/run.ts'
import { type Command, defineCommand, Failure, UsageError } from '../../client/terminal/command.ts'
import { harmlessLine, harmlessText } from '../../client/terminal/harmless.ts'
import { createProgress } from './progress.ts'
import type { ProgramTexts } from './texts.ts'

export function createAudit(texts: ProgramTexts): Command {
  const { audit: words } = texts
  return defineCommand(texts, {
    name: 'audit',
    about: words.about,
    args: {
      url: { type: 'positional', required: false, description: words.url, default: 'http://127.0.0.1:4000' },
      json: { type: 'boolean', description: words.json },
      only: { type: 'string', valueHint: 'ids', description: words.only },
      list: { type: 'boolean', description: words.list },
    },
    examples: [
      ['npx recado audit', words.examples[0]],
      ['npx recado audit https://chat.example.com --only FEED,SEND-1a', words.examples[1]],
      ['npx recado audit --list', words.examples[2]],
    ],
    async run({ url, json, only, list }) {
      const endpoint = parseEndpoint(url)
      if (!endpoint) throw new UsageError(texts.usage.notAnUrl(JSON.stringify(url), 'http:// | https://'))
      const all = await allAudits()
      const wanted = only === undefined ? { selected: all } : selectAudits(all, idsOf(only))
      if ('unknown' in wanted) throw new UsageError(words.unknown(JSON.stringify(wanted.unknown)))
      const { selected } = wanted
      if (list) {
        for (const { id, sentence } of selected) console.log(`${id}  ${sentence}`)
        return 0
      }
      console.error(words.begins(selected.length, harmlessLine(endpoint.href)))
      const progress = createProgress({ total: selected.length, describe: words.progress, texts })
      try {
        const { results, accounts } = await runAudits(endpoint.href, selected, { onResult: () => progress.advance(1) })
        progress.end()
        if (accounts.left > 0) console.error(words.left(accounts.left))
        // A server may answer with anything.
        console.log(json ? toJson(results) : harmlessText(describeResults(results, words), ''))
        return mustFailed(results) > 0 ? 1 : 0
      } catch (error) {
        progress.end()
        throw error instanceof Failed ? new Failure(words.noServer(error.message)) : error
      }
    },
  })
}

function idsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(word => word !== '')
}
