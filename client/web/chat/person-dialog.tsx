// What can be done about one person: anybody may block; an administrator mutes, bans, and takes it back.
import '../style/panel.css'
import { useEffect, useState } from 'react'
import { errorSentence } from '../i18n/error-words.ts'
import { useAgo, useFormats } from '../i18n/format.ts'
import { useWords } from '../i18n/language.tsx'
import type { Person } from '../model/conversation.ts'
import type { Failure } from '../model/failure.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field } from '../parts/field.tsx'
import { Icon } from '../parts/icon.tsx'
import { Segmented } from '../parts/segmented.tsx'
import type { Chat } from '../state/chat.ts'
import type { ChatView } from '../state/chat-view.ts'
import { isFailure, type Standing } from '../state/moderating.ts'
import { hrefOfPerson } from '../state/route.ts'

interface PersonDialogProps {
  readonly chat: Chat
  readonly view: ChatView
  readonly person: Person
  /** The conversation with them is on the screen. */
  readonly isOpen: boolean
  readonly onClose: () => void
}

const HOUR_MS = 60 * 60 * 1000
const SPANS = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, forever: null } as const
type Span = keyof typeof SPANS
const LONGEST_REASON = 500

export function PersonDialog({ chat, view, person, isOpen, onClose }: PersonDialogProps) {
  const words = useWords()
  const ago = useAgo()
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const seenAt = view.seenAtById.get(person.id)
  const presence = view.onlineIds.has(person.id)
    ? words.sidebar.onlineMark
    : seenAt !== undefined && view.isPresenceKnown && words.sidebar.seen(ago(seenAt))
  const { isAdministrator, blocked } = view.rights
  const isBlocked = blocked.has(person.id)

  async function toggleBlock() {
    setBusy(true)
    setFailure(await (isBlocked ? chat.moderating.unblock(person) : chat.moderating.block(person)))
    setBusy(false)
  }

  return (
    <Dialog title={<bdi>{person.username}</bdi>} onClose={onClose}>
      {close => (
        <div className="dialog-body person-dialog">
          {presence && <p className="quiet">{presence}</p>}
          {!isOpen && (
            <div className="dialog-actions">
              <a className="button button-primary" href={hrefOfPerson(person.username)} onClick={close}>
                <Icon name="lock" />
                {words.person.talk}
              </a>
            </div>
          )}
          <p>{isBlocked ? words.person.isBlocked(person.username) : words.person.blockWhy}</p>
          <div className="dialog-actions">
            <button type="button" className="button" disabled={isBusy} onClick={() => void toggleBlock()}>
              {isBlocked ? words.person.unblock : words.person.block}
            </button>
          </div>
          {failure && (
            <p className="callout callout-danger" role="alert">
              {errorSentence(failure, words)}
            </p>
          )}
          {isAdministrator && <Measures chat={chat} person={person} />}
        </div>
      )}
    </Dialog>
  )
}

/** For administrators. */
function Measures({ chat, person }: { readonly chat: Chat; readonly person: Person }) {
  const words = useWords()
  const formats = useFormats()
  const [standing, setStanding] = useState<Standing | null>(null)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [span, setSpan] = useState<Span>('day')
  const [reason, setReason] = useState('')
  const [isBusy, setBusy] = useState(true)

  function show(answer: Standing | Failure): void {
    setBusy(false)
    setFailure(isFailure(answer) ? answer : null)
    if (!isFailure(answer)) setStanding(answer)
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each person
  useEffect(() => {
    let isOver = false
    void chat.moderating.standing(person).then(answer => {
      if (!isOver) show(answer)
    })
    return () => {
      isOver = true
    }
  }, [chat, person.id])

  async function act(carryOut: () => Promise<Standing | Failure>) {
    setBusy(true)
    show(await carryOut())
  }

  const measure = () => ({ forMs: SPANS[span], reason })
  const ends = (until: string | null | undefined) => (until ? formats.full(until) : null)
  const button = (label: string, isDanger: boolean, carryOut: () => Promise<Standing | Failure>) => (
    <button
      type="button"
      className={isDanger ? 'button button-danger' : 'button'}
      disabled={isBusy}
      onClick={() => void act(carryOut)}
    >
      {label}
    </button>
  )
  const { moderating } = chat

  return (
    <section className="person-measures" aria-label={words.person.administration}>
      <h3>{words.person.administration}</h3>
      <div role="status">
        {standing?.muted && <p>{words.person.isMuted(ends(standing.muted.until))}</p>}
        {standing?.banned && <p>{words.person.isBanned(ends(standing.banned.until))}</p>}
        {standing?.user.role === 'ADMINISTRATOR' && <p>{words.person.isAdministrator}</p>}
      </div>
      {standing && standing.user.role !== 'ADMINISTRATOR' && (
        <>
          <Segmented
            legend={words.person.howLong}
            options={(Object.keys(SPANS) as Span[]).map(value => ({ value, label: words.person.spans[value] }))}
            value={span}
            onChoose={setSpan}
          />
          <Field
            label={words.person.reason}
            optional
            hint={words.person.reasonHint}
            maxLength={LONGEST_REASON}
            value={reason}
            onChange={event => setReason(event.target.value)}
          />
          <div className="dialog-actions">
            {standing.muted
              ? button(words.person.unmute, false, () => moderating.unmute(person))
              : button(words.person.mute, false, () => moderating.mute(person, measure()))}
            {standing.banned
              ? button(words.person.unban, false, () => moderating.unban(person))
              : button(words.person.ban, true, () => moderating.ban(person, measure()))}
          </div>
        </>
      )}
      {failure && (
        <p className="callout callout-danger" role="alert">
          {errorSentence(failure, words)}
        </p>
      )}
    </section>
  )
}
