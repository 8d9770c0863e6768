// Which subscriptions are the same work: from a validated document to its feed (which root field, since where) and a
// key that all clients with the same selection and variables share. `since` is taken out, be it a literal, a variable,
// a default or inside a fragment: it differs per client and cannot change what an entry looks like.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { Refusal } from '../../domain/errors.ts'
import { fragmentsOf } from '../../graphql/fragments.ts'

export type FeedField = 'onMessage' | 'onEvent' | 'onPresence' | 'onReadPosition' | 'onSessions' | 'onTyping'

export interface FeedOperation {
  readonly field: FeedField
  /** As the client gave it, by whatever way; null: from now. */
  readonly since: string | null
  /** Equal for operations that render alike. */
  readonly key: string
  /** The operation without `since`, and the fragments that it uses. */
  readonly document: DocumentNode
  /** The variables that are left, as the client gave them. */
  readonly variables: Readonly<Record<string, unknown>>
}

/** What a document's operation is, whatever the variables. */
interface Skeleton {
  readonly operation: OperationDefinitionNode
  readonly field: FieldNode
  readonly document: DocumentNode
  readonly text: string
  readonly variableNames: readonly string[]
}

export interface Operations {
  /**
   * Null: not one that can be shared (directives at its root); the ordinary way through graphql-js serves it.
   * @throws GraphQLError for variables or arguments that do not fit; Refusal CURSOR_INVALID for a `since` that is no text
   */
  read(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Readonly<Record<string, unknown>> | null | undefined,
  ): FeedOperation | null
}

export function createOperations(schema: GraphQLSchema): Operations {
  // Documents are kept with their text (graphql/documents.ts), so this work too is done once for each text.
  const skeletons = new WeakMap<DocumentNode, Map<string, Skeleton | null>>()

  function skeletonOf(document: DocumentNode, operationName: string | null | undefined): Skeleton | null {
    let byName = skeletons.get(document)
    if (!byName) {
      byName = new Map()
      skeletons.set(document, byName)
    }
    const name = operationName ?? ''
    let skeleton = byName.get(name)
    if (skeleton === undefined) {
      skeleton = readSkeleton(document, operationName)
      byName.set(name, skeleton)
    }
    return skeleton
  }

  return {
    read(document, operationName, variables) {
      const skeleton = skeletonOf(document, operationName)
      if (!skeleton) return null
      const given = variables ?? {}
      const values = getVariableValues(schema, skeleton.operation.variableDefinitions ?? [], given, { maxErrors: 20 })
      if (values.errors?.[0]) throw values.errors[0]
      const coerced = values.coerced ?? {}
      const field = skeleton.field.name.value as FeedField
      const definition = schema.getSubscriptionType()?.getFields()[field]
      if (!definition) throw new GraphQLError(`There is no subscription "${field}".`)
      const { since } = getArgumentValues(definition, skeleton.field, coerced)
      // Not "from now": that would skip what came since.
      if (since != null && typeof since !== 'string') throw new Refusal('CURSOR_INVALID')
      const left = skeleton.variableNames
      return {
        field,
        since: since ?? null,
        key: left.length === 0 ? skeleton.text : `${skeleton.text}\n${canonical(pick(coerced, left))}`,
        document: skeleton.document,
        variables: pick(given, left),
      }
    },
  }
}

function readSkeleton(document: DocumentNode, operationName: string | null | undefined): Skeleton | null {
  const operation = getOperationAST(document, operationName)
  if (operation?.operation !== 'subscription' || operation.directives?.length) return null
  const fragments = fragmentsOf(document)
  const root = rootFields(operation.selectionSet, fragments)
  const [field] = root?.fields ?? []
  if (!root || !field) return null
  const rootNodes = new Set<FieldNode>(root.fields)
  const used = usedFragments(operation, fragments)
  const withoutSince = visit(
    { kind: Kind.DOCUMENT, definitions: [operation, ...used] },
    {
      Field: node =>
        rootNodes.has(node)
          ? { ...node, arguments: (node.arguments ?? []).filter(argument => argument.name.value !== 'since') }
          : undefined,
    },
  ) as DocumentNode
  const variableNames = usedVariables(withoutSince)
  const normal: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: withoutSince.definitions.map(definition => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return definition
      // The operation's own name changes nothing: clients that differ only by it share.
      const { name: _, ...anonymous } = definition
      return {
        ...anonymous,
        variableDefinitions: (definition.variableDefinitions ?? []).filter(({ variable }) =>
          variableNames.has(variable.name.value),
        ),
      }
    }),
  }
  return { operation, field, document: normal, text: print(normal), variableNames: [...variableNames].sort() }
}

/** The field nodes at the root, through fragments; null when a directive there makes it depend on more. */
function rootFields(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): { fields: FieldNode[] } | null {
  const fields: FieldNode[] = []
  for (const selection of set.selections) {
    if (selection.directives?.length) return null
    if (selection.kind === Kind.FIELD) {
      fields.push(selection)
      continue
    }
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : fragments.get((selection as { name: { value: string } }).name.value)
    if (!inner || inner.directives?.length) return null
    const nested = rootFields(inner.selectionSet, fragments)
    if (!nested) return null
    fields.push(...nested.fields)
  }
  return { fields }
}

function usedFragments(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): FragmentDefinitionNode[] {
  const used = new Map<string, FragmentDefinitionNode>()
  const walk = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value)
        if (!fragment || used.has(name.value)) return
        used.set(name.value, fragment)
        walk(fragment)
      },
    })
  }
  walk(operation)
  return [...used.values()].sort((a, b) => (a.name.value < b.name.value ? -1 : 1))
}

function usedVariables(document: DocumentNode): Set<string> {
  const names = new Set<string>()
  visit(document, {
    VariableDefinition: () => false,
    Variable(node) {
      names.add(node.name.value)
    },
  })
  return names
}

function pick(values: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter(name => Object.hasOwn(values, name)).map(name => [name, values[name]]))
}

/** JSON with sorted keys: equal for equal values. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
