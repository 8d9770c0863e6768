// The tables of recado.db, as a list of migrations: member n takes the file from version n to n + 1.
// `user_version` is the version, `application_id` says that the file is ours.
import type { DatabaseSync } from 'node:sqlite'

/** "Reca" in ASCII, at byte 68 of the file. */
export const APPLICATION_ID = 0x52656361

/**
 * Version 1. `message` is the log: its key is the position. `private` has a row for each participant of a private
 * message (one only for a note to oneself), so that every feed and page is a walk along one index, whatever the mix of
 * messages.
 */
const VERSION_1 = `
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  username TEXT NOT NULL,
  key TEXT NOT NULL,
  skeleton TEXT NOT NULL,
  password_hash TEXT,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER,
  deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX account_key ON account (key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX account_skeleton ON account (skeleton) WHERE deleted_at IS NULL;

CREATE TABLE session (
  id TEXT NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  account INTEGER NOT NULL REFERENCES account (n),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account);
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE message (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  author INTEGER NOT NULL REFERENCES account (n),
  recipient INTEGER REFERENCES account (n),
  text TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  edited_at INTEGER,
  deleted_at INTEGER
) STRICT;
CREATE INDEX message_public ON message (position) WHERE recipient IS NULL;

CREATE TABLE private (
  account INTEGER NOT NULL REFERENCES account (n),
  peer INTEGER NOT NULL REFERENCES account (n),
  position INTEGER NOT NULL REFERENCES message (position),
  PRIMARY KEY (account, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX private_peer ON private (account, peer, position);

CREATE TABLE nonce (
  account INTEGER NOT NULL REFERENCES account (n),
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
`

/**
 * Version 2: messages may be trimmed. `account.trimmed` is the newest private position that the account lost; `meta` has
 * `trimmed` (the newest position that anybody lost), `trimmed_public`, and how many messages there were up to a position
 * (`counted`, `counted_through`). A nonce keeps what its answer needs when the message is gone; those of a deleted account
 * are never found again. `nonce` is in the order of the log, its index apart (nonces.ts). `private` no longer refers to
 * `message`: for each message that goes SQLite would look for its rows there by position alone, which no index has.
 */
const VERSION_2 = `
ALTER TABLE account ADD COLUMN trimmed INTEGER NOT NULL DEFAULT 0;

CREATE TABLE private_2 (
  account INTEGER NOT NULL REFERENCES account (n),
  peer INTEGER NOT NULL REFERENCES account (n),
  position INTEGER NOT NULL,
  PRIMARY KEY (account, position)
) STRICT, WITHOUT ROWID;
INSERT INTO private_2 SELECT account, peer, position FROM private;
DROP TABLE private;
ALTER TABLE private_2 RENAME TO private;
CREATE INDEX private_peer ON private (account, peer, position);

CREATE TABLE nonce_2 (
  position INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  key TEXT NOT NULL,
  digest BLOB NOT NULL,
  message_id TEXT NOT NULL,
  recipient INTEGER,
  sent_at INTEGER NOT NULL
) STRICT;
INSERT INTO nonce_2
  SELECT message.position, nonce.account, nonce.key, nonce.digest, message.id, message.recipient, message.sent_at
  FROM nonce JOIN message ON message.position = nonce.position ORDER BY message.position;
DROP TABLE nonce;
ALTER TABLE nonce_2 RENAME TO nonce;

CREATE TABLE nonce_index (
  hash INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (hash, position)
) STRICT, WITHOUT ROWID;
`

/**
 * Version 3: replies, edits and deletions. `message` holds the latest text (none once deleted) and where its latest
 * revision is; `revision` has the places of the log that edits and deletions took, with what is told of a message when it
 * is trimmed before them. A nonce knows when its message was last revised: once trimmed, it is never answered with again.
 */
const VERSION_3 = `
ALTER TABLE message ADD COLUMN reply_to INTEGER;
ALTER TABLE message ADD COLUMN revised INTEGER NOT NULL DEFAULT 0;
ALTER TABLE nonce ADD COLUMN revised_at INTEGER;

CREATE TABLE revision (
  position INTEGER PRIMARY KEY,
  message INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  author INTEGER NOT NULL REFERENCES account (n),
  recipient INTEGER REFERENCES account (n),
  sent_at INTEGER NOT NULL,
  is_deletion INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX revision_public ON revision (position) WHERE recipient IS NULL;

CREATE TABLE private_revision (
  account INTEGER NOT NULL REFERENCES account (n),
  position INTEGER NOT NULL,
  PRIMARY KEY (account, position)
) STRICT, WITHOUT ROWID;
`

/**
 * Sessions say what kind of device they are and when they were used last (of those of before nobody knows), and are found
 * in that order, for the one that was used longest ago ends where there are too many.
 */
const SESSION_DEVICES = `
ALTER TABLE session ADD COLUMN device TEXT NOT NULL DEFAULT '?';
ALTER TABLE session ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;
UPDATE session SET last_used_at = created_at;
DROP INDEX session_account;
CREATE INDEX session_account ON session (account, last_used_at, created_at);
`

/** How far accounts have read each conversation; peer 0: everyone. */
const READ_POSITIONS = `
CREATE TABLE reading (
  account INTEGER NOT NULL REFERENCES account (n),
  peer INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (account, peer)
) STRICT, WITHOUT ROWID;
`

/** Small texts by kind and key (../records.ts). */
const RECORDS = `
CREATE TABLE record (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
`

export const MIGRATIONS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3, SESSION_DEVICES, READ_POSITIONS, RECORDS]

/** Reads the schema version: 0 for a file without tables. */
export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.user_version)
}

/** Brings the file to the version of the last migration, in one transaction: all of it or nothing. */
export function migrate(db: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  const version = schemaVersion(db)
  if (version >= migrations.length) return
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const migration of migrations.slice(version)) db.exec(migration)
    db.exec(`PRAGMA user_version = ${migrations.length}; COMMIT`)
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
