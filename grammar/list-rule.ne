# One row of `iptables -L`. The heading tells which columns there are, so it chooses the start symbol:
# plain (-L), numberedPlain (--line-numbers), verbose (-v), numberedVerbose.
#
#     1     5255M   24T ACCEPT     tcp  --  eth0   *       0.0.0.0/0            10.0.0.1             tcp dpt:22
#
# Fields are padded, never cut, and an empty target is blank. `opt` (--, -f, !f) stands out, so one word
# before it is the protocol, two are target and protocol. ip6tables up to 1.8.7 leaves opt blank; then the
# single blank after the bytes shows that a target follows, or, where blanks were lost, the two addresses do.
# What follows the destination (`tcp dpt:22`, comments, the target's options) is not looked into here.

@preprocessor typescript

@{%
import { listLexer as lexer } from './lexer.ts';
import { column, merged, nothing } from './nodes.ts';
%}

@lexer lexer

verbose         -> blank:? verboseRow                       {% merged %}
numberedVerbose -> blank:? number blank verboseRow          {% merged %}
plain           -> blank:? plainRow                         {% merged %}
numberedPlain   -> blank:? number blank plainRow            {% merged %}

verboseRow -> packets blank bytes verboseColumns tail       {% merged %}
plainRow   -> plainColumns tail                             {% merged %}

verboseColumns ->
    blank named opt blank devices blank places              {% merged %}
  | %one target blank protocol blank interfaces blank hosts {% merged %}
  | %wide protocol blank interfaces blank hosts             {% merged %}
  | %one protocol blank interfaces blank addresses          {% merged %}

plainColumns ->
    named opt blank places                                  {% merged %}
  | target blank protocol blank addresses                   {% merged %}
  | protocol blank addresses                                {% merged %}

# A protocol name of five letters and more stood against opt up to 1.8.7: `udplite--`.
named      -> (target blank):? protocol blank:?             {% merged %}
# An interface may be called f or a::, so that it reads like opt or an address.
devices    -> device blank device                           {% column('in', 'out') %}
interfaces -> in blank out                                  {% merged %}
places     -> source blank destination                      {% merged %}
hosts      -> host blank host                               {% column('source', 'destination') %}
addresses  -> %address blank %address                       {% column('source', 'destination') %}

number      -> %count                                       {% column('number') %}
packets     -> %count                                       {% column('packets') %}
bytes       -> %count                                       {% column('bytes') %}
target      -> word                                         {% column('target') %}
protocol    -> word                                         {% column('protocol') %}
opt         -> %opt                                         {% column('opt') %}
in          -> word                                         {% column('in') %}
out         -> word                                         {% column('out') %}
source      -> host                                         {% column('source') %}
destination -> host                                         {% column('destination') %}

tail  -> null                                               {% nothing %}
       | blank                                              {% nothing %}
       | blank %goto any:*                                  {% column('goto') %}
       | blank inner any:*                                  {% nothing %}

word   -> %name | %count | %goto
device -> word | %opt | %address
host  -> %name | %count | %address
inner -> %name | %count | %address | %opt
any   -> inner | blank | %goto
blank -> %one | %wide
