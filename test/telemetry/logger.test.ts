// The log's lines: what is in them, and what never is.
import { describe, expect, it } from 'vitest'
import { createLogger, type LoggerOptions } from '../../server/telemetry/logger.ts'

function openLog(level: LoggerOptions['level'] = 'info') {
  const lines: string[] = []
  const log = createLogger({ level, destination: { write: line => void lines.push(line) } })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') }
}

describe('the log', () => {
  it('writes one object a line with level, time and message', () => {
    const { log, last } = openLog()
    log.info({ port: 4000 }, 'listening')
    expect(last()).toMatchObject({ level: 'info', port: 4000, msg: 'listening', pid: process.pid })
    expect(last().time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  it('leaves out what is below its level', () => {
    const { log, lines } = openLog('warn')
    log.info('quiet')
    log.warn('loud')
    expect(lines).toHaveLength(1)
  })

  it.each([
    { token: 'hush' },
    { password: 'hush', username: 'joao' },
    { variables: { password: 'hush', current: 'hush' } },
    { connectionParams: { authorization: 'hush' } },
    { connectionParams: { Authorization: 'hush' } },
    { req: { headers: { authorization: 'hush', cookie: 'hush' } } },
    { response: { headers: { 'set-cookie': ['hush'] } } },
    { operation: { request: { variables: { token: 'hush' } } } },
    { session: { tokenHash: 'hush' }, account: { passwordHash: 'hush' } },
  ])('hides the secrets in %j', fields => {
    const { log, lines } = openLog()
    log.info(fields, 'a request')
    log.child(fields).info('of a child')
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      expect(line).not.toContain('hush')
      expect(line).toContain('[secret]')
    }
  })

  it('leaves the objects it is given as they were', () => {
    const { log } = openLog()
    const request = { headers: { cookie: 'hush' } }
    log.info(request, 'a request')
    expect(request.headers.cookie).toBe('hush')
  })

  it('writes of an error what it is, and nothing that a library hung on it', () => {
    const { log, lines, last } = openLog()
    const hung = { command: { name: 'evalsha', args: ['só para você', 'hush'] }, code: 'ECONNRESET', details: 'hush' }
    const cause = Object.assign(new Error('the connection is lost'), hung)
    log.error({ err: Object.assign(new Error('append failed', { cause }), hung) }, 'unexpected error')
    log.error({ err: new AggregateError([cause], 'all failed') }, 'unexpected error')
    for (const line of lines) {
      expect(line).not.toMatch(/hush|só para/)
      expect(line).toContain('the connection is lost')
    }
    expect(JSON.parse(lines[0] ?? '').err).toEqual({
      type: 'Error',
      message: 'append failed: the connection is lost',
      stack: expect.stringContaining('logger.test.ts'),
      code: 'ECONNRESET',
    })
    log.error({ err: 'no error at all' }, 'unexpected error')
    expect(last().err).toBe('no error at all')
  })

  it('writes an error with its causes', () => {
    const { log, last } = openLog()
    log.error({ err: new Error('append failed', { cause: new Error('disk full') }), reference: 'r1' }, 'masked')
    expect(last()).toMatchObject({ level: 'error', reference: 'r1', msg: 'masked' })
    expect(last().err.stack).toContain('append failed')
    expect(last().err.stack).toContain('disk full')
  })
})
