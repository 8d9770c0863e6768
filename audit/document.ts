// docs/audits.md, written from the audits themselves.
import { type Audit, clauseOf } from './audit.ts'
import { exceptions, partly } from './exceptions.ts'

const INTRODUCTION = `# The audits

\`recado audit URL\` asks a running server whether it keeps [PROTOCOL.md](PROTOCOL.md): over the wire, as any client would,
by HTTP, SSE and WebSocket. Each audit is a sentence of a clause and a function that looks. It makes accounts with random
names and deletes them at the end; what it sends stays in the log, as the messages of every account that is deleted do:
use an empty test server. In the folder of a checkout type \`npx recado\` for \`recado\`.

<!-- tested: test/audit/command.test.ts -->
\`\`\`sh
recado audit http://127.0.0.1:4000                 # a table; the exit code is 0 when no MUST failed, else 1
recado audit http://127.0.0.1:4000 --json          # an array of { id, level, sentence, status, reason }
recado audit http://127.0.0.1:4000 --only FEED,SEND-1,CLOSE-1c
recado audit --list
\`\`\`

The status is \`ok\`, \`failed\` (the reason is what was expected and what came) or \`skipped\` (the reason is why it can't
be seen there, such as a limit that is switched off). It stays below the limits that a server has by default, and waits
where one is reached.

## For another server

The audits need a URL and nothing of Recado's server. In a test of your own, with whatever runner:

\`\`\`ts
import { test } from 'node:test'
import { allAudits, runAudits } from 'recado/audit'

test('my server keeps the protocol', async () => {
  const audits = await allAudits()
  const { results } = await runAudits('http://127.0.0.1:4000/graphql', audits, {
    onResult: ({ status, id, reason }) => console.error(status, id, reason),
  })
  const broken = results.filter(({ level, status }) => level === 'MUST' && status === 'failed')
  if (broken.length > 0) throw new Error(broken.map(({ id, reason }) => \`\${id}: \${reason}\`).join('\\n'))
})
\`\`\`

That each audit can fail is shown by a list of broken servers, [test/audit/mutants.ts](../test/audit/mutants.ts): each
names the audits that must catch it, and every audit catches one.
`

/** The whole page. */
export function describeAudits(audits: readonly Audit[]): string {
  const theirs = audits.filter(({ id }) => id.includes('/'))
  const ours = audits.filter(({ id }) => !id.includes('/'))
  const must = audits.filter(({ level }) => level === 'MUST').length
  const clauses = new Set(audits.map(({ id }) => clauseOf(id)))
  return [
    '<!-- Written by docs/generate/audits.ts. -->',
    INTRODUCTION,
    `## All ${audits.length}`,
    '',
    `${must} MUST, ${audits.length - must} SHOULD, of ${clauses.size} clauses.`,
    '',
    ...table(ours),
    '',
    '### Of GraphQL over HTTP (`HTTP-5`)',
    '',
    'By [graphql-http](https://github.com/graphql/graphql-http), under its own ids; what it merely allows (MAY) is left out.',
    '',
    ...table(theirs),
    '',
    '## Clauses that are not audited',
    '',
    ...rows('Clause', exceptions),
    '',
    'And of clauses that are:',
    '',
    ...rows('Clause', partly),
    '',
  ].join('\n')
}

function table(audits: readonly Audit[]): string[] {
  return ['| Id | Sentence |', '|---|---|', ...audits.map(({ id, sentence }) => `| ${id} | ${cell(sentence)} |`)]
}

function rows(head: string, reasons: Readonly<Record<string, string>>): string[] {
  return [`| ${head} | Why |`, '|---|---|', ...Object.entries(reasons).map(([id, why]) => `| ${id} | ${cell(why)} |`)]
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
