/** Ready-made queries: what is asked at 3 a.m. `:analysis` is the analysis that the person chose, or the last. */

export interface NamedQuery {
  readonly name: string;
  /** What it answers, in a line. */
  readonly title: string;
  readonly sql: string;
}

export const NAMED_QUERIES: readonly NamedQuery[] = [
  {
    name: 'top-drops',
    title: 'rules and policies that dropped or rejected packets, the busiest first',
    sql: `SELECT count(*) AS packets, w.disposition, w.decided_by,
  coalesce(r.text, CASE w.decided_place WHEN 'policy' THEN 'policy' END) AS text, r.file, r.line
FROM walks w LEFT JOIN rules r ON r.analysis = w.analysis AND r.family = w.family AND w.decided_place = 'rule'
  AND r.table_name || ':' || r.chain || ':' || r.rule = w.decided_by
WHERE w.analysis = :analysis AND w.disposition IN ('dropped', 'rejected')
GROUP BY w.disposition, w.decided_by, w.family ORDER BY packets DESC, w.decided_by`,
  },
  {
    name: 'dropped-flows',
    title: 'who was dropped or rejected on the way to whom',
    sql: `SELECT count(*) AS packets, src, dst, protocol, dport, disposition, decided_by, min(walk) AS first_walk
FROM walks WHERE analysis = :analysis AND disposition IN ('dropped', 'rejected')
GROUP BY src, dst, protocol, dport, disposition, decided_by ORDER BY packets DESC, first_walk`,
  },
  {
    name: 'diverging',
    title: 'packets that did not go as the rules say, and the condition responsible',
    sql: `SELECT walk, src, dst, protocol, dport, expected, observed, because_rule, because_condition, because_value,
  file, line
FROM walks WHERE analysis = :analysis AND status = 'diverges' ORDER BY walk`,
  },
  {
    name: 'vanished',
    title: 'packets that the host stopped processing though no rule said so, and where they were last seen',
    sql: `SELECT count(*) AS packets, w.src, w.dst, w.protocol, w.dport, s.hook, s.table_name, s.chain, min(w.walk) AS first_walk
FROM walks w JOIN steps s ON s.analysis = w.analysis AND s.walk = w.walk AND s.step = w.steps - 1
WHERE w.analysis = :analysis AND w.disposition IN ('vanished', 'unknown')
GROUP BY w.src, w.dst, w.protocol, w.dport, s.hook, s.table_name, s.chain ORDER BY packets DESC, first_walk`,
  },
  {
    name: 'flows',
    title: 'packets by source, destination and the lower port, and how they ended',
    sql: `SELECT count(*) AS packets, src, dst, protocol,
  CASE WHEN sport < dport THEN printf('from %d', sport) ELSE 'to ' || dport END AS port, disposition, status,
  min(walk) AS first_walk
FROM walks WHERE analysis = :analysis
GROUP BY src, dst, protocol, port, disposition, status ORDER BY packets DESC, first_walk`,
  },
  {
    name: 'nat',
    title: 'addresses and ports that were rewritten, before and after',
    sql: `SELECT count(*) AS packets, a.src, a.dst, a.dport, b.src AS src_after, b.dst AS dst_after, b.dport AS dport_after,
  min(a.walk) AS first_walk
FROM packets a JOIN packets b ON b.analysis = a.analysis AND b.walk = a.walk
  AND b.state = (SELECT max(state) FROM packets c WHERE c.analysis = a.analysis AND c.walk = a.walk)
WHERE a.analysis = :analysis AND a.state = 0
  AND (a.src <> b.src OR a.dst <> b.dst OR a.dport IS NOT b.dport OR a.sport IS NOT b.sport)
GROUP BY a.src, a.dst, a.dport, b.src, b.dst, b.dport ORDER BY packets DESC, first_walk`,
  },
  {
    name: 'top-rules',
    title: 'rules that matched, by how often',
    sql: `SELECT count(*) AS hits, count(DISTINCT walk) AS packets, table_name, chain, rule, target, text
FROM steps WHERE analysis = :analysis AND place = 'rule'
GROUP BY table_name, chain, rule, target, text ORDER BY hits DESC, table_name, chain, rule`,
  },
  {
    name: 'unhit-rules',
    title: 'rules that no packet of the log matched',
    sql: `SELECT r.table_name, r.chain, r.rule, r.text, r.file, r.line
FROM rules r LEFT JOIN (SELECT DISTINCT table_name, chain, rule FROM steps WHERE analysis = :analysis AND place = 'rule') s
  ON s.table_name = r.table_name AND s.chain = r.chain AND s.rule = r.rule
WHERE r.analysis = :analysis AND s.rule IS NULL ORDER BY r.file, r.line`,
  },
  {
    name: 'problems',
    title: 'what could not be read or was lost, by kind',
    sql: `SELECT count(*) AS times, severity, code, min(file || ':' || line) AS first, min(message) AS message
FROM diagnostics WHERE analysis = :analysis GROUP BY severity, code ORDER BY times DESC, code`,
  },
];
