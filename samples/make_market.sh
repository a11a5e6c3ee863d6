#!/bin/bash
# Turns data/stocks.csv (symbol,date,price; one line a month) into market.kv:
# one key a symbol, one APPEND a symbol and year, as if each year's prices had
# come in together.
#
#   samples/make_market.sh > samples/market.kv
set -eu
cd "$(dirname "$0")"
export LC_ALL=C  # so that awk's length() counts bytes

cat <<'END'
# Monthly stock prices, 2000 to 2010, one key a symbol. Made by make_market.sh
# from data/stocks.csv; README.md beside this file names the source.
#
#   kvstore market.bin < samples/market.kv
#
# An APPEND answers the value's new length.
DEL AAPL AMZN GOOG IBM MSFT
END

awk -F, '
  NR == 1 { next }
  {
    split($2, day, " ")  # "Jan 1 2000"
    month = (index("JanFebMarAprMayJunJulAugSepOctNovDec", day[1]) + 2) / 3
    line = sprintf("%04d-%02d-%02d,%s\n", day[3], month, day[2], $3)
    lines[day[3], $1] = lines[day[3], $1] line
    if (!($1 in seen)) { seen[$1] = 1; symbols[++count] = $1 }
    if (!first || day[3] < first) first = day[3]
    if (day[3] > last) last = day[3]
  }
  END {
    for (year = first; year <= last; year++)
      for (i = 1; i <= count; i++)
        if ((year, symbols[i]) in lines) {
          text = lines[year, symbols[i]]
          printf "APPEND %s %d\n%s\n", symbols[i], length(text), text
        }
  }' data/stocks.csv

cat <<'END'
# How much is there?
COUNT
KEYS
STRLEN GOOG

# The first month on record, and (from the end) the last.
READ AAPL 0 16
READ AAPL -18 17

# A slice out of the middle, without reading what is before it.
READ MSFT 1029 50
END
