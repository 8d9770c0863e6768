// docs/reference/schema.md from schema.graphql: every operation with its arguments, then every type, each with its
// description and links to the types that it names.
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  printType,
} from 'graphql'
import { opening, page, table } from './markdown.ts'

type Fields = readonly GraphQLField<unknown, unknown>[]

export function schemaPage(source: string): string {
  const schema = buildSchema(source)
  const lines = [
    ...opening('Schema reference', '[schema.graphql](../../schema.graphql)'),
    'A type that ends with `!` is never null. The rules on the wire are in [PROTOCOL.md](../PROTOCOL.md).',
    '',
  ]
  const roots = [
    ['Queries', schema.getQueryType()],
    ['Mutations', schema.getMutationType()],
    ['Subscriptions', schema.getSubscriptionType()],
  ] as const
  for (const [title, type] of roots) {
    if (!type) continue
    lines.push(`## ${title}`, '', ...described(type))
    for (const field of Object.values(type.getFields())) lines.push(...operation(field))
  }
  const names = new Set(roots.map(([, type]) => type?.name))
  const types = Object.values(schema.getTypeMap())
    .filter(type => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !names.has(type.name))
    .toSorted((one, other) => one.name.localeCompare(other.name))
  lines.push('## Types', '', types.map(link).join(' · '), '')
  for (const type of types) lines.push(...typeLines(type, schema))
  return page(lines)
}

const link = ({ name }: GraphQLNamedType): string => `[${name}](#${name.toLowerCase()})`

/** `[Message!]!`, with a link to the type inside; the scalars of GraphQL itself have none. */
function typeText(type: GraphQLField<unknown, unknown>['type'] | GraphQLArgument['type']): string {
  const named = getNamedType(type)
  const text = String(type).replaceAll('[', '\\[').replaceAll(']', '\\]')
  return isSpecifiedScalarType(named) ? text : text.replace(named.name, link(named))
}

function described({ description }: { readonly description?: string | null | undefined }): string[] {
  return description ? [description, ''] : []
}

function operation(field: GraphQLField<unknown, unknown>): string[] {
  return [
    `### ${field.name}`,
    '',
    `Gives ${typeText(field.type)}.`,
    '',
    ...described(field),
    ...argumentsTable(field.args),
  ]
}

function argumentsTable(args: readonly GraphQLArgument[]): string[] {
  if (args.length === 0) return []
  return table(
    ['argument', 'type', 'default', 'what it is'],
    args.map(({ name, type, defaultValue, description }) => [
      `\`${name}\``,
      typeText(type),
      defaultValue === undefined ? '–' : `\`${printed(defaultValue)}\``,
      description ?? '',
    ]),
  )
}

/** As in a document: `"x"`, `50`, `ALL`. */
function printed(value: unknown): string {
  return typeof value === 'string' && /^[A-Z_]+$/.test(value) ? value : JSON.stringify(value)
}

function fieldsTable(fields: Fields): string[] {
  const rows = fields.map(({ name, args, type, description }) => [
    `\`${args.length === 0 ? name : `${name}(${args.map(arg => `${arg.name}: ${String(arg.type)}`).join(', ')})`}\``,
    typeText(type),
    description ?? '',
  ])
  return table(['field', 'type', 'what it is'], rows)
}

function typeLines(type: GraphQLNamedType, schema: GraphQLSchema): string[] {
  const lines = [`### ${type.name}`, '', ...described(type)]
  if (isEnumType(type)) {
    const rows = type.getValues().map(({ name, description }) => [`\`${name}\``, description ?? ''])
    return [...lines, ...table(['value', 'what it says'], rows)]
  }
  if (isUnionType(type)) return [...lines, `One of ${type.getTypes().map(link).join(', ')}.`, '']
  if (isScalarType(type)) return [...lines, 'A scalar: text on the wire.', '']
  if (isInputObjectType(type)) {
    const rows = Object.values(type.getFields()).map(({ name, type: of, description }) => [
      `\`${name}\``,
      typeText(of),
      description ?? '',
    ])
    return [...lines, ...table(['field', 'type', 'what it is'], rows)]
  }
  if (isInterfaceType(type)) {
    const { objects } = schema.getImplementations(type)
    lines.push(`An interface of ${objects.map(link).join(', ')}.`, '')
  }
  if (isObjectType(type) || isInterfaceType(type)) return [...lines, ...fieldsTable(Object.values(type.getFields()))]
  throw new Error(`docs/generate/reference/schema.ts has no page for ${printType(type)}`)
}
