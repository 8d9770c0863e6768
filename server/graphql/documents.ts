// From the text of a request to a document that may be executed, or the errors that say why not. Every transport comes
// through here, so all have the same limits; what was found is kept with the text, since clients send few documents
// many times.
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { LRUCache } from 'lru-cache'
import { findEmptySubscriptions } from './empty-subscriptions.ts'
import { costOf, type DocumentLimits, limitRule } from './limits.ts'

export interface DocumentsOptions {
  readonly schema: GraphQLSchema
  /** Tokens in one document; 0: no limit. */
  readonly tokens: number
  readonly limits: DocumentLimits
  readonly introspection: boolean
}

export interface Prepared {
  /** Null: the text does not parse. */
  readonly document: DocumentNode | null
  /** Empty: the document may be executed. */
  readonly errors: readonly GraphQLError[]
  /** What executing it costs at the most, in the points of QUERY_COST; 0: it may not be executed. */
  readonly cost: number
}

export interface Documents {
  /**
   * Parses and validates. Never throws: whatever the text, the answer is a document or typed errors. The errors are the
   * caller's own, each time, though the document is not.
   */
  prepare(source: string): Prepared
  /** The errors of a document that came from here. */
  errorsOf(document: DocumentNode): readonly GraphQLError[]
  /** The cost of a document that came from here. */
  costOf(document: DocumentNode): number
}

/** Documents kept, and how much text at most: what is not kept is merely prepared again. */
const KEPT = 1_000
const KEPT_CHARACTERS = 4 * 1024 * 1024

export function createDocuments({ schema, tokens, limits, introspection }: DocumentsOptions): Documents {
  const rules = [...specifiedRules, limitRule(limits), ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])]
  const kept = new LRUCache<string, Prepared>({
    max: KEPT,
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (_, source) => source.length + 1,
  })
  const preparedByDocument = new WeakMap<DocumentNode, Prepared>()

  function prepare(source: string): Prepared {
    let prepared = kept.get(source)
    if (!prepared) {
      prepared = check(source)
      kept.set(source, prepared)
      if (prepared.document) preparedByDocument.set(prepared.document, prepared)
    }
    return prepared.errors.length === 0 ? prepared : { ...prepared, errors: prepared.errors.map(copyOf) }
  }

  function check(source: string): Prepared {
    let document: DocumentNode
    try {
      document = parse(source, tokens > 0 ? { maxTokens: tokens } : {})
    } catch (error) {
      return { document: null, errors: [coded(error, 'GRAPHQL_PARSE_FAILED')], cost: 0 }
    }
    try {
      const invalid = validate(schema, document, rules, { maxErrors: 20 })
      const errors = invalid.length > 0 ? invalid : findEmptySubscriptions(document)
      if (errors.length === 0) return { document, errors: [], cost: costOf(document, limits, schema) }
      return { document, errors: errors.map(error => coded(error, 'GRAPHQL_VALIDATION_FAILED')), cost: 0 }
    } catch (error) {
      // graphql-js 16 throws on some literals in @skip and @include instead of reporting them.
      return { document, errors: [coded(error, 'GRAPHQL_VALIDATION_FAILED')], cost: 0 }
    }
  }

  return {
    prepare,
    errorsOf: document => preparedByDocument.get(document)?.errors.map(copyOf) ?? [],
    costOf: document => preparedByDocument.get(document)?.cost ?? 0,
  }
}

function coded(error: unknown, code: 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED'): GraphQLError {
  const known = error instanceof GraphQLError ? error : new GraphQLError('The document is nested too deeply.')
  if (known.extensions.code === undefined) known.extensions.code = code
  return known
}

/** Whoever answers with errors writes into them, or notes which ones it has seen: those that are kept are nobody's. */
function copyOf(error: GraphQLError): GraphQLError {
  const { message, source, positions, path, originalError, extensions } = error
  const place = { nodes: error.nodes ?? null, source, positions, path }
  return new GraphQLError(message, { ...place, originalError: originalError ?? null, extensions: { ...extensions } })
}
