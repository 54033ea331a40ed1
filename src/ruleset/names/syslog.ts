/** Syslog level names: what LOG takes (libxtables/xtoptions.c) and, without -n, prints. */

const LEVELS = new Map([
  ['emerg', 0],
  ['panic', 0],
  ['alert', 1],
  ['crit', 2],
  ['err', 3],
  ['error', 3],
  ['warn', 4],
  ['warning', 4],
  ['notice', 5],
  ['info', 6],
  ['debug', 7],
]);

/** 0 to 7, by number or name; null if it is neither. */
export function syslogLevel(text: string): number | null {
  return LEVELS.get(text.toLowerCase()) ?? (/^[0-7]$/.test(text) ? Number(text) : null);
}
