// SUBSCRIBE and related commands, PUBLISH, PUBSUB: messages of channels, which are not stored.
#pragma once

#include "src/command/rows/common.h"

namespace kvstore::command {

namespace handlers {
Outcome publish(Call& call);
Outcome subscribe(Call& call);
Outcome unsubscribe(Call& call);
Outcome pubsub_channels(Call& call);
Outcome pubsub_numsub(Call& call);
Outcome pubsub_numpat(Call& call);
}  // namespace handlers

namespace rows {

inline constexpr Argument kPublishArguments[] = {{.name = "channel"}, {.name = "message"}};
inline constexpr Argument kChannels[] = {{.name = "channel", .multiple = true}};
inline constexpr Argument kAnyChannels[] = {
    {.name = "channel", .optional = true, .multiple = true}};
inline constexpr Argument kChannelPatterns[] = {
    {.name = "pattern", .type = kPattern, .multiple = true}};
inline constexpr Argument kAnyChannelPatterns[] = {
    {.name = "pattern", .type = kPattern, .optional = true, .multiple = true}};
inline constexpr Argument kOneChannelPattern[] = {
    {.name = "pattern", .type = kPattern, .optional = true}};

inline constexpr Command kPubsubSubcommands[] = {
    row({.name = "CHANNELS",
         .arguments = kOneChannelPattern,
         .flags = kLateArity,
         .summary = "The channels that somebody listens to",
         .since = "0.1",
         .handler = handlers::pubsub_channels}),
    row({.name = "NUMSUB",
         .arguments = kAnyChannels,
         .summary = "How many listen to each of these channels, patterns not counted",
         .since = "0.1",
         .handler = handlers::pubsub_numsub}),
    row({.name = "NUMPAT",
         .summary = "How many patterns somebody listens to",
         .since = "0.1",
         .handler = handlers::pubsub_numpat}),
    row({.name = "SHARDCHANNELS",
         .arguments = kOneChannelPattern,
         .flags = kLateArity,
         .summary = "The shard channels that somebody listens to",
         .since = "0.1",
         .handler = handlers::pubsub_channels}),
    row({.name = "SHARDNUMSUB",
         .arguments = kAnyChannels,
         .summary = "How many listen to each of these shard channels",
         .since = "0.1",
         .handler = handlers::pubsub_numsub}),
    kSubcommandHelp,
};

inline constexpr Command kPubsub[] = {
    row({.name = "PUBLISH",
         .group = "pubsub",
         .arguments = kPublishArguments,
         .flags = kFast,
         .summary = "Send a message to who listens to the channel; answers how many they are",
         .details =
             "Nothing is kept: who does not listen now never gets it. What must not be missed\n"
             "belongs in a key: APPEND, and FOLLOW, which goes on where it has left off.",
         .example = "PUBLISH news hello",
         .example_reply = ":0",
         .since = "0.1",
         .handler = handlers::publish}),
    row({.name = "SUBSCRIBE",
         .group = "pubsub",
         .arguments = kChannels,
         .flags = kNoScript | kNoMulti,
         .summary = "Listen to channels: each message is sent when it is published",
         .details =
             "In RESP3 messages are pushes, and any command may be executed meanwhile; in RESP2\n"
             "and text SUBSCRIBE and its kin, PING, RESET and QUIT. Who reads so slowly that 8 "
             "MiB\n"
             "of messages wait is disconnected. `kvstore connect` shows them until Ctrl-C.",
         .example = "HELP SUBSCRIBE",
         .example_reply = "+VALUE ...\nSUBSCRIBE channel ...\n...",
         .since = "0.1",
         .handler = handlers::subscribe}),
    row({.name = "PSUBSCRIBE",
         .group = "pubsub",
         .arguments = kChannelPatterns,
         .flags = kNoScript | kNoMulti,
         .summary = "Listen to all channels whose names match",
         .details =
             "What happens to keys is published, too, where notify-keyspace-events asks for it\n"
             "(KEA: all of it): PSUBSCRIBE __keyevent@0__:* is sent the keys by their events,\n"
             "PSUBSCRIBE __keyspace@0__:* the events by their keys.",
         .example = "HELP PSUBSCRIBE",
         .example_reply = "+VALUE ...\nPSUBSCRIBE pattern ...\n...",
         .since = "0.1",
         .handler = handlers::subscribe}),
    row({.name = "UNSUBSCRIBE",
         .group = "pubsub",
         .arguments = kAnyChannels,
         .flags = kNoScript | kNoMulti,
         .summary = "Listen to these channels no longer, or to none",
         .example = "HELP UNSUBSCRIBE",
         .example_reply = "+VALUE ...\nUNSUBSCRIBE [channel ...]\n...",
         .since = "0.1",
         .handler = handlers::unsubscribe}),
    row({.name = "PUNSUBSCRIBE",
         .group = "pubsub",
         .arguments = kAnyChannelPatterns,
         .flags = kNoScript | kNoMulti,
         .summary = "Listen to these patterns no longer, or to none",
         .example = "HELP PUNSUBSCRIBE",
         .example_reply = "+VALUE ...\nPUNSUBSCRIBE [pattern ...]\n...",
         .since = "0.1",
         .handler = handlers::unsubscribe}),
    row({.name = "PUBSUB",
         .group = "pubsub",
         .subcommands = kPubsubSubcommands,
         .needs_subcommand = true,
         .summary = "Who listens to what",
         .example = "PUBSUB NUMSUB news",
         .example_reply = "+ARRAY 2\n+VALUE 4\nnews\n:0",
         .since = "0.1"}),
    row({.name = "SPUBLISH",
         .group = "pubsub",
         .arguments = kPublishArguments,
         .flags = kFast,
         .summary = "PUBLISH, to a shard channel: without a cluster, channels beside the others",
         .example = "SPUBLISH news hello",
         .example_reply = ":0",
         .since = "0.1",
         .handler = handlers::publish}),
    row({.name = "SSUBSCRIBE",
         .group = "pubsub",
         .arguments = kChannels,
         .flags = kNoScript | kNoMulti,
         .summary = "Listen to shard channels",
         .example = "HELP SSUBSCRIBE",
         .example_reply = "+VALUE ...\nSSUBSCRIBE channel ...\n...",
         .since = "0.1",
         .handler = handlers::subscribe}),
    row({.name = "SUNSUBSCRIBE",
         .group = "pubsub",
         .arguments = kAnyChannels,
         .flags = kNoScript | kNoMulti,
         .summary = "Listen to these shard channels no longer, or to none",
         .example = "HELP SUNSUBSCRIBE",
         .example_reply = "+VALUE ...\nSUNSUBSCRIBE [channel ...]\n...",
         .since = "0.1",
         .handler = handlers::unsubscribe}),
};

}  // namespace rows
}  // namespace kvstore::command
