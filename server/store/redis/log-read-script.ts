// Reads of the log in Lua: a walk along its entries from an edge on, in one call and so of one moment, with what was
// trimmed at that moment.
import { createLogScript } from './log-scripts.ts'

/**
 * Which messages a READ walks along. `LOG` is every one, whoever may see it; `NONE` are those that are both public and
 * part of a private conversation.
 */
export type Source = 'ALL' | 'PUBLIC' | 'PRIVATE' | 'LOG' | 'NONE'

/** How many values an answer of READ has before its entries. */
export const BEFORE_ENTRIES = 6

/**
 * The entries from an edge on: what is public, and what is private as one list of positions has it (an account's, or of
 * a conversation), or all of it. Messages, and if wanted also their revisions; pages have messages only.
 *
 * KEYS: texts, the list, the list of revisions, the account of the viewer (any key where there is no use for these three).
 * ARGV: source, `after` or `before`, the edge (exclusive), limit, epoch, known, a position that is asked about, or 0, and
 * `revisions` or `messages`.
 * Answer: nothing when this is another history; else the head, 1 if that position is in the log or was trimmed, 1 if the
 * source has anything at or beyond the edge on its other side, the newest trimmed positions (of all, of what is public,
 * of the viewer's private ones); then for each entry, ascending: position, stub or row of a revision, text or nothing
 * where the message of a revision was trimmed.
 */
export const READ = createLogScript(`
local texts, list, revisions_list = KEYS[6], KEYS[7], KEYS[8]
local m = redis.call('HMGET', meta, 'epoch', 'head', 'floor', 'trimmedPublic')
local head, floor = tonumber(m[2] or 0), tonumber(m[3] or 0)
local source, ascending, edge, limit = ARGV[1], ARGV[2] == 'after', tonumber(ARGV[3]), tonumber(ARGV[4])
local own_floor = tonumber(redis.call('HGET', KEYS[9], 'trimmed') or 0)
if m[1] ~= ARGV[5] or not is_ours(tonumber(ARGV[6]), head, floor) then return {} end
local has_beyond = 0
if ascending then edge = math.max(edge, floor) end

-- At most \`limit\` { position, stub } of a stream from the edge on, in the order of the walk.
local function walk_stream(key)
  local id, bottom = text_of(edge) .. '-0', '(' .. text_of(floor) .. '-0'
  local found, beyond = {}, {}
  if ascending then
    found = redis.call('XRANGE', key, '(' .. id, '+', 'COUNT', limit)
    if edge > floor then beyond = redis.call('XREVRANGE', key, id, bottom, 'COUNT', 1) end
  else
    if edge > floor + 1 then found = redis.call('XREVRANGE', key, '(' .. id, bottom, 'COUNT', limit) end
    beyond = redis.call('XRANGE', key, id, '+', 'COUNT', 1)
  end
  if #beyond > 0 then has_beyond = 1 end
  for n, entry in ipairs(found) do
    found[n] = {tonumber(string.sub(entry[1], 1, -3)), entry[2][2]}
  end
  return found
end

-- The same of a list of positions in a stream, from which the rows are taken later.
local function walk_list(list, stream)
  local bottom = floor > 0 and index_above(list, floor) or 0
  local found, positions = {}, {}
  if ascending then
    local first = math.max(bottom, index_above(list, edge))
    positions = redis.call('LRANGE', list, first, first + limit - 1)
    if first > bottom then has_beyond = 1 end
    for n, position in ipairs(positions) do found[n] = {tonumber(position), nil, stream} end
  else
    local stop = index_above(list, edge - 1)
    if stop > bottom then positions = redis.call('LRANGE', list, math.max(bottom, stop - limit), stop - 1) end
    if stop < redis.call('LLEN', list) then has_beyond = 1 end
    for n = #positions, 1, -1 do found[#found + 1] = {tonumber(positions[n]), nil, stream} end
  end
  return found
end

-- The same of two walks.
local function merge(one, other)
  if #one == 0 then return other end
  if #other == 0 then return one end
  local merged, i, j = {}, 1, 1
  while #merged < limit and (one[i] or other[j]) do
    local first = not other[j] or (one[i] and (one[i][1] < other[j][1]) == ascending)
    if first then merged[#merged + 1] = one[i] else merged[#merged + 1] = other[j] end
    if first then i = i + 1 else j = j + 1 end
  end
  return merged
end

local is_listed = source == 'ALL' or source == 'PRIVATE'
local function walk(public_stream, private_stream, its_list)
  local found = {}
  if source ~= 'PRIVATE' and source ~= 'NONE' then found = walk_stream(public_stream) end
  if source == 'LOG' then found = merge(found, walk_stream(private_stream)) end
  if is_listed then found = merge(found, walk_list(its_list, private_stream)) end
  return found
end

local merged = walk(public, private, list)
if ARGV[8] == 'revisions' then
  merged = merge(merged, walk(public_revisions, private_revisions, revisions_list))
end

local ids, found = {}, {}
for n = 1, #merged do
  local entry = ascending and merged[n] or merged[#merged + 1 - n]
  local position = text_of(entry[1])
  local row = entry[2] or row_at(entry[3], position)
  if row then
    found[#found + 1] = {position, row}
    ids[#ids + 1] = string.match(row, '^"([^"]*)"') or string.match(row, '^%d+,"[ed]",%d+,"([^"]*)"')
  end
end
local is_known = is_ours(tonumber(ARGV[7]), head, floor) and 1 or 0
local answer = {head, is_known, has_beyond, floor, tonumber(m[4] or 0), own_floor}
-- As many arguments as Lua's stack takes without doubt.
for from = 1, #ids, 1000 do
  local rows = redis.call('HMGET', texts, unpack(ids, from, math.min(#ids, from + 999)))
  for n, row in ipairs(rows) do
    local entry = found[from + n - 1]
    local at = #answer
    answer[at + 1], answer[at + 2], answer[at + 3] = entry[1], entry[2], row or ''
  end
end
return answer
`)
