// docs/reference/errors.md: the table of refusals with its messages, what the schema says of each code, and what
// PROTOCOL.md says is to be done; then the close codes with their reasons.
import { buildSchema, GraphQLEnumType } from 'graphql'
import { ERRORS, type ErrorCode } from '../../../server/domain/errors.ts'
import { CLOSE } from '../../../server/transport/peer.ts'
import { opening, page, rowsOf, table } from './markdown.ts'

/** @throws Error when a code is in one place and not in another */
export function errorsPage(schema: string, protocol: string): string {
  const said = buildSchema(schema).getType('ErrorCode')
  if (!(said instanceof GraphQLEnumType)) throw new Error('ErrorCode is no enum of the schema')
  const advice = new Map(
    rowsOf(protocol, '| code | retryable |').map(([code = '', , , what = '']) => [code.replaceAll('`', ''), what]),
  )
  const codes = (Object.keys(ERRORS) as ErrorCode[]).map(code => {
    const description = said.getValue(code)?.description
    const what = advice.get(code)
    if (!description || what === undefined) throw new Error(`${code} is not in the schema or not in PROTOCOL.md`)
    return [`\`${code}\``, ERRORS[code].retryable ? 'yes' : 'no', description, ERRORS[code].message, what]
  })
  const reasons = Map.groupBy(Object.values(CLOSE), ({ code }) => String(code))
  const closes = rowsOf(protocol, '| code | when | retried |').map(
    ([code = '', when = '', retried = '', what = '']) => [
      code,
      reasons
        .get(code)
        ?.map(({ reason }) => reason)
        .join('; ') ?? '–',
      when,
      retried,
      what,
    ],
  )
  const listed = new Set(closes.map(([code = '']) => code))
  for (const code of reasons.keys()) if (!listed.has(code)) throw new Error(`${code} is not in PROTOCOL.md`)
  return page([
    ...opening(
      'Error and close codes',
      '[server/domain/errors.ts](../../server/domain/errors.ts), [schema.graphql](../../schema.graphql), ' +
        '[server/transport/peer.ts](../../server/transport/peer.ts) and [PROTOCOL.md](../PROTOCOL.md#errors)',
    ),
    '## In `extensions.code` of an error',
    '',
    'The message is the default one; where more is known, it says more. Pages and terminals show words of their own, in the',
    'reader’s language. *Again*: whether the same request may succeed later.',
    '',
    ...table(['code', 'again', 'when', 'message', 'what to do'], codes),
    '## When a socket is closed',
    '',
    '*Retried*: what stock graphql-ws clients do by themselves. Without a reason: said by the WebSocket library or the client.',
    '',
    ...table(['code', 'reason', 'when', 'retried', 'what to do'], closes),
  ])
}
