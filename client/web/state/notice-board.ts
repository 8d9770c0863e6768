// Short news for the person, one of each kind at a time, until it is dismissed.
import type { FeedReset } from '../../core/types.ts'

type News =
  /** What was just written went to one person, in another conversation than the one it was written in. */
  | { readonly kind: 'private'; readonly name: string; readonly text: string }
  | { readonly kind: 'reset'; readonly code: FeedReset['code'] }
  /** The outbox did not take this text. */
  | { readonly kind: 'unkept'; readonly code: string; readonly text: string }

export type Notice = News & { readonly id: number }

export interface NoticeBoard {
  readonly notices: readonly Notice[]
  post(news: News): void
  dismiss(id: number): void
}

export function createNoticeBoard(onChange: () => void): NoticeBoard {
  let notices: readonly Notice[] = []
  let lastId = 0
  return {
    get notices() {
      return notices
    },
    post(news) {
      const isThere = notices.some(({ id, ...there }) => JSON.stringify(there) === JSON.stringify(news))
      if (isThere) return
      notices = [...notices.filter(({ kind }) => kind !== news.kind), { ...news, id: ++lastId }]
      onChange()
    },
    dismiss(id) {
      notices = notices.filter(notice => notice.id !== id)
      onChange()
    },
  }
}
