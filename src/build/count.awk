# Counts the tests in build/reports/RUN/*.xml, each file of a run before its status: see junit.
function value(key) {
  if (!match($0, " " key "=\"[^\"]*")) return ""
  s = substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3)
  gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&amp;/, "\\&", s)
  return s
}
{ split(FILENAME, path, "/"); run = path[3] }
FILENAME ~ /status$/ { if (!tests[run] || ($1 && !bad[run])) lost[run] = $1; next }
/^<testcase / { test = value("classname") "." value("name") " on " run "\n"; tests[run]++; passed++ }
/^<skipped/ { skipped++; passed--; skips = skips "skipped: " test }
/^<(failure|error)/ { failed++; passed--; fails = fails "failed: " test; bad[run] = 1 }
END {
  for (run in lost) {
    failed++
    fails = fails "failed: " run " ended with status " lost[run] ", see build/reports/" run "/log\n"
  }
  printf "%s%s%d passed, %d failed%s\n", skips, fails, passed, failed, skipped ? ", " skipped " skipped" : ""
  exit failed || !passed || (skipped && ci == "true")
}
