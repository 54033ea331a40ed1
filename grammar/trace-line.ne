# One TRACE message of the kernel, net/netfilter/nf_log_syslog.c, with exactly one blank at its end:
#
#     TRACE: filter:FORWARD:rule:1 IN=ra OUT=rb MAC=02:71:… SRC=10.71.1.2 DST=10.71.2.2 LEN=30 TOS=0x00
#         PREC=0x00 TTL=63 ID=3001 PROTO=UDP SPT=40001 DPT=53 LEN=10 MARK=0x6c
#
# The order of the words is fixed; `ID=`, `LEN=` and `SEQ=` mean what their place says. Every word is followed
# by a blank. After some the kernel prints nothing more of the packet, not even the mark ("closed"): these may
# stand right before the `]` of a quoted packet. The words themselves are in src/log/words.ts.
# The scanner of src/log/trace.ts reads the same language to the same values.

@preprocessor typescript

@{%
import { lexer } from './words.ts';
import { ahCut, ahEnd, ahExtension, espCut, espEnd, fragmentCut, fragmentExtension, otherEnd, otherExtension } from './nodes.ts';
import { icmp, icmpCut, incomplete, ipsec, ipv4, ipv6, merged, message, quoted, quotedNothing, tcp, tcpCut, truncated, udp } from './nodes.ts';
%}

@lexer lexer

message -> %trace _ %place _ link packet                     {% message %}

link -> %input _ %output _ (%physIn _):? (%physOut _):? mac:?      {% merged %}
mac  -> %mac _ (%tunnel _):?                                 {% merged %}

# Layer 4.
transport4[Q] -> tcp {% merged %} | udp {% merged %} | icmp4[$Q] {% merged %} | ipsec {% merged %} | %protocol _ {% merged %}
transport6[Q] -> tcp {% merged %} | udp {% merged %} | icmp6[$Q] {% merged %} | %protocol _ {% merged %}
protocol4 -> ("PROTO=TCP" | "PROTO=UDP" | "PROTO=UDPLITE" | "PROTO=ICMP" | "PROTO=AH" | "PROTO=ESP" | %protocol) _   {% merged %}
protocol6 -> ("PROTO=TCP" | "PROTO=UDP" | "PROTO=UDPLITE" | "PROTO=ICMPv6" | %protocol) _                            {% merged %}

tcp     -> "PROTO=TCP" _ tcpHead (%hexList _):?              {% tcp %}
         | "PROTO=TCP" _ %incompleteBytes _                       {% incomplete %}
tcpCut  -> "PROTO=TCP" _ tcpHead "OPT (TRUNCATED)"           {% tcpCut %}
tcpHead -> %sport _ %dport _ seq _ %ack _ %window _ %reserved _ tcpFlags %urgentPointer _             {% merged %}
seq     -> %seq16                                            {% merged %}
         | %seq32                                            {% merged %}
tcpFlags -> ("AE" _):? ("CWR" _):? ("ECE" _):? ("URG" _):? ("ACK" _):? ("PSH" _):? ("RST" _):? ("SYN" _):? ("FIN" _):?   {% merged %}

udp     -> udpName _ %sport _ %dport _ %length16 _           {% udp %}
         | udpName _ %incompleteBytes _                           {% incomplete %}
udpName -> "PROTO=UDP"                                       {% merged %}
         | "PROTO=UDPLITE"                                   {% merged %}

ipsec     -> ipsecName _ %spi _                              {% ipsec %}
           | ipsecName _ %incompleteBytes _                       {% incomplete %}
ipsecName -> "PROTO=AH"                                      {% merged %}
           | "PROTO=ESP"                                     {% merged %}

icmp4[Q] -> "PROTO=ICMP" _ %incompleteBytes _                     {% incomplete %}
          | "PROTO=ICMP" _ anyType _ code _ %incompleteBytes _    {% icmpCut %}
          | "PROTO=ICMP" _ icmpBody4[$Q]                     {% icmp %}
icmpBody4[Q] -> ("TYPE=0" | "TYPE=8") _ code _ %identification _ %seq16 _    {% merged %}
              | ("TYPE=4" | "TYPE=11") _ code _ $Q           {% merged %}
              | "TYPE=3" _ %code _ $Q                        {% merged %}
              | "TYPE=3" _ "CODE=4" _ $Q %mtu _              {% merged %}
              | "TYPE=5" _ code _ %gateway _ $Q              {% merged %}
              | "TYPE=12" _ code _ %parameter _              {% merged %}
              | otherType4 _ code _                          {% merged %}
otherType4 -> (%type | "TYPE=1" | "TYPE=2" | "TYPE=128" | "TYPE=129")   {% merged %}

icmp6[Q] -> "PROTO=ICMPv6" _ %incompleteBytes _                   {% incomplete %}
          | "PROTO=ICMPv6" _ icmpBody6[$Q]                   {% icmp %}
icmpBody6[Q] -> ("TYPE=128" | "TYPE=129") _ code _ %identification _ %seq16 _    {% merged %}
              | ("TYPE=1" | "TYPE=3") _ code _ $Q            {% merged %}
              | "TYPE=2" _ code _ $Q %mtu _                  {% merged %}
              | "TYPE=4" _ code _ %pointer _ $Q              {% merged %}
              | otherType6 _ code _                          {% merged %}
otherType6 -> (%type | "TYPE=0" | "TYPE=5" | "TYPE=8" | "TYPE=11" | "TYPE=12")   {% merged %}

anyType -> %type                                             {% merged %}
         | %icmpType                                         {% merged %}
code    -> %code                                             {% merged %}
         | %codeFour                                         {% merged %}

# IPv4. A later fragment prints PROTO= at most: that of AH not even this.
open4[Q] -> whole4 transport4[$Q]                            {% merged %}
          | later4 protocol4:?                               {% merged %}
closed4  -> truncated4 "TRUNCATED"                           {% truncated %}
          | whole4 tcpCut                                    {% merged %}
whole4     -> head4 (%hexList _):?                           {% ipv4 %}
later4     -> head4 %fragmentUnits _ (%hexList _):?          {% ipv4 %}
truncated4 -> head4 (%fragmentUnits _):?                     {% ipv4 %}
head4 -> %src4 _ %dst4 _ length _ %tos _ %precedence _ %ttl _ %identification _ (%ce _):? (%df _):? (%mf _):?   {% merged %}
length -> %length16                                          {% merged %}
        | %length32                                          {% merged %}

# IPv6: extension headers, of which ESP, one that was cut, and any behind a later fragment's end the packet.
open6[Q] -> whole6 transport6[$Q]                            {% merged %}
          | later6 protocol6                                 {% merged %}
closed6  -> ended6                                           {% ipv6 %}
          | truncated6                                       {% ipv6 %}
          | whole6 tcpCut                                    {% merged %}
whole6 -> headers6                                           {% ipv6 %}
later6 -> laterHeaders6                                      {% ipv6 %}
headers6      -> head6 extension:*                           {% merged %}
laterHeaders6 -> headers6 laterFragment fragment:*           {% merged %}
ended6 -> headers6 %openOption _ %esp _ %spi _ %closeOption  {% espEnd %}
        | laterHeaders6 %openOption _ %closeOption           {% otherEnd %}
        | laterHeaders6 %openOption _ %ah _ %closeOption     {% ahEnd %}
        | laterHeaders6 %openOption _ %esp _ %closeOption    {% espEnd %}
truncated6 -> headers6 "TRUNCATED"                           {% truncated %}
            | laterHeaders6 "TRUNCATED"                      {% truncated %}
            | headers6 %openOption _ %fragmentTruncated            {% fragmentCut %}
            | laterHeaders6 %openOption _ %fragmentTruncated       {% fragmentCut %}
            | headers6 %openOption _ %ah _ %incompleteBytes _ %closeOption    {% ahCut %}
            | headers6 %openOption _ %esp _ %incompleteBytes _ %closeOption   {% espCut %}
head6 -> %src6 _ %dst6 _ length _ %trafficClass _ %hopLimit _ %flowLabel _   {% merged %}

extension -> %openOption _ %closeOption _                    {% otherExtension %}
           | %openOption _ %ah _ %spi _ %closeOption _       {% ahExtension %}
           | firstFragment                                   {% merged %}
fragment  -> firstFragment                                   {% merged %}
           | laterFragment                                   {% merged %}
firstFragment -> %openOption _ %fragmentZero _ (%moreFragments _):? %fragmentId _ %closeOption _     {% fragmentExtension %}
laterFragment -> %openOption _ laterOffset _ (%moreFragments _):? %fragmentId _ %closeOption _       {% fragmentExtension %}
laterOffset   -> %fragmentUnits                              {% merged %}
               | %fragmentBytes                              {% merged %}

# The packet, and those that ICMP errors quote.
packet -> open4[quote4] tail                                 {% merged %}
        | closed4 _                                          {% merged %}
        | open6[quote6] tail                                 {% merged %}
        | closed6 _                                          {% merged %}
tail   -> (%uid _ %gid _):? (%mark _):?                      {% merged %}

# An ICMP error quotes a packet of its family; a quoted ICMP error quotes nothing.
quote4  -> %open quoted4 %close _                            {% merged %}
quote6  -> %open quoted6 %close _                            {% merged %}
quoted4 -> open4[nothing]                                    {% quoted %}
         | closed4                                           {% quoted %}
         | "TRUNCATED"                                       {% quotedNothing %}
quoted6 -> open6[nothing]                                    {% quoted %}
         | closed6                                           {% quoted %}
         | "TRUNCATED"                                       {% quotedNothing %}
nothing -> null                                              {% merged %}

_ -> %blank                                                  {% merged %}
