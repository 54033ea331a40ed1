/**
 * IP protocol numbers ↔ the names that iptables prints and takes: its own (libxtables/xtables.c,
 * xtables_chain_protos), then /etc/protocols as Debian and RHEL have it.
 */

/** Names that iptables-save prints on Debian. */
const PRINTED = `
all=0 icmp=1 igmp=2 ggp=3 ipencap=4 st=5 tcp=6 egp=8 igp=9 pup=12 udp=17 hmp=20 xns-idp=22 rdp=27
iso-tp4=29 dccp=33 xtp=36 ddp=37 idpr-cmtp=38 ipv6=41 ipv6-route=43 ipv6-frag=44 idrp=45 rsvp=46
gre=47 esp=50 ah=51 skip=57 ipv6-icmp=58 ipv6-nonxt=59 ipv6-opts=60 rspf=73 vmtp=81 eigrp=88 ospf=89
ax.25=93 ipip=94 etherip=97 encap=98 pim=103 ipcomp=108 vrrp=112 l2tp=115 isis=124 sctp=132 fc=133
mobility-header=135 udplite=136 mpls-in-ip=137 manet=138 hip=139 shim6=140 wesp=141 rohc=142
ethernet=143
`;

/** Other names that it takes, and that RHEL prints. */
const TAKEN = `
ip=0 hopopt=0 ipv4=4 cbt=7 bbn-rcc=10 nvp=11 argus=13 emcon=14 xnet=15 chaos=16 mux=18 dcn=19 prm=21
trunk-1=23 trunk-2=24 leaf-1=25 leaf-2=26 irtp=28 netblt=30 mfe-nsp=31 merit-inp=32 3pc=34 idpr=35
tp++=39 il=40 sdrp=42 dsr=48 bna=49 i-nlsp=52 swipe=53 narp=54 mobile=55 tlsp=56 icmpv6=58 icmp6=58
cftp=62 sat-expak=64 kryptolan=65 rvd=66 ippc=67 sat-mon=69 visa=70 ipcv=71 cpnx=72 cphb=73 wsn=74
pvp=75 br-sat-mon=76 sun-nd=77 wb-mon=78 wb-expak=79 iso-ip=80 secure-vmtp=82 vines=83 ttp=84
nsfnet-igp=85 dgp=86 tcf=87 ospfigp=89 sprite-rpc=90 larp=91 mtp=92 micp=95 scc-sp=96 gmtp=100
ifmp=101 pnni=102 aris=104 scps=105 qnx=106 a/n=107 snp=109 compaq-peer=110 ipx-in-ip=111 carp=112
pgm=113 ddx=116 iatp=117 stp=118 srp=119 uti=120 smp=121 sm=122 ptp=123 fire=125 crtp=126 crdup=127
sscopmce=128 iplt=129 sps=130 pipe=131 rsvp-e2e-ignore=134 ipv6-mh=135 mh=135
`;

function pairsOf(table: string): (readonly [name: string, number: number])[] {
  return table
    .trim()
    .split(/\s+/)
    .map((pair) => {
      const [name = '', number] = pair.split('=');
      return [name, Number(number)];
    });
}

const printed = pairsOf(PRINTED);
const BY_NAME = new Map([...printed, ...pairsOf(TAKEN)]);
const BY_NUMBER = new Map(printed.map(([name, number]) => [number, name]));

/** Names of five letters and more stood against the opt column up to 1.8.7 (`udplite--`). */
export const GLUED_PROTOCOLS: readonly string[] = [...BY_NAME.keys()].filter((name) => name.length >= 5);

/** The number that a name or number stands for, 0 to 255; null if it is neither. Case does not count. */
export function protocolNumber(text: string): number | null {
  if (/^(?:[0-9]{1,3}|0x[0-9a-f]{1,2})$/i.test(text)) {
    const number = Number(text);
    return number <= 255 ? number : null;
  }
  return BY_NAME.get(text.toLowerCase()) ?? null;
}

/** As iptables-save 1.8.9 on Debian prints it: the name, or the number where there is none. */
export function protocolName(number: number): string {
  return BY_NUMBER.get(number) ?? String(number);
}
