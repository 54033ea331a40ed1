#!/bin/sh
# Compiles grammar/*.ne into *.generated.ts beside the code that uses them.
set -eu
cd "$(dirname "$0")/.."
compile() { [ ! -f "grammar/$1.ne" ] || node_modules/.bin/nearleyc "grammar/$1.ne" -q -o "src/$2/$1.generated.ts"; }
compile trace-line log
compile save-rule ruleset
compile list-rule ruleset
