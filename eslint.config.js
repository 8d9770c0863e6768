// GraphQL files only: the schema is described throughout, and the client's documents fit it. TypeScript is biome's.
import graphql from '@graphql-eslint/eslint-plugin'

const parserOptions = {
  graphQLConfig: { schema: './schema.graphql', documents: './client/core/documents/*.graphql' },
}

export default [
  { ignores: ['**/*.js', '**/*.ts', '**/*.tsx', '**/dist/**', 'node_modules/**'] },
  {
    files: ['schema.graphql'],
    languageOptions: { parser: graphql.parser, parserOptions },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/schema-recommended'].rules,
      '@graphql-eslint/require-description': [
        'error',
        { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true },
      ],
      '@graphql-eslint/description-style': 'off',
      // An id means a row of its own: pages, limits and events have none.
      '@graphql-eslint/strict-id-in-types': 'off',
      // ErrorCode is there so that codegen types `extensions.code`.
      '@graphql-eslint/no-unreachable-types': 'off',
      // `username` is what the protocol and people call it.
      '@graphql-eslint/no-typename-prefix': 'off',
    },
  },
  {
    files: ['client/core/documents/*.graphql'],
    languageOptions: { parser: graphql.parser, parserOptions },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...graphql.configs['flat/operations-recommended'].rules,
      // A page of users, presence and pageInfo have no id to be cached by.
      '@graphql-eslint/require-selections': 'off',
      // The event union is long.
      '@graphql-eslint/selection-set-depth': 'off',
    },
  },
]
