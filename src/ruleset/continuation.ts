/**
 * A comment may hold a newline, in a save's quotes as in a listing's slashes; then a rule stands on several lines.
 * Says how many further lines belong to one. A line that was merely cut takes no other rule with it: only a
 * following line that closes more than it opens ends the search.
 */

/** A comment has at most 255 bytes (XT_MAX_COMMENT_LEN), the rest of a rule seldom more: lines beyond never belong. */
const REACH = 300;

/** How many of the lines after `lines[at]` continue the save line there. */
export function saveContinuation(lines: readonly string[], at: number): number {
  const line = lines[at] ?? '';
  return line.includes('"') && opensQuote(line) ? reach(lines, at, closesQuote) : 0;
}

/** How many of the lines after `lines[at]` continue the listing's row there. */
export function rowContinuation(lines: readonly string[], at: number): number {
  const line = lines[at] ?? '';
  const open = line.lastIndexOf(' /* ');
  if (open < 0 || line.includes(' */', open + 3) || / prefix [`"]/.test(line.slice(0, open))) return 0;
  return reach(lines, at, closesComment);
}

function reach(lines: readonly string[], at: number, closes: (line: string) => boolean): number {
  let length = 0;
  for (let i = at + 1; i < lines.length; i++) {
    const line = lines[i] ?? '';
    length += line.length + 1;
    if (length > REACH && i > at + 1) return 0;
    if (closes(line)) return i - at;
  }
  return 0;
}

/**
 * Whether a quote that the line opens is not closed. It opens where a word begins, as in lexer.ts: in a chain's name it
 * is a letter.
 */
function opensQuote(line: string): boolean {
  let end = -1;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', Math.max(at, end) + 1)) {
    if (at !== end + 1 && !BEGINS_WORD.test(line.slice(Math.max(0, at - LONGEST_OPTION), at))) continue;
    end = closingQuote(line, at + 1);
    if (end < 0) return true;
  }
  return false;
}

const LONGEST_OPTION = 40;
/** A blank, or an option that its word may stand against. */
const BEGINS_WORD = /(?:^|[ \t\r\n])(?:--[A-Za-z0-9][\w-]*=?|-[A-Za-z46])?$/;

/** Whether the line has an odd number of quotes; a backslash hides what follows it inside quotes only. */
function closesQuote(line: string): boolean {
  let at = line.indexOf('"');
  while (at >= 0) {
    const end = closingQuote(line, at + 1);
    if (end < 0) return true;
    at = line.indexOf('"', end + 1);
  }
  return false;
}

function closingQuote(line: string, from: number): number {
  const end = line.indexOf('"', from);
  if (end < 0 || line[end - 1] !== '\\') return end;
  for (let i = from; i < line.length; i++) {
    if (line[i] === '\\') i++;
    else if (line[i] === '"') return i;
  }
  return -1;
}

function closesComment(line: string): boolean {
  return count(line, '*/') > count(line, '/*');
}

function count(line: string, word: string): number {
  return line.split(word).length - 1;
}
