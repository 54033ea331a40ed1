export function portNumber(_name: string, _protocol: string): number | null {
  return null;
}
