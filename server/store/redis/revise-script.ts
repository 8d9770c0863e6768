// Edits and deletions in Lua. The text is overwritten in the same step that appends the revision and tells of it, so nothing
// that is read afterwards has the former one.
import { createLogScript, writeAll } from './log-scripts.ts'

/**
 * The messages of some ids, whoever may see them, and whether some accounts live.
 *
 * KEYS: texts; then of each id: the account that asks. ARGV: epoch, known, ids.
 * Answer: nothing when this is another history; else the head, the floor, then for each id: 1 if the account lives,
 * position, stub, text; three times nothing where there is no such message.
 */
export const FIND = createLogScript(`
local texts = KEYS[6]
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor')
local head, floor = tonumber(m[2] or 0), tonumber(m[3] or 0)
if m[1] ~= ARGV[1] or not is_ours(tonumber(ARGV[2]), head, floor) then return {} end
local answer = {head, floor}
for n = 3, #ARGV do
  answer[#answer + 1] = redis.call('HEXISTS', KEYS[n + 4], 'skeleton')
  local row = redis.call('HGET', texts, ARGV[n])
  local position = row and string.match(row, '^%[(%d+),')
  local stub = position and stub_at(position)
  for _, value in ipairs(stub and {position, stub, row} or {'', '', ''}) do answer[#answer + 1] = value end
end
return answer
`)

/** What became of a revision that was not stored: see REVISE. */
export const NOT_REVISED = { unknown: 'unknown', unchanged: 'unchanged' } as const

/**
 * Appends a batch of revisions, each by itself, of messages that FIND has found (who wrote one, and for whom, never
 * changes). Announces what it appends (domain/notice.ts), private ones to their accounts first.
 *
 * KEYS: texts; then of each revision: account of the author, its revised messages; if private: list of revisions of the
 * author, of the recipient, the unread counts of the recipient (conversation-scripts.ts).
 * ARGV: epoch, known, microseconds of the clock, channel of all, prefix of the users' channels; then of each revision:
 * flags (e: edit, d: deletion; p: private, m: removed by an administrator), stride, message id, at, text as JSON, id of the author; if private: id of the
 * recipient.
 * Answer: 0 when this is another history: nothing was appended. Else a list with, for each revision: position, text as in
 * `texts`; or a NOT_REVISED, text as in `texts` or nothing.
 */
export const REVISE = createLogScript(`
local texts = KEYS[6]
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor')
local epoch, now, all, user = ARGV[1], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local head, floor = tonumber(m[2] or 0), tonumber(m[3] or 0)
if m[1] ~= epoch or not is_ours(tonumber(ARGV[2]), head, floor) then return 0 end
local call = redis.call
local quoted_epoch = ',"' .. epoch .. '",'
local k, a = 7, 6

-- A stub as it is told: without what the message answers, where that was trimmed.
local function told(stub)
  local rest, answered = string.match(stub, '^(.*),%["[^"]*",(%d+),"[^"]*","[^"]*"%]$')
  return answered and tonumber(answered) <= floor and rest or stub
end

local function revise()
  local flags, stride, id, at, text, from_id = unpack(ARGV, a, a + 5)
  local author, revised = KEYS[k], KEYS[k + 1]
  a, k = a + 6, k + 2
  local kind, is_private = string.sub(flags, 1, 1), string.sub(flags, 2) == 'p'
  local to_id, of_from, of_to, counts
  if is_private then
    to_id, of_from, of_to, counts = ARGV[a], KEYS[k], KEYS[k + 1], KEYS[k + 2]
    a, k = a + 1, k + 3
  end

  local row = call('HGET', texts, id)
  local place = row and string.match(row, '^%[(%d+),')
  local stub = place and stub_at(place)
  local lives = call('HEXISTS', author, 'skeleton') == 1
  if not stub or not (lives or string.sub(flags, 2) == 'm') then return {'${NOT_REVISED.unknown}', ''} end
  if string.match(row, '^%[%d+,"",%d+,%d+,%d+%]$') then
    if kind == 'e' then return {'${NOT_REVISED.unknown}', ''} end
    return {'${NOT_REVISED.unchanged}', row}
  end
  local beginning = '[' .. place .. ',' .. text
  if kind == 'e' and string.sub(row, 1, #beginning) == beginning then return {'${NOT_REVISED.unchanged}', row} end

  local number = math.max(head, now) + stride
  local position = text_of(number)
  local link = position .. ',' .. text_of(head) .. quoted_epoch
  head = number
  local edited_at = string.match(row, ',(%d+),0%]$') or '0'
  row = beginning .. ',' .. position .. ',' .. (kind == 'e' and at .. ',0]' or edited_at .. ',' .. at .. ']')
  call('HSET', texts, id, row)
  -- Of an author who was deleted there are no nonces left.
  if lives then call('HSET', revised, id, at) end
  local what = at .. ',"' .. kind .. '",'
  call('XADD', is_private and private_revisions or public_revisions, position .. '-0', 'r', what .. place .. ',' .. stub)
  if is_private then
    call('RPUSH', of_from, position)
    if of_to ~= of_from then call('RPUSH', of_to, position) end
  end
  if kind == 'd' then
    -- What was counted as unread may have counted it.
    if is_private then call('HDEL', counts, from_id) else call('HINCRBY', meta, 'deletions', 1) end
  end
  local notice = '["v",' .. link .. what .. row .. ',[' .. told(stub) .. ']]'
  if is_private then
    call('PUBLISH', user .. from_id, notice)
    if to_id ~= from_id then call('PUBLISH', user .. to_id, notice) end
    call('PUBLISH', all, '["s",' .. link .. '"' .. from_id .. '","' .. to_id .. '",' .. place .. ']')
  else
    call('PUBLISH', all, notice)
  end
  return {position, row}
end
${writeAll('revise')}
`)
