// A typed document as the text that goes over the wire. In the page's own build the documents are text to begin with, and
// this file is another one: see client/web/vite.config.ts.
import { stringifyDocument, type TypedDocumentNode } from '@urql/core'

export function textOf<Data, Variables>(document: TypedDocumentNode<Data, Variables>): string {
  return stringifyDocument(document)
}
