#!/bin/sh
# The gate on any CI: 0 passes, 1 is blocked, 2 could not be judged. BASE is the branch that the change goes into.
set -u
npx --yes ecocompute@0.1.0 gate --base "$BASE" --head HEAD --format json --output gate.json
verdict=$?
[ "$verdict" -eq 2 ] && exit 2
npx --yes ecocompute@0.1.0 gate --format markdown --output gate.md report gate.json
npx --yes ecocompute@0.1.0 gate --format junit --output gate.xml report gate.json
exit "$verdict"
