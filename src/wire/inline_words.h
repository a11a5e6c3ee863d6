// Splits Redis' inline commands into words, with Redis' quoting rules (which differ from the text
// protocol's): quotes act anywhere in a word; "..." supports \n \r \t \b \a \xHH and takes any
// other escaped character literally; '...' supports only \'.
#pragma once

#include <cstddef>
#include <vector>

#include "src/wire/text_words.h"

namespace kvstore::wire {

// Splits `line` (without its line end) into *words, which is cleared first.
// Decodes in place. False if the quotes are unbalanced.
bool split_inline_words(char* line, std::size_t size, std::vector<Word>* words);

}  // namespace kvstore::wire
