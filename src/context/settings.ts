/** `sysctl -a`, and `/proc/sys/…` paths with their values (`grep . /proc/sys/…`) → settings by dotted name. */
import type { ContextFile, Reading } from './part.ts';

/** `net.ipv4.ip_forward = 1`, `/proc/sys/net/ipv4/ip_forward:1`, `/proc/sys/… = 1`. */
export const SETTING = /^(?:\/proc\/sys\/|sysctl )?([a-z0-9_]+[./][\w./@+*-]+)\s*(?:=|:\s?)\s*(.*)$/;

/** The dotted name; in a /proc path the dots of an interface name become slashes, as sysctl(8) writes them. */
function dottedName(name: string): string {
  if (!name.includes('/')) return name;
  return name.includes('.') && name.indexOf('.') < name.indexOf('/')
    ? name
    : name.replaceAll('.', '\0').replaceAll('/', '.').replaceAll('\0', '/');
}

export function readSettings(input: ContextFile, reading: Reading): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [index, raw] of input.lines.entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || /^sysctl: /.test(line)) continue;
    const [, name, value] = SETTING.exec(line) ?? [];
    if (name === undefined || value === undefined) reading.refuse(index, raw);
    else settings.set(dottedName(name), value.trim());
  }
  return settings;
}
