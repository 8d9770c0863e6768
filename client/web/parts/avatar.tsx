// A person's initial on a colour that stays theirs: it comes from the account's id, so the same everywhere.
import { memo } from 'react'
import type { Person } from '../state/conversation.ts'
import { Icon } from './icon.tsx'

const TONES = 8

function toneOf(id: string): number {
  let hash = 0
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) | 0
  return Math.abs(hash) % TONES
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
