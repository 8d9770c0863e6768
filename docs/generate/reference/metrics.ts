// docs/reference/metrics.md from the registry itself: what GET /metrics of a server that has just started says.
import { createMetrics } from '../../../server/telemetry/metrics.ts'
import { opening, page, table } from './markdown.ts'

interface Metric {
  readonly name: string
  readonly help: string
  readonly type: string
  /** Names of labels, but those that Prometheus adds. */
  readonly labels: ReadonlySet<string>
}

export async function metricsPage(): Promise<string> {
  const metrics = createMetrics()
  const all = parse(await metrics.text())
  metrics.close()
  const row = ({ name, type, labels, help }: Metric) => [`\`${name}\``, type, [...labels].join(', ') || '–', help]
  const ours = all.filter(({ name }) => name.startsWith('recado_'))
  const others = all.filter(({ name }) => !name.startsWith('recado_'))
  return page([
    ...opening('Metrics', 'the registry in [server/telemetry/metrics.ts](../../server/telemetry/metrics.ts)'),
    '`GET /metrics` answers with these as Prometheus text. What to watch, and at what value to worry, is in',
    '[operations.md](../operations.md).',
    '',
    '## Recado’s own',
    '',
    ...table(['metric', 'type', 'labels', 'what it says'], ours.map(row)),
    '## Of the process and of Node.js',
    '',
    'By prom-client; which there are depends on the system.',
    '',
    // Some have labels only while something of that kind is open.
    ...table(
      ['metric', 'type', 'what it says'],
      others.map(({ name, type, help }) => [`\`${name}\``, type, help]),
    ),
  ])
}

/** The lines `# HELP`, `# TYPE` and the samples below them. */
function parse(text: string): Metric[] {
  return text
    .split(/^# HELP /m)
    .slice(1)
    .map(block => {
      const [, name = '', help = ''] = /^(\S+) (.*)/.exec(block) ?? []
      const [, type = ''] = /^# TYPE \S+ (\S+)/m.exec(block) ?? []
      const labels = [...block.matchAll(/^\S+?\{(.*)\}/gm)].flatMap(([, inside = '']) =>
        [...inside.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
      )
      return { name, help, type, labels: new Set(labels.filter(label => label !== 'le')) }
    })
}
