# One rule line of iptables-save, of `iptables -S`, or of a restore file that a person wrote:
#
#     [12:720] -A INPUT ! -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -m comment --comment "a b" -j ACCEPT
#
# This is the line's structure. Which options an extension has and how many words they take, is told in
# src/ruleset/matches and targets: blanks are dropped, a quoted text is one word.

@preprocessor typescript

@{%
import { saveLexer as lexer } from './lexer.ts';
import { counted, firstOf, optionOf, rule } from './nodes.ts';
%}

@lexer lexer

rule     -> counters:? option:+            {% rule %}

# With `iptables-save -c`.
counters -> %counters                      {% counted %}

# `! --dport 22`; before 1.4.3 `--dport ! 22`. A `!` that no word follows belongs to the next option.
option   -> %bang:? %option negated:? %word:*   {% optionOf %}
negated  -> %bang %word                    {% firstOf %}
