// `npm run advisories`: whether the registry knows anything against the packages that Recado runs with. Three outcomes, not
// two: nothing known (0), something known (1), and not checked (2), because the registry did not answer as it should.
import { spawnSync } from 'node:child_process'

export interface Verdict {
  /** The exit status. */
  readonly status: 0 | 1 | 2
  readonly text: string
}

interface Report {
  readonly vulnerabilities: Readonly<Record<string, unknown>>
  readonly metadata: { readonly dependencies: { readonly prod: number } }
}

/** @param output what `npm audit --json` printed */
export function judge(output: string): Verdict {
  let report: Partial<Report> & { readonly message?: unknown }
  try {
    report = JSON.parse(output)
  } catch {
    return notChecked(output.trim().split('\n')[0] || 'npm said nothing')
  }
  const { vulnerabilities, metadata } = report ?? {}
  const asked = metadata?.dependencies?.prod
  if (typeof vulnerabilities !== 'object' || vulnerabilities === null || typeof asked !== 'number' || asked < 1) {
    return notChecked(typeof report?.message === 'string' ? report.message : 'its answer is no report')
  }
  const known = Object.entries(vulnerabilities).map(([name, about]) => `  ${name}: ${describe(about)}`)
  if (known.length === 0) return { status: 0, text: `Nothing is known against the ${asked} packages that run.` }
  return { status: 1, text: `Something is known against ${known.length} of ${asked} packages:\n${known.join('\n')}` }
}

function notChecked(why: string): Verdict {
  return { status: 2, text: `NOT CHECKED: the registry did not say what is known (${why}). This is no clean bill.` }
}

function describe(about: unknown): string {
  const { severity, range, via } = about as { severity?: unknown; range?: unknown; via?: readonly unknown[] }
  const titles = (via ?? []).map(one => (typeof one === 'string' ? `by ${one}` : (one as { title?: unknown }).title))
  return `${severity} (${range}) ${titles.join('; ')}`
}

if (import.meta.main) {
  const { stdout, stderr, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' })
  const { status, text } = judge(error ? String(error) : stdout || stderr)
  if (status === 0) console.log(text)
  else console.error(text)
  process.exitCode = status
}
