// From schema.graphql: the server's resolver types and the client's typed documents. `npm run codegen` writes them;
// a test fails when what is committed is not what this writes.
import type { CodegenConfig } from '@graphql-codegen/cli'

const scalars = { Cursor: 'string', DateTime: 'string' }

const config: CodegenConfig = {
  schema: 'schema.graphql',
  importExtension: '.ts',
  generates: {
    'server/graphql/generated/resolvers.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        // GraphQL objects are made from the server's own shapes by resolvers, never passed through.
        mappers: {
          User: '../shapes.ts#UserShape',
          Message: '../shapes.ts#MessageShape',
          MessageRef: '../shapes.ts#MessageRefShape',
          MessagePage: '../shapes.ts#MessagePageShape',
          Conversation: '../shapes.ts#ConversationShape',
          ReadPosition: '../shapes.ts#ReadPositionShape',
          MessageAdded: '../shapes.ts#EventShape',
          MessageEdited: '../shapes.ts#EventShape',
          MessageDeleted: '../shapes.ts#EventShape',
          CaughtUp: '../shapes.ts#EventShape',
          DeviceSession: '../shapes.ts#DeviceShape',
          Standing: '../shapes.ts#StandingShape',
          Restriction: '../shapes.ts#RestrictionShape',
          AuditEntry: '../shapes.ts#AuditEntryShape',
          Invitation: '../shapes.ts#InvitationShape',
          Inspection: '../shapes.ts#InspectionShape',
          FeedBehind: '../shapes.ts#FeedBehindShape',
        },
        contextType: '../context.ts#Context',
        scalars: { ...scalars, ID: 'string' },
        inputMaybeValue: 'T | null | undefined',
        resolversNonOptionalTypename: false,
      },
    },
    'client/core/generated/': {
      preset: 'client',
      documents: ['client/core/documents/*.graphql'],
      presetConfig: { fragmentMasking: false },
      config: { useTypeImports: true, enumsAsTypes: true, scalars, documentMode: 'documentNode' },
    },
  },
}

export default config
