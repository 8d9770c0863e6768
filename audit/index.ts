// `recado/audit`: what another server, or another test, imports.
export { allAudits, recadoAudits, selectAudits } from './all.ts'
export { type Audit, type AuditResult, Failed, type Level, must, Skipped, type Status, should } from './audit.ts'
export { Bench, type BenchOptions, type LiveFeed, type ServerFacts } from './bench.ts'
export { countOf, describeResults, mustFailed, type ReportWords, toJson } from './report.ts'
export { parseEndpoint, type Report, type RunOptions, runAudits } from './run.ts'
