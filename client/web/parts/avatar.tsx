// A person's initial on a colour that stays theirs: it comes from the account's id, so the same everywhere.
import { memo } from 'react'
import type { Person } from '../model/conversation.ts'
import { Icon } from './icon.tsx'

/** As many as control.css has. */
const TONES = 12

/** FNV-1a: ids that differ little get colours that differ. */
function toneOf(id: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % TONES
}

interface AvatarProps {
  /** Null: everyone. */
  readonly person: Person | null
  readonly size?: 'small' | 'medium'
  readonly online?: boolean
}

export const Avatar = memo(function Avatar({ person, size = 'medium', online = false }: AvatarProps) {
  const [initial = '?'] = person?.username ?? ''
  return (
    <span
      className={`avatar avatar-${size} ${person ? `tone-${toneOf(person.id)}` : 'avatar-everyone'}`}
      aria-hidden="true"
    >
      {person ? initial.toLocaleUpperCase() : <Icon name="people" size={size === 'small' ? 16 : 20} />}
      {online && <span className="avatar-dot" />}
    </span>
  )
})
