// The schema as written and the resolvers of its fields → a schema that graphql-js executes. A resolver for something that
// the schema does not have is a defect, found at the start.
import { buildSchema, type GraphQLFieldResolver, type GraphQLSchema, isAbstractType, isObjectType } from 'graphql'

type Resolver = GraphQLFieldResolver<unknown, unknown>
type FieldResolver = Resolver | { readonly subscribe?: Resolver; readonly resolve?: Resolver }

/**
 * @param source the schema in GraphQL's language
 * @param resolvers by type, then by field; of unions and interfaces `__resolveType`
 * @throws Error for a schema that is none, or a resolver that fits nothing in it
 */
export function makeExecutable(source: string, resolvers: object): GraphQLSchema {
  const schema = buildSchema(source)
  for (const [typeName, ofType] of Object.entries(resolvers)) {
    const type = schema.getType(typeName)
    if (isAbstractType(type)) {
      type.resolveType = ofType.__resolveType
      continue
    }
    if (!isObjectType(type)) throw new Error(`Resolvers for ${typeName}, which is no type with fields.`)
    const fields = type.getFields()
    for (const [fieldName, resolver] of Object.entries<FieldResolver>(ofType)) {
      const field = fields[fieldName]
      if (!field) throw new Error(`A resolver for ${typeName}.${fieldName}, which the schema does not have.`)
      if (typeof resolver === 'function') field.resolve = resolver
      else Object.assign(field, resolver)
    }
  }
  return schema
}
