// The audits of GraphQL over HTTP by graphql-http (an optional package), as audits of HTTP-5. What its specification merely
// allows (MAY) is not among them.
import { type Audit, Failed, type Level } from '../audit.ts'
import type { Bench } from '../bench.ts'

interface Theirs {
  readonly id: string
  readonly name: string
  fn(): Promise<{ readonly status: string; readonly reason?: string }>
}

/** Which of them there are: the sentences stand in docs/audits.md, also where the package is not installed. */
export async function graphqlHttp(): Promise<readonly Audit[]> {
  const { serverAudits } = await import('graphql-http')
  const listed = serverAudits({ url: 'http://127.0.0.1:9/graphql' }) as readonly Theirs[]
  return listed.flatMap(({ id, name }) => {
    const [, level] = /^(MUST|SHOULD)\b/.exec(name) ?? []
    if (!level) return []
    return [{ id: `HTTP-5/${id}`, level: level as Level, sentence: name, run: (bench: Bench) => run(id, bench) }]
  })

  async function run(id: string, bench: Bench): Promise<void> {
    const audits = serverAudits({ url: bench.endpoint.href }) as readonly Theirs[]
    const result = await audits.find(audit => audit.id === id)?.fn()
    if (result?.status !== 'ok') throw new Failed(result?.reason ?? 'there is no such audit')
  }
}
