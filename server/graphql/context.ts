export interface Context {
  viewer: string
}
