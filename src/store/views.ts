/**
 * The views over the tables: the part of a store that people query, described in docs/store.md. Columns are
 * added, never renamed. Names avoid SQL's own words (`table`, `in`, `by`).
 */

const ISO = (microseconds: string): string =>
  `strftime('%Y-%m-%dT%H:%M:%S', ${microseconds} / 1000000, 'unixepoch') || printf('.%06dZ', ${microseconds} % 1000000)`;

const FAMILY = (column: string): string => `CASE ${column} WHEN 4 THEN 'ipv4' ELSE 'ipv6' END`;

export const VIEWS = `
CREATE VIEW analyses AS
SELECT a.id AS analysis, strftime('%Y-%m-%dT%H:%M:%SZ', a.stored, 'unixepoch') AS stored, a.version,
  (SELECT group_concat(file, ' ') FROM input i WHERE i.analysis = a.id AND i.kind = 'log') AS logs,
  a.summary ->> '$.walks' AS walks,
  a.summary ->> '$.checks.agrees' AS agrees, a.summary ->> '$.checks.diverges' AS diverges,
  a.summary ->> '$.checks.incomplete' AS incomplete, a.summary ->> '$.checks.unchecked' AS unchecked,
  a.summary ->> '$.lines' AS lines, a.summary ->> '$.traceLines' AS trace_lines,
  a.summary ->> '$.unparsed' AS unparsed, a.summary ->> '$.notOurs' AS not_ours, a.partial
FROM analysis a;

CREATE VIEW inputs AS
SELECT analysis, kind, file, bytes, sha256 FROM input ORDER BY analysis, place;

CREATE VIEW walks AS
SELECT w.analysis, w.n AS walk, h.text AS host, ${FAMILY('w.family')} AS family, w.protocol,
  src.text AS src, s.sport, dst.text AS dst, s.dport, i.text AS indev, o.text AS outdev,
  f.text AS file, w.line, w.uptime / 1e6 AS uptime, ${ISO('w.time')} AS time, p.length AS steps,
  w.disposition, d.tbl || ':' || dc.text || ':' || d.number AS decided_by, d.place AS decided_place,
  w.status,
  coalesce(json_array_length(fd.json, '$.assumptions'), 0) AS assumptions,
  coalesce(json_array_length(fd.json, '$.missing'), 0) AS missing,
  fd.json ->> '$.divergence.at' AS diverges_at,
  fd.json ->> '$.divergence.expected' AS expected, fd.json ->> '$.divergence.observed' AS observed,
  fd.json ->> '$.divergence.because.rule' AS because_rule,
  fd.json ->> '$.divergence.because.condition' AS because_condition,
  fd.json ->> '$.divergence.because.value' AS because_value,
  w.caused_by
FROM walk w
JOIN path p ON p.id = w.path
JOIN string f ON f.id = w.file
LEFT JOIN detail fd ON fd.id = w.findings
JOIN state s ON s.walk = w.id AND s.state = 0
JOIN string src ON src.id = s.src
JOIN string dst ON dst.id = s.dst
LEFT JOIN string i ON i.id = s.indev
LEFT JOIN string o ON o.id = s.outdev
LEFT JOIN string h ON h.id = w.host
LEFT JOIN path_step ds ON ds.path = w.path AND ds.step = w.decided
LEFT JOIN spot d ON d.id = ds.spot
LEFT JOIN string dc ON dc.id = d.chain;

CREATE VIEW steps AS
SELECT w.analysis, w.n AS walk, ps.step, f.text AS file,
  w.line + coalesce(w.lines ->> ps.step, ps.step) AS line,
  (w.uptime + coalesce(w.uptimes ->> ps.step, 0)) / 1e6 AS uptime,
  ${ISO('(w.time + coalesce(w.times ->> ps.step, 0))')} AS time,
  sp.hook, sp.tbl AS table_name, c.text AS chain, sp.type, sp.number AS rule, sp.depth, sp.place,
  CASE sp.place WHEN 'rule' THEN t.text WHEN 'policy' THEN ch.policy WHEN 'return' THEN 'RETURN' END AS target,
  r.text, ps.changes AS changed, ps.meanwhile AS changed_meanwhile,
  i.text AS indev, o.text AS outdev, src.text AS src, s.sport, dst.text AS dst, s.dport,
  s.length, s.ttl, s.tos, s.mark
FROM walk w
JOIN analysis a ON a.id = w.analysis
JOIN path_step ps ON ps.path = w.path
JOIN spot sp ON sp.id = ps.spot
JOIN string c ON c.id = sp.chain
JOIN string f ON f.id = w.file
LEFT JOIN state s ON s.walk = w.id AND s.state = ps.state
LEFT JOIN string src ON src.id = s.src
LEFT JOIN string dst ON dst.id = s.dst
LEFT JOIN string i ON i.id = s.indev
LEFT JOIN string o ON o.id = s.outdev
LEFT JOIN rule r ON sp.place = 'rule' AND r.ruleset = a.ruleset AND r.family = w.family AND r.tbl = sp.tbl
  AND r.chain = sp.chain AND r.number = sp.number
LEFT JOIN string t ON t.id = r.target
LEFT JOIN chain ch ON ch.ruleset = a.ruleset AND ch.family = w.family AND ch.tbl = sp.tbl
  AND ch.name = sp.chain;

CREATE VIEW packets AS
SELECT w.analysis, w.n AS walk, s.state, ${FAMILY('w.family')} AS family, w.protocol,
  i.text AS indev, o.text AS outdev, src.text AS src, s.sport, dst.text AS dst, s.dport,
  s.length, s.ttl, s.tos, s.mark, w.ident AS id, w.flags AS tcp_flags, w.seq, w.ack,
  w.icmp_type, w.icmp_code, w.icmp_id, w.icmp_seq, m.text AS mac, w.uid, w.gid
FROM walk w
JOIN state s ON s.walk = w.id
JOIN string src ON src.id = s.src
JOIN string dst ON dst.id = s.dst
LEFT JOIN string i ON i.id = s.indev
LEFT JOIN string o ON o.id = s.outdev
LEFT JOIN string m ON m.id = w.mac;

CREATE VIEW rules AS
SELECT a.id AS analysis, ${FAMILY('r.family')} AS family, r.tbl AS table_name, c.text AS chain,
  r.number AS rule, t.text AS target, r.text, f.text AS file, r.line, r.packets, r.bytes
FROM analysis a
JOIN rule r ON r.ruleset = a.ruleset
JOIN string c ON c.id = r.chain
JOIN string f ON f.id = r.file
LEFT JOIN string t ON t.id = r.target;

CREATE VIEW findings AS
SELECT n.analysis, NULL AS walk, n.code, n.severity, f.text AS file, n.line, n.message, n.args
FROM note n LEFT JOIN string f ON f.id = n.file WHERE n.kind = 'finding'
UNION ALL
SELECT w.analysis, w.n, 'walk.diverges', 'error', f.text,
  w.line + coalesce(w.lines ->> min(fd.json ->> '$.divergence.at', p.length - 1),
    min(fd.json ->> '$.divergence.at', p.length - 1)),
  'expected ' || coalesce(fd.json ->> '$.divergence.expected', 'the end') || ', the log has '
    || coalesce(fd.json ->> '$.divergence.observed', 'nothing more'),
  fd.json -> '$.divergence'
FROM walk w JOIN path p ON p.id = w.path JOIN string f ON f.id = w.file JOIN detail fd ON fd.id = w.findings
WHERE w.status = 'diverges';

CREATE VIEW diagnostics AS
SELECT n.analysis, n.code, n.severity, f.text AS file, n.line, n."column", n.message, n.args
FROM note n LEFT JOIN string f ON f.id = n.file WHERE n.kind = 'diagnostic';
`;
