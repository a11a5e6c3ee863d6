// SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP: a value as bits. Bit 0 is the highest bit of byte 0.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome set_bit(Call& call);
Outcome get_bit(Call& call);
Outcome count_bits(Call& call);
Outcome find_bit(Call& call);
Outcome combine_bits(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kSetBitArguments[] = {
    kKeyArgument, {.name = "offset", .type = kInteger}, {.name = "value", .type = kInteger}};
inline constexpr Argument kGetBitArguments[] = {kKeyArgument, {.name = "offset", .type = kInteger}};
inline constexpr Argument kBitUnits[] = {{.name = "byte", .type = kToken, .token = "BYTE"},
                                         {.name = "bit", .type = kToken, .token = "BIT"}};
inline constexpr Argument kBitUnit{
    .name = "unit", .type = kOneOf, .optional = true, .parts = kBitUnits};
inline constexpr Argument kBitRange[] = {
    {.name = "start", .type = kInteger}, {.name = "end", .type = kInteger}, kBitUnit};
inline constexpr Argument kBitCountArguments[] = {
    kKeyArgument, {.name = "range", .type = kBlock, .optional = true, .parts = kBitRange}};
inline constexpr Argument kBitPosEnd[] = {{.name = "end", .type = kInteger}, kBitUnit};
inline constexpr Argument kBitPosRange[] = {
    {.name = "start", .type = kInteger},
    {.name = "end-unit", .type = kBlock, .optional = true, .parts = kBitPosEnd}};
inline constexpr Argument kBitPosArguments[] = {
    kKeyArgument,
    {.name = "bit", .type = kInteger},
    {.name = "range", .type = kBlock, .optional = true, .parts = kBitPosRange}};

inline constexpr Argument kBitOperations[] = {{.name = "and", .type = kToken, .token = "AND"},
                                              {.name = "or", .type = kToken, .token = "OR"},
                                              {.name = "xor", .type = kToken, .token = "XOR"},
                                              {.name = "not", .type = kToken, .token = "NOT"}};
inline constexpr Argument kBitOpArguments[] = {
    {.name = "operation", .type = kOneOf, .parts = kBitOperations},
    {.name = "destkey", .type = kKey},
    {.name = "key", .type = kKey, .multiple = true}};

inline constexpr Command kBits[] = {
    row({.name = "SETBIT",
         .group = "bits",
         .arguments = kSetBitArguments,
         .keys = kFirstIsKey,
         .flags = kWrite,
         .summary = "Set a bit of a value to 0 or 1, zeros before it; answers what it was",
         .example = "SETBIT seen 7 1\nSETBIT seen 7 1",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::set_bit}),
    row({.name = "GETBIT",
         .group = "bits",
         .arguments = kGetBitArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kFast,
         .summary = "A bit of a value, 0 after its end",
         .example = "SET k a\nGETBIT k 1",
         .example_reply = ":1",
         .since = "0.1",
         .handler = handlers::get_bit}),
    row({.name = "BITCOUNT",
         .group = "bits",
         .arguments = kBitCountArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "How many bits of a value, or of a part, are 1",
         .example = "SET k foobar\nBITCOUNT k 1 1",
         .example_reply = ":6",
         .since = "0.1",
         .handler = handlers::count_bits}),
    row({.name = "BITPOS",
         .group = "bits",
         .arguments = kBitPosArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kOpenEnded,
         .summary = "Where the first bit is that is 0, or 1; -1 if none is",
         .example = "SET k \"\\xff\\xf0\\x00\"\nBITPOS k 0",
         .example_reply = ":12",
         .since = "0.1",
         .handler = handlers::find_bit}),
    row({.name = "BITOP",
         .group = "bits",
         .arguments = kBitOpArguments,
         .keys = {2, -1, 1},
         .key_flags = "OW update; RO access",
         .flags = kWrite,
         .redis_min = 3,
         .summary = "Store what AND, OR, XOR of values, or NOT of one, makes; answers its length",
         .details = "Behind the end of a value, and of a key that is not there, all bits are 0.",
         .example = "SET a \"\\x0f\"\nSET b \"\\x3c\"\nBITOP AND both a b\nBITCOUNT both",
         .example_reply = ":2",
         .since = "0.1",
         .handler = handlers::combine_bits}),
};

}  // namespace rows
}  // namespace kvstore::command
