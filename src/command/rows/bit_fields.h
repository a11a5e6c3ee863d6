// BITFIELD, BITFIELD_RO: integers of any number of bits within a value.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome change_bit_fields(Call& call);
Outcome read_bit_fields(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kBitFieldGet[] = {{.name = "encoding"},
                                            {.name = "offset", .type = kInteger}};
inline constexpr Argument kBitFieldSet[] = {{.name = "encoding"},
                                            {.name = "offset", .type = kInteger},
                                            {.name = "value", .type = kInteger}};
inline constexpr Argument kBitFieldIncrement[] = {{.name = "encoding"},
                                                  {.name = "offset", .type = kInteger},
                                                  {.name = "increment", .type = kInteger}};
inline constexpr Argument kOverflows[] = {{.name = "wrap", .type = kToken, .token = "WRAP"},
                                          {.name = "sat", .type = kToken, .token = "SAT"},
                                          {.name = "fail", .type = kToken, .token = "FAIL"}};
inline constexpr Argument kBitFieldOperations[] = {
    {.name = "get-block", .type = kBlock, .token = "GET", .parts = kBitFieldGet},
    {.name = "overflow-block", .type = kOneOf, .token = "OVERFLOW", .parts = kOverflows},
    {.name = "set-block", .type = kBlock, .token = "SET", .parts = kBitFieldSet},
    {.name = "incrby-block", .type = kBlock, .token = "INCRBY", .parts = kBitFieldIncrement},
};
inline constexpr Argument kBitFieldArguments[] = {kKeyArgument,
                                                  {.name = "operation",
                                                   .type = kOneOf,
                                                   .optional = true,
                                                   .multiple = true,
                                                   .parts = kBitFieldOperations}};
inline constexpr Argument kBitFieldReadingArguments[] = {kKeyArgument,
                                                         {.name = "get-block",
                                                          .type = kBlock,
                                                          .token = "GET",
                                                          .optional = true,
                                                          .multiple = true,
                                                          .parts = kBitFieldGet}};

inline constexpr Command kBitFields[] = {
    row({.name = "BITFIELD",
         .group = "bits",
         .arguments = kBitFieldArguments,
         .keys = kFirstIsKey,
         .key_flags = "RW access update variable_flags",
         .flags = kWrite | kOpenEnded,
         .summary = "Read, set and add to integers of 1 to 64 bits within a value",
         .details =
             "encoding is i or u and how many bits: i16 has a sign, u8 has none (at most u63).\n"
             "offset is of bits, or of such integers: #2 is the third. Where a number does\n"
             "not fit, OVERFLOW says for what comes after it: WRAP takes the low bits, SAT\n"
             "the nearest that fits, FAIL changes nothing and answers NIL.",
         .example = "BITFIELD k SET u8 #1 200 OVERFLOW SAT INCRBY u8 #1 100",
         .example_reply = "+ARRAY 2\n:0\n:255",
         .since = "0.1",
         .handler = handlers::change_bit_fields}),
    row({.name = "BITFIELD_RO",
         .group = "bits",
         .arguments = kBitFieldReadingArguments,
         .keys = kFirstIsKey,
         .flags = kRead | kFast | kOpenEnded,
         .summary = "BITFIELD's GET alone, for users who may not write",
         .example = "SET k ab\nBITFIELD_RO k GET u8 0 GET i4 #1",
         .example_reply = "+ARRAY 2\n:97\n:1",
         .since = "0.1",
         .handler = handlers::read_bit_fields}),
};

}  // namespace rows
}  // namespace kvstore::command
