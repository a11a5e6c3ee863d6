# awk -f compare.awk EXPECTED ACTUAL: exits 0 if ACTUAL is what EXPECTED says,
# where "..." stands for anything in a line, and alone on a line for any lines.

function line_fits(pattern, text,    parts, count, i, at) {
  count = split(pattern, parts, /\.\.\./)
  if (count < 2) return pattern == text
  if (substr(text, 1, length(parts[1])) != parts[1]) return 0
  text = substr(text, length(parts[1]) + 1)
  for (i = 2; i < count; i++) {
    at = index(text, parts[i])
    if (at == 0) return 0
    text = substr(text, at + length(parts[i]))
  }
  if (length(text) < length(parts[count])) return 0
  return substr(text, length(text) - length(parts[count]) + 1) == parts[count]
}

# Whether the expected lines from `i` on fit the actual ones from `j` on.
function fits(i, j) {
  for (; i <= expected_count; i++) {
    if (expected[i] == "...") {
      for (; j <= actual_count + 1; j++)
        if (fits(i + 1, j)) return 1
      return 0
    }
    if (j > actual_count || !line_fits(expected[i], actual[j])) return 0
    j++
  }
  return j > actual_count
}

FILENAME == ARGV[1] { expected[++expected_count] = $0; next }
# An example may take a while: what is left of an hour is an hour.
{
  gsub(/"ttl":35[0-9][0-9]/, "\"ttl\":3600")
  actual[++actual_count] = $0
}
END { exit !fits(1, 1) }
