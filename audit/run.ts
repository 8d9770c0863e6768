// Runs audits against a server: a few at a time, those that mostly wait beside them, those that need the server for
// themselves at the end. One result for each, in the order in which they were given.
import { type Audit, type AuditResult, Failed, Skipped, type Status } from './audit.ts'
import { Bench, type ServerFacts } from './bench.ts'
import { within } from './check.ts'
import { SERVER } from './documents.ts'
import { People } from './people.ts'
import { postOperation } from './wire/http.ts'

export interface RunOptions {
  /** Milliseconds that whatever is waited for may take. Default 10,000. */
  readonly patienceMs?: number
  /** How many run at the same time. Default 6. */
  readonly lanes?: number
  /** Told of each result as it comes. */
  readonly onResult?: (result: AuditResult) => void
}

export interface Report {
  /** In the order of the audits. */
  readonly results: readonly AuditResult[]
  /** Accounts that were made for it, and those of them that could not be deleted again. */
  readonly accounts: { readonly made: number; readonly left: number }
}

const PATIENCE_MS = 10_000
/** A slow one waits for what a server does after up to half a minute. */
const SLOW_MS = 60_000

/** `http://host`, `ws://host/graphql` and the like, as the endpoint of GraphQL. Null: no such address. */
export function parseEndpoint(text: string): URL | null {
  const url = URL.parse(text.replace(/^ws(?=s?:)/, 'http'))
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) return null
  if (url.pathname === '/') url.pathname = '/graphql'
  return url
}

/** @throws Failed */
function endpointOf(text: string): URL {
  const url = parseEndpoint(text)
  if (!url) throw new Failed(`not a URL of http or https: ${JSON.stringify(text)}`)
  return url
}

/**
 * Runs the audits at a server.
 * @param url of the server, or of its GraphQL endpoint
 * @throws Failed when no Recado server answers there
 */
export async function runAudits(url: string, audits: readonly Audit[], options: RunOptions = {}): Promise<Report> {
  const { patienceMs = PATIENCE_MS, lanes = 6, onResult = () => {} } = options
  const endpoint = endpointOf(url)
  const server = await factsOf(endpoint, patienceMs)
  const people = new People({ endpoint: endpoint.href, ms: patienceMs })
  const resultById = new Map<string, AuditResult>()

  async function run(audit: Audit): Promise<void> {
    const bench = new Bench({ endpoint, people, server, patienceMs })
    const result = await judge(audit, bench, patienceMs)
    bench.close()
    resultById.set(audit.id, result)
    onResult(result)
  }
  async function inLanes(waiting: Audit[]): Promise<void> {
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await run(next)
    }
    await Promise.all(Array.from({ length: lanes }, lane))
  }

  const shared = audits.filter(({ alone }) => !alone)
  const slow = shared.filter(audit => audit.slow).map(run)
  await inLanes(shared.filter(audit => !audit.slow))
  await Promise.all(slow)
  for (const audit of audits) if (audit.alone) await run(audit)
  const made = people.count
  const left = await people.deleteAll()
  return {
    results: audits.flatMap(({ id }) => resultById.get(id) ?? []),
    accounts: { made, left },
  }
}

async function judge(audit: Audit, bench: Bench, patienceMs: number): Promise<AuditResult> {
  const { id, level, sentence } = audit
  const answer = (status: Status, reason = ''): AuditResult => ({ id, level, sentence, status, reason })
  try {
    await within(audit.run(bench), Math.max(SLOW_MS, 3 * patienceMs), 'the whole audit')
    return answer('ok')
  } catch (error) {
    if (error instanceof Skipped) return answer('skipped', error.message)
    if (error instanceof Failed) return answer('failed', error.message)
    return answer('failed', `unexpected: ${error instanceof Error ? error.message : error}`)
  }
}

async function factsOf(endpoint: URL, ms: number): Promise<ServerFacts> {
  const { result, status } = await postOperation(endpoint.href, SERVER, {}, ms)
  const facts = result.data?.server
  if (!facts?.limits)
    throw new Failed(`no Recado server at ${endpoint.href}: the query \`server\` got status ${status}`)
  return facts
}
