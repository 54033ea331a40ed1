/** Reads into JSON that may hold anything: each getter gives null where the value is of another kind. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a JSON array; null if the text is no such array. */
export function parseObjects(text: string): readonly JsonObject[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isObject) : null;
  } catch {
    return null;
  }
}

export function stringIn(object: JsonObject, key: string): string | null {
  const value = object[key];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;
}

/** A whole number, as a number or in digits. */
export function numberIn(object: JsonObject, key: string): number | null {
  const value = object[key];
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : null;
  return typeof value === 'string' && /^(?:\d+|0x[0-9a-f]+)$/i.test(value) ? Number(value) : null;
}

export function objectsIn(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function stringsIn(object: JsonObject, key: string): readonly string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
