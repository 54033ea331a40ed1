/**
 * Targets that some kernel or add-on has and this tool does not know: a name from this list without options is
 * taken for one of them, not for a chain that is missing. From xtables-addons, OpenWrt, and kernels past.
 */
const FOREIGN_TARGETS = new Set(
  (
    'ACCOUNT BALANCE CHAOS CLUSTERIP DELUDE DHCPMAC DNETMAP DNPT ECHO FLOWOFFLOAD FTOS FULLCONENAT IMQ IPMARK ' +
    'IPV4OPTSSTRIP LOGMARK MIRROR NATTYPE NETFLOW PROTO RAWDNAT RAWSNAT ROUTE SAME SNPT STEAL SYSRQ TARPIT ' +
    'TRIGGER ULOG WEBMON XOR'
  ).split(' '),
);

export function isForeignExtension(name: string): boolean {
  return FOREIGN_TARGETS.has(name);
}
