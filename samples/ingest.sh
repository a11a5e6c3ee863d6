#!/bin/bash
# A log-ingest pipe: reads dated lines and appends each to its month's key, so
# that a month is one value that READ can page through.
#
#   samples/ingest.sh DATABASE < samples/data/seattle-weather.csv
#   tail -F measurements.csv | samples/ingest.sh DATABASE
#
# Each line becomes a counted APPEND: the byte count goes ahead of the bytes, so
# nothing in a line can be taken for a command. Lines that arrive together share
# one sync; with a trickle each is on the disk before the next is waited for.
set -eu
database=${1:?usage: ingest.sh DATABASE < LINES}
export LC_ALL=C  # so that awk's length() counts bytes

awk '
  /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-/ {
    printf "APPEND weather:%s %d\n%s\n\n", substr($0, 1, 7), length($0) + 1, $0
    fflush()
  }' | "${KVSTORE:-kvstore}" "$database" > /dev/null

# What came of it.
"${KVSTORE:-kvstore}" "$database" COUNT
"${KVSTORE:-kvstore}" "$database" READ weather:2012-01 0 69
